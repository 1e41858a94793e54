"""Exact search in memory with FAISS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from quoth.errors import IndexDamagedError
from quoth.records import Floats, Ints
from quoth.vectors.exact import TIE_MARGIN, best_first, cut_through_ties


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

    def differing(self, ids: Ints, vectors: Floats, tolerance: float) -> Ints:
        """Those of `ids` (n,) whose vector is not that of `vectors` (n, dimension)."""
        pairs = zip(ids.tolist(), vectors, strict=True)
        return np.array([n for n, row in pairs if not self.holds(n, row, tolerance)], np.int64)

    def __len__(self) -> int:
        return int(self._index.ntotal)
