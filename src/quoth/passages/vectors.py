"""Passages → their vectors and those of their sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quoth.passages.context import embedded
from quoth.records import Embedder, Floats, PartsEmbedder, Passage, Span


def vectors_of(passages: Sequence[Passage], embedder: Embedder) -> list[Floats]:
    """Of each (1 + sentences, dimension): its own vector, then its sentences'.

    A sentence's is that of its text under title and section. A heading, which is in no embedded
    text, has the passage's.
    """
    told = [embedded(passage, limit=embedder.max_tokens) for passage in passages]
    texts, parts = [text for text, _ in told], [places for _, places in told]
    if isinstance(embedder, PartsEmbedder):
        found = embedder.embed_parts(texts, parts)
    else:
        found = _embedded_alone(embedder, texts, parts)
    return [
        np.concatenate([np.repeat(vectors[:1], 1 + passage.headings, axis=0), vectors[1:]])
        for passage, vectors in zip(passages, found, strict=True)
    ]


def _embedded_alone(
    embedder: Embedder, texts: Sequence[str], parts: Sequence[Sequence[Span]]
) -> list[Floats]:
    """Of each text its vector, then that of each part under what stands before the first."""
    told = [[text, *_alone(text, each)] for text, each in zip(texts, parts, strict=True)]
    vectors = embedder.embed_passages([one for some in told for one in some])
    starts = np.cumsum([0, *(len(some) for some in told)])
    return [vectors[start : start + len(some)] for start, some in zip(starts, told, strict=False)]


def _alone(text: str, parts: Sequence[Span]) -> list[str]:
    before = text[: parts[0].start] if parts else ""
    return [before + text[start:end] for start, end in parts]
