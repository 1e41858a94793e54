"""Pure: how much of what one engine finds another one finds."""

from __future__ import annotations

import numpy as np

from quoth.engines import Vectors
from quoth.records import Floats, Ints

K = 10
QUESTIONS = 200
_ROUNDING = 1e-5


def spread(ids: Ints, number: int = QUESTIONS) -> Ints:
    """At most `number` of the ids, evenly spread. (n,) → (m,)."""
    places = np.linspace(0, len(ids) - 1, min(number, len(ids))).round().astype(np.int64)
    return ids[np.unique(places)]


def recall(old: Vectors, new: Vectors, queries: Floats, k: int = K) -> float:
    """The share of the k nearest by `old` that `new` finds as near, mean over queries; 0 to 1.

    queries (m, dimension). By scores, not by ids: those of another store are others, and of equally
    near passages either is right. 1 for nothing to find.
    """
    shares = [_share(old, new, query[None], k) for query in queries]
    return float(np.mean(shares)) if shares else 1.0


def _share(old: Vectors, new: Vectors, query: Floats, k: int) -> float:
    wanted, found = old.search(query, k)[0][0], new.search(query, k)[0][0]
    if not len(wanted):
        return 1.0
    as_near = int((found >= wanted[-1] - _ROUNDING).sum())
    return min(as_near, len(wanted)) / len(wanted)
