"""The reference of dense search in NumPy, and how ties are broken everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from quoth.matmul import matmul
from quoth.records import Floats, Ints

# Exact search returns ties at the cut in any order; looking further lets ids settle them.
TIE_MARGIN = 8
ROUNDING = 1e-5
"""More than two sums of the same products differ by in float32, for vectors of length 1."""


def best_first(scores: Floats, ids: Ints, k: int) -> tuple[Floats, Ints]:
    """The k best of each row, equal scores in order of id. scores, ids (m, n) → (m, min(k, n))."""
    order = np.lexsort((ids, -scores), axis=1)[:, :k]
    return (
        np.take_along_axis(scores, order, axis=1),
        np.take_along_axis(ids, order, axis=1),
    )


def cut_through_ties(scores: Floats, k: int) -> bool:
    """Whether what follows may score as the k-th does. scores (m, n), each row best first."""
    return scores.shape[1] >= k and bool((scores[:, -1] == scores[:, k - 1]).any())


def products(rows: Floats, query: Floats) -> Floats:
    """rows (n, dimension), query (dimension,), both C-contiguous → the dot products (n,).

    In this thread alone: BLAS divides them among threads that wait for each other, which takes ten
    times as long where others keep the cores busy (10,000 rows: 8 ms instead of 0.8).
    """
    import faiss

    found = np.empty(len(rows), np.float32)
    library: Any = faiss  # its stub lacks what follows
    places = (library.swig_ptr(array) for array in (found, query, rows))
    library.fvec_inner_products_ny(*places, rows.shape[1], len(rows))
    return found


def within_rounding(scores: Floats, k: int) -> Ints:
    """Where the k best stand and all that rounding may have put below these. (n,) → (m,), m ≥ k."""
    if k >= len(scores):
        return np.arange(len(scores))
    least = np.partition(scores, len(scores) - k)[len(scores) - k]
    return np.flatnonzero(scores >= least - ROUNDING)


def ascending(ids: Ints) -> Ints:
    """The ids in order, each once. (n,) → (m,). Quick where they are that already."""
    if (np.diff(ids) > 0).all():
        return ids
    ids = np.sort(ids)
    return ids[np.diff(ids, prepend=ids[:1] - 1) > 0]


class NumpyVectors:
    """The reference: one matrix product over all vectors."""

    def __init__(self, dimension: int) -> None:
        self._ids: Ints = np.empty(0, np.int64)
        self._vectors: Floats = np.empty((0, dimension), np.float32)

    def add(self, ids: Ints, vectors: Floats) -> None:
        """ids (n,), vectors (n, dimension)."""
        self._ids = np.concatenate([self._ids, ids])
        self._vectors = np.concatenate([self._vectors, vectors])

    def remove(self, ids: Ints) -> None:
        """Ids that are not there are left alone."""
        keep = ~np.isin(self._ids, ids)
        self._ids, self._vectors = self._ids[keep], self._vectors[keep]

    def search(self, queries: Floats, k: int, allowed: Ints | None = None) -> tuple[Floats, Ints]:
        """See `VectorEngine.search`."""
        keep = slice(None) if allowed is None else np.isin(self._ids, allowed)
        ids = np.broadcast_to(self._ids[keep], (len(queries), len(self._ids[keep])))
        return best_first(matmul(queries, self._vectors[keep].T), ids, k)

    def __len__(self) -> int:
        return len(self._ids)
