"""Dense search: exact cosine with FAISS, and the same in NumPy as the engine protocol's reference.

Both keep `VectorEngine`'s promises (records.py): ids are unique int64, vectors have length 1,
results come best first and equal scores in order of id.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from quoth.errors import IndexDamagedError
from quoth.records import Floats, Ints, VectorEngine

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


class FaissVectors:
    """Exact inner product in FAISS (`IndexFlatIP` behind an id map)."""

    def __init__(self, dimension: int) -> None:
        import faiss

        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))

    @classmethod
    def load(cls, path: Path) -> FaissVectors:
        """The engine saved at `path`.

        Raises IndexDamagedError if FAISS cannot read it.
        """
        import faiss

        engine = cls.__new__(cls)
        try:
            engine._index = faiss.read_index(str(path))
        except RuntimeError as error:
            raise IndexDamagedError(f"FAISS cannot read {str(path)!r}: rebuild it") from error
        return engine

    def save(self, path: Path) -> None:
        """Write the engine to `path`; OSError where that fails."""
        import faiss

        # FAISS's own writer does not say when the disk is full.
        with open(path, "wb") as file:
            writer: Any = faiss.PyCallbackIOWriter(file.write)  # type: ignore[attr-defined]
            faiss.write_index(self._index, writer)

    def add(self, ids: Ints, vectors: Floats) -> None:
        """ids (n,), vectors (n, dimension)."""
        if len(ids):
            self._index.add_with_ids(np.ascontiguousarray(vectors), np.ascontiguousarray(ids))

    def remove(self, ids: Ints) -> None:
        """Ids that are not there are left alone."""
        self._index.remove_ids(np.ascontiguousarray(ids))

    def search(self, queries: Floats, k: int, allowed: Ints | None = None) -> tuple[Floats, Ints]:
        """See `VectorEngine.search`."""
        import faiss

        chosen = None
        if allowed is not None:
            make: Any = faiss.SearchParameters  # its stub knows no arguments
            chosen = make(sel=faiss.IDSelectorBatch(allowed))
        queries, wanted = np.ascontiguousarray(queries), k + TIE_MARGIN
        while True:
            scores, ids = self._index.search(queries, max(1, min(wanted, len(self))), params=chosen)
            found = int((ids >= 0).all(axis=0).sum())  # fewer where `allowed` is fewer
            if wanted >= len(self) or found < wanted or not cut_through_ties(scores, k):
                return best_first(scores[:, :found], ids[:, :found], k)
            wanted *= 4

    def ids(self) -> Ints:
        """The ids that are there. int64 (n,)."""
        import faiss

        return np.array(faiss.vector_to_array(self._index.id_map), np.int64)

    def holds(self, number: int, vector: Floats, tolerance: float) -> bool:
        """Whether the vector of that id is `vector` (dimension,), to `tolerance` in each place."""
        try:
            return bool(np.allclose(self._index.reconstruct(number), vector, atol=tolerance))
        except RuntimeError:  # no such id
            return False

    def __len__(self) -> int:
        return int(self._index.ntotal)


ENGINES: dict[str, Callable[[int], VectorEngine]] = {"faiss": FaissVectors, "numpy": NumpyVectors}
"""Every engine by name, made from a dimension; the tests run over all of them."""


class SegmentVectors(FaissVectors):
    @classmethod
    def load(cls, folder: Path) -> SegmentVectors:
        return super().load(folder / "v.faiss")

    def problems(self) -> list[str]:
        return []


def write_vectors(folder, dimension, *, old, added, removed, vectors, compact=False, progress=None):
    folder.mkdir()
    engine = SegmentVectors.load(old) if old else SegmentVectors(dimension)
    engine.remove(removed)
    for start in range(0, len(added), 4096):
        some = added[start : start + 4096]
        engine.add(some, vectors(some))
    engine.save(folder / "v.faiss")
