"""The reference of dense search in NumPy, and how ties are broken everywhere."""

from __future__ import annotations

import numpy as np

from quoth.records import Floats, Ints

# Exact search returns ties at the cut in any order; looking further lets ids settle them.
TIE_MARGIN = 8


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
        return best_first(queries @ self._vectors[keep].T, ids, k)

    def __len__(self) -> int:
        return len(self._ids)
