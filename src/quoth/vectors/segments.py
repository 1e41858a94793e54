"""Dense search over segments on disk: a state of the vectors that stays as it was opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from quoth.matmul import matmul
from quoth.records import Floats, Ints
from quoth.vectors.coded import CodedSegments
from quoth.vectors.exact import ascending, best_first, products, within_rounding
from quoth.vectors.files import difference
from quoth.vectors.manifest import Manifest, read_manifest
from quoth.vectors.segment import Segment, open_segments


class SegmentVectors:
    """The vectors that `write_vectors` has put into a folder.

    What `search` gives is exact where there are few vectors, and likely the nearest where there are
    many; the scores are exact in both. The same question gets the same answer, whatever is asked
    with it. May be used from several threads at once.
    """

    def __init__(self, folder: Path, manifest: Manifest, segments: Sequence[Segment]) -> None:
        """Use `load`."""
        self._folder = folder
        self._manifest = manifest
        self._segments = segments
        coded = [one for one in segments if one.size.approximate]
        self._coded = CodedSegments(coded, manifest.dimension) if coded else None

    @classmethod
    def load(cls, folder: Path) -> SegmentVectors:
        """The state in `folder`; its files may be removed afterwards, and it goes on.

        Raises IndexDamagedError if one is missing, of another size, or begins otherwise.
        """
        manifest = read_manifest(folder)
        return cls(folder, manifest, open_segments(folder, manifest, np.empty(0, np.int64)))

    def search(self, queries: Floats, k: int, allowed: Ints | None = None) -> tuple[Floats, Ints]:
        """See `VectorEngine.search`."""
        if allowed is not None:
            allowed = ascending(allowed)
        among = [segment.places(allowed) for segment in self._segments]
        sizes = [
            len(segment) if places is None else len(places)
            for segment, places in zip(self._segments, among, strict=True)
        ]
        k = min(k, sum(sizes))
        scores = np.empty((len(queries), k), np.float32)
        ids = np.empty((len(queries), k), np.int64)
        for row, query in enumerate(np.ascontiguousarray(queries, np.float32)):
            if k:
                scores[row], ids[row] = self._search_one(query, k, among)
        return scores, ids

    def _search_one(self, query: Floats, k: int, among: list[Ints | None]) -> tuple[Floats, Ints]:
        """The k best of all segments, by the exact cosine."""
        parts = []
        for segment, places in zip(self._segments, self._nearest(query, k, among), strict=True):
            ids, rows = segment.take(places)
            best = within_rounding(products(rows, query), k)
            parts.append((ids[best], rows[best]))
        ids = np.concatenate([one for one, _ in parts])
        rows = np.concatenate([one for _, one in parts])
        # In float64, so that equal vectors have equal scores wherever they stand.
        exact = matmul(rows.astype(np.float64), query.astype(np.float64)).astype(np.float32)
        scores, found = best_first(exact[None], ids[None], k)
        return scores[0], found[0]

    def _nearest(self, query: Floats, k: int, among: Sequence[Ints | None]) -> list[Ints]:
        """For each segment places that have, certainly or likely, the k nearest of all."""
        pairs = list(zip(self._segments, among, strict=True))
        coded = [places for one, places in pairs if one.size.approximate]
        found = iter(self._coded.nearest(query, k, coded) if self._coded else [])
        return [
            next(found) if one.size.approximate else one.nearest(query, k, places)
            for one, places in pairs
        ]

    @property
    def segments(self) -> int:
        """How many sets of files are searched, one after the other."""
        return len(self._segments)

    def ids(self) -> Ints:
        """The ids that are there, ascending. int64 (n,)."""
        return np.concatenate([np.empty(0, np.int64), *(one.ids() for one in self._segments)])

    def holds(self, number: int, vector: Floats, tolerance: float) -> bool:
        """Whether the vector of that id is `vector` (dimension,), to `tolerance` in each place."""
        for segment in self._segments:
            places = segment.places(np.array([number], np.int64))
            if places is not None and len(places):
                return bool(np.allclose(segment.rows.take(places)[0], vector, atol=tolerance))
        return False

    def differing(self, ids: Ints, vectors: Floats, tolerance: float) -> Ints:
        """Those of `ids` (n,) whose vector is not that of `vectors` (n, dimension)."""
        pairs = zip(ids.tolist(), vectors, strict=True)
        return np.array([n for n, row in pairs if not self.holds(n, row, tolerance)], np.int64)

    def problems(self) -> list[str]:
        """What is wrong with the files, in words, after reading all of them; [] for nothing."""
        found = [difference(self._folder / file.name, file) for file in self._manifest.files]
        found += [one for segment in self._segments for one in segment.problems()]
        if (np.diff(self.ids()) <= 0).any():
            found.append("the ids of the vectors are not in order")
        return [one for one in found if one]

    def close(self) -> None:
        """Give the files back; not to be searched afterwards."""
        for segment in self._segments:
            segment.close()

    def __len__(self) -> int:
        return sum(map(len, self._segments))
