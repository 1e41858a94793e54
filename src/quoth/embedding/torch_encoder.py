"""A model as sentence-transformers runs it: any of its models, but slow to start."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from quoth.embedding.pooling import part_vectors
from quoth.embedding.runtime import (
    Advance,
    Shape,
    after,
    count_with,
    load_tokenizer,
    shortened_to,
    without_padding,
)
from quoth.records import Floats, Span

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

_TEXTS = 64
"""Embedded between two calls of `Advance`."""


class TorchEncoder:
    """An `Encoder` for what cannot be converted."""

    def __init__(self, model: SentenceTransformer, shape: Shape) -> None:
        self.shape = shape
        self._model = model
        self._lock = threading.Lock()

    @cached_property
    def _counter(self) -> Tokenizer | None:
        return tokenizer_of(self._model)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        if self._counter is None:
            return [len(text.split()) for text in texts]
        return count_with(self._counter, texts)

    def encode(self, texts: Sequence[str], prompt: str, advance: Advance) -> Floats:
        vectors = np.zeros((len(texts), self.shape.dimension), np.float32)
        for start, some in self._slices(texts):
            vectors[start : start + len(some)] = self._run(some, prompt, "sentence_embedding")
            advance(start + len(some))
        return vectors

    def encode_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], prompt: str, advance: Advance
    ) -> list[Floats]:
        tokenizer = tokenizer_of(self._model, length=self.shape.length)
        assert tokenizer is not None, "a model that pools has one"
        vectors: list[Floats] = []
        for start, some in self._slices(texts):
            found = tokenizer.encode_batch([prompt + text for text in some])
            each = self._run(some, prompt, "token_embeddings")
            for row, (tokens, one) in enumerate(zip(found, each, strict=True), start):
                filled = without_padding(np.asarray(one, np.float32), len(tokens.ids), self.shape)
                spans = after(prompt, parts[row])
                vectors.append(part_vectors(filled.mean(axis=0), filled, tokens.offsets, spans))
            advance(start + len(some))
        return vectors

    def _slices(self, texts: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
        for start in range(0, len(texts), _TEXTS):
            yield start, shortened_to(self.shape.length, texts[start : start + _TEXTS])

    def _run(
        self,
        texts: list[str],
        prompt: str,
        what: Literal["sentence_embedding", "token_embeddings"],
    ) -> Any:
        with self._lock:
            return self._model.encode(
                texts, prompt=prompt, batch_size=16, show_progress_bar=False, output_value=what
            )


def tokenizer_of(model: SentenceTransformer, *, length: int | None = None) -> Tokenizer | None:
    """Without padding, truncating only to a `length`; None if the model has another kind."""
    from tokenizers import Tokenizer

    backend = getattr(model.tokenizer, "backend_tokenizer", model.tokenizer)
    if not isinstance(backend, Tokenizer):
        return None
    return load_tokenizer(backend.to_str(), length=length)
