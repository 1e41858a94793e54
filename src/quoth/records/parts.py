"""The protocols that the parts are written against, and what they are given and give."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from quoth.records.articles import Hit, Span

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

PathLike = str | os.PathLike[str]
Progress = Callable[[str, int, int], None]
"""Called as `progress(stage, done, total)` while long work goes on."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A candidate quote inside a passage: the reader's view of it.

    start, end: article offsets of one sentence, item, heading or row, or of up to three in a row.
    score: how well it answers, any real number; comparable between passages of one question.
    confidence: 0 to 1, the probability that it answers.
    sentence: the answering sentence itself, without the neighbours that it needs to be understood.
    highlights: the answering words, article offsets.
    """

    start: int
    end: int
    score: float
    confidence: float
    sentence: Span
    highlights: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found in one passage for one question.

    relevance: 0 to 1, the probability that the passage answers.
    evidence: best first; may be empty.
    """

    relevance: float
    evidence: tuple[Evidence, ...]


class Embedder(Protocol):
    """Turns texts into vectors of length 1.

    fingerprint: changes whenever the vectors would.
    """

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def max_tokens(self) -> int: ...

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """(n,) texts → (n, dimension) float32, rows of length 1."""
        ...

    def embed_questions(self, texts: Sequence[str]) -> Floats:
        """(n,) questions → (n, dimension) float32, rows of length 1."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The model's own tokens in each text, without its special ones."""
        ...


@runtime_checkable
class PartsEmbedder(Embedder, Protocol):
    """An embedder that embeds a text and its parts together."""

    def embed_parts(
        self,
        texts: Sequence[str],
        parts: Sequence[Sequence[Span]],
        progress: Progress | None = None,
    ) -> list[Floats]:
        """parts: places in each text → for each (1 + parts, dimension) float32, rows of length 1.

        parts: in order, not overlapping. Each is embedded behind what is in none of them, whatever
        the others are. The text's own vector comes first; without parts it is that of
        `embed_passages`.
        """
        ...


class VectorEngine(Protocol):
    """Finds the nearest vectors by cosine. Ids are int64 and unique."""

    def add(self, ids: Ints, vectors: Floats) -> None:
        """ids (n,), vectors (n, dimension)."""
        ...

    def remove(self, ids: Ints) -> None: ...

    def search(self, queries: Floats, k: int, allowed: Ints | None = None) -> tuple[Floats, Ints]:
        """queries (m, dimension) → scores (m, k') and ids (m, k'), k' = min(k, ids in question).

        Best first; equal scores in order of id. allowed (n,): only these ids are in question.
        """
        ...

    def __len__(self) -> int: ...


class Reader(Protocol):
    """Reads passages for a question."""

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        """One reading for each hit, in their order."""
        ...
