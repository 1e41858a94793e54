"""Dense search in a collection, as `VectorEngine` promises it."""

from __future__ import annotations

from functools import partial

import numpy as np

from quoth.engines.milvus.collection import Collection
from quoth.engines.milvus.consistency import STRONG
from quoth.engines.milvus.held import Held
from quoth.engines.milvus.whole import Found, k_best
from quoth.records import Floats, Ints
from quoth.vectors.exact import best_first

_ALLOWED_AT_ONCE = 50_000  # ids in one filter: 0.3 s


class MilvusVectors:
    """The vectors of a collection that a state of the store holds."""

    def __init__(self, collection: Collection, held: Held) -> None:
        self.collection, self._held = collection, held

    def search(self, queries: Floats, k: int, allowed: Ints | None = None) -> tuple[Floats, Ints]:
        """See `VectorEngine.search`. Raises EngineError rather than leave out what is there."""
        if not k or not len(queries) or (allowed is not None and not len(allowed)):
            return np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64)
        if allowed is None:
            return self._among(queries, k, None)
        parts = [
            self._among(queries, k, allowed[start : start + _ALLOWED_AT_ONCE])
            for start in range(0, len(allowed), _ALLOWED_AT_ONCE)
        ]
        scores, ids = (np.concatenate(one, axis=1) for one in zip(*parts, strict=True))
        return best_first(scores, ids, k)

    def _among(self, queries: Floats, k: int, allowed: Ints | None) -> tuple[Floats, Ints]:
        held, name = self._held, self.collection.name

        def expected() -> int:
            return len(held) if allowed is None else len(held.among(np.unique(allowed)))

        find = partial(self._found, queries, allowed)
        return k_best(find, k, held, expected, f"Milvus's collection {name!r}")

    def _found(self, queries: Floats, allowed: Ints | None, limit: int, newest: bool) -> Found:
        level = STRONG if newest else self.collection.consistency.level(self._held.generation)
        return self.collection.nearest(queries, limit, level, allowed)

    def ids(self) -> Ints:
        """The ids of all rows, but for those that are kept for the state before. Ascending."""
        return np.setdiff1d(self.collection.ids(), self._held.gone)

    def differing(self, ids: Ints, vectors: Floats, tolerance: float) -> Ints:
        """See `Vectors.differing`. Raises EngineError."""
        found = self.collection.vectors(ids)
        return np.array(
            [
                number
                for number, vector in zip(ids.tolist(), vectors, strict=True)
                if number not in found or not np.allclose(found[number], vector, atol=tolerance)
            ],
            np.int64,
        )

    def __len__(self) -> int:
        return len(self._held)
