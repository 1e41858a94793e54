"""An embedding model that runs, with its prompts and its fingerprint.

A model's vectors depend on its files alone, so its fingerprint is taken over these: an index
built on one machine is searched on another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from quoth.embedding.conversion import load_encoder
from quoth.embedding.files import (
    cache_folder,
    check_packaged,
    configuration_sha256,
    find_model,
    weights_sha256,
)
from quoth.embedding.prompts import Prompts, read_prompts
from quoth.embedding.runtime import Advance, Encoder, unit
from quoth.errors import ModelError
from quoth.offline import set_offline
from quoth.records import Embedder, Floats, Progress, Span


class ModelEmbedder:
    """An `Embedder` made of a model that runs and the prompts that it was trained with.

    Vectors are float32 and C-contiguous. The vector of a question is the same bit for bit
    whatever is asked with it. That of a passage depends on the others in its batch only by
    rounding: 1e-3 in cosine at most, even where the processor computes in bfloat16.

    May be used from several threads at once.
    """

    def __init__(self, name: str, fingerprint: str, prompts: Prompts, encoder: Encoder) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.dimension = encoder.shape.dimension
        self.max_tokens = _room(encoder, prompts)
        """Most tokens, by `count_tokens`, of a text that is embedded whole."""
        self._prompts = prompts
        self._encoder = encoder
        # Searching and reading both ask for the question's vector.
        self._question = lru_cache(maxsize=64)(self._embed_question)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """(n,) texts → (n, dimension); calls progress("embedding", done, n)."""
        advance = _advance(progress, len(texts))
        return self._finite(self._encoder.encode(texts, self._prompts.passage, advance))

    def embed_questions(self, texts: Sequence[str]) -> Floats:
        """(n,) questions → (n, dimension), one after the other; the last ones are remembered."""
        rows = [self._question(text) for text in texts]
        return np.concatenate([np.empty((0, self.dimension), np.float32), *rows])

    def _embed_question(self, text: str) -> Floats:
        return self._finite(self._encoder.encode([text], self._prompts.question, _ignore))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The model's tokens in each text, without special ones and without truncation."""
        return self._encoder.count_tokens(texts)

    def _finite(self, vectors: Floats) -> Floats:
        if not np.isfinite(vectors).all():
            raise ModelError(f"the model '{self.name}' is damaged: its vectors are not finite")
        return unit(vectors)


class SideBySideEmbedder(ModelEmbedder):
    """A `PartsEmbedder`: of a model that takes the parts of a text side by side."""

    def embed_parts(
        self,
        texts: Sequence[str],
        parts: Sequence[Sequence[Span]],
        progress: Progress | None = None,
    ) -> list[Floats]:
        """For each text (1 + parts, dimension): its own vector, then its parts'.

        Calls progress("embedding", done, n). See `side_by_side`.
        """
        advance = _advance(progress, len(texts))
        found = self._encoder.encode_parts(texts, parts, self._prompts.passage, advance)
        return [self._finite(vectors) for vectors in found]


def load_embedder(name_or_path: str | None = None, *, progress: Progress | None = None) -> Embedder:
    """The embedding model of that name or folder; None is the packaged all-MiniLM-L6-v2.

    Nothing is downloaded: a name is looked for in the local Hugging Face cache. The first use
    of a model prepares it (some ten seconds) and calls progress("preparing the model", 0, 1)
    and (…, 1, 1); what was prepared is kept in the user's cache folder.
    `load_embedder(embedder.name)` gives the same model again.

    Raises ModelError: missing, damaged, or not the published weights.
    """
    set_offline()
    model = find_model(name_or_path)
    cache = cache_folder()
    try:
        weights = weights_sha256(model.path, cache / "sha256")
        configuration = configuration_sha256(model.path)
    except OSError as error:
        raise ModelError(f"cannot read the model in '{model.path}': {error}") from error
    check_packaged(model, weights)
    encoder = load_encoder(model.path, cache, f"{weights}-{configuration[:12]}", progress)
    prompts = read_prompts(model)
    fingerprint = _fingerprint(weights, configuration, prompts, encoder.shape.length)
    kind = SideBySideEmbedder if encoder.shape.pools else ModelEmbedder
    return kind(model.name, fingerprint, prompts, encoder)


def _fingerprint(weights: str, configuration: str, prompts: Prompts, length: int) -> str:
    parts = [weights, configuration, prompts.question, prompts.passage, length]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _room(encoder: Encoder, prompts: Prompts) -> int:
    given = [prompt for prompt in (prompts.question, prompts.passage) if prompt]
    longest = max(encoder.count_tokens(given)) if given else 0
    return max(1, encoder.shape.length - encoder.shape.special_tokens - longest)


def _advance(progress: Progress | None, total: int) -> Advance:
    def advance(done: int) -> None:
        if progress is not None:
            progress("embedding", done, total)

    return advance


def _ignore(done: int) -> None:
    return None
