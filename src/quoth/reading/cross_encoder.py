"""A sentence-transformers CrossEncoder as reader: it says how relevant each passage is.

Which sentence of a passage answers is left to the `EmbeddingReader`. How sure such a model is
depends on how it was trained, so that its confidence is not calibrated as that of `Reader` is.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from quoth.embedding.files import find_model
from quoth.errors import ModelError
from quoth.passages import embedding_text
from quoth.reading.embedding_reader import EmbeddingReader
from quoth.reading.extracting import Extract, extract
from quoth.reading.quoting import reading
from quoth.records import Floats, Hit, Reading
from quoth.text import encodable
from quoth.weights import EMBEDDING_READER

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_LIMIT = 512  # tokens of a passage, if the model takes as many


class LoadedCrossEncoder:
    """A model on this machine. Safe to use from several threads."""

    def __init__(self, model: CrossEncoder) -> None:
        self._model = model
        self._lock = threading.Lock()

    def relevance(self, question: str, texts: Sequence[str]) -> Floats:
        """(texts,) log-odds that each answers."""
        from torch.nn import Identity

        pairs = [(encodable(question), encodable(text)) for text in texts]
        with self._lock:
            found = self._model.predict(
                pairs, batch_size=8, show_progress_bar=False, activation_fn=Identity()
            )
        return np.asarray(found, np.float32).reshape(len(texts))


class CrossEncoderReader:
    """Reads all passages it is given. Safe to use from several threads."""

    threshold = 0.5

    def __init__(self, model: LoadedCrossEncoder, first: EmbeddingReader) -> None:
        """first: chooses the sentences of a passage."""
        self._model = model
        self._first = first

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        """One reading for each hit, in their order."""
        if not hits:
            return []
        texts = [embedding_text(hit.passage, limit=_LIMIT) for hit in hits]
        relevance = self._model.relevance(question, texts)
        found = []
        for hit, own, scores in zip(
            hits, relevance, self._first.scores(question, hits), strict=True
        ):
            odds = own + scores - scores.max(initial=-np.inf)
            found.append(reading(question, hit.passage, odds, odds))
        return found

    def extract(self, question: str, text: str) -> Extract:
        """As `EmbeddingReader.extract`, by this model's relevance."""
        first, margin = self._first, EMBEDDING_READER.margin
        return extract(question, text, first.embedder, first.nearest, self.read, margin)


@lru_cache(maxsize=2)
def load_cross_encoder(name_or_path: str) -> LoadedCrossEncoder:
    """A model on this machine by name or folder. Raises ModelError."""
    folder = find_model(name_or_path)
    from sentence_transformers import CrossEncoder

    try:
        model: CrossEncoder = CrossEncoder(str(folder.path), device="cpu", local_files_only=True)
    except Exception as error:  # each library raises its own
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ModelError(f"cannot load the reader in '{folder.path}': {reason}") from error
    if model.num_labels != 1:
        raise ModelError(
            f"the reader in '{folder.path}' gives {model.num_labels} numbers for a pair: "
            "give a CrossEncoder that gives one, how relevant the text is"
        )
    return LoadedCrossEncoder(model)
