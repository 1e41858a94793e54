"""What every engine of dense search is tested with: small exact vectors, and random changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

import numpy as np
from hypothesis import strategies as st

from quoth.records import Floats, Ints, VectorEngine

Engine = TypeVar("Engine", bound=VectorEngine)
AXES: Floats = np.eye(4, dtype=np.float32)
EXACT: Floats = np.array(
    [*AXES, *-AXES, *(np.array(signs) / 2 for signs in product((-1, 1), repeat=4))], np.float32
)
"""24 vectors of length 1 whose dot products are exact in float32, so that ties are ties."""


def ints(*values: int) -> Ints:
    return np.array(values, np.int64)


def filled(
    make: Callable[[int], VectorEngine], ids: Sequence[int], vectors: Floats
) -> VectorEngine:
    engine = make(vectors.shape[1])
    engine.add(ints(*ids), vectors)
    return engine


def equals_found(make: Callable[[int], VectorEngine], k: int) -> list[int]:
    """The first k of 200 equal vectors whose ids, 1 to 200, were added shuffled."""
    ids = np.random.default_rng(0).permutation(200) + 1
    engine = filled(make, ids.tolist(), np.repeat(AXES[:1], 200, axis=0))
    found: list[int] = engine.search(AXES[:1], k)[1][0].tolist()
    return found


@dataclass(frozen=True)
class Trial:
    """Vectors of EXACT that are stored, some removed, others added; then a search."""

    stored: list[int]
    later: list[int]
    asked: list[int]
    removed: frozenset[int]
    allowed: frozenset[int] | None
    k: int

    def differences(self, one: VectorEngine, other: VectorEngine) -> list[str]:
        """In what two engines, empty before, differ. Scores may by 1e-5."""
        (size, scores, ids), (other_size, other_scores, other_ids) = map(self.run, (one, other))
        if size != other_size:
            return [f"{size} and {other_size} vectors"]
        if not np.array_equal(ids, other_ids):
            return [f"ids {ids.tolist()} and {other_ids.tolist()}"]
        if not np.allclose(scores, other_scores, rtol=0, atol=1e-5):
            return [f"scores {scores.tolist()} and {other_scores.tolist()}"]
        return []

    def run(self, engine: VectorEngine) -> tuple[int, Floats, Ints]:
        """How many the engine, empty before, holds then; scores and ids that it found."""
        engine.add(np.arange(len(self.stored)), EXACT[self.stored])
        engine.remove(ints(*self.removed))
        engine.add(np.arange(40, 40 + len(self.later)), EXACT[self.later])
        only = None if self.allowed is None else ints(*self.allowed)
        scores, ids = engine.search(EXACT[self.asked], self.k, only)
        return len(engine), scores, ids


_of_exact = st.integers(0, len(EXACT) - 1)
_ids = st.frozensets(st.integers(0, 90))
trials = st.builds(
    Trial,
    stored=st.lists(_of_exact, max_size=40),
    later=st.lists(_of_exact, max_size=40),
    asked=st.lists(_of_exact, min_size=1, max_size=25),
    removed=_ids,
    allowed=st.none() | _ids,
    k=st.integers(1, 60),
)
