"""One segment: vectors on disk that never change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from quoth.records import Floats, Ints
from quoth.vectors.codes import Mask
from quoth.vectors.exact import ascending, products, within_rounding
from quoth.vectors.manifest import Manifest, SegmentFiles, damaged
from quoth.vectors.planning import Size
from quoth.vectors.rows import Rows

_MISSED = 1e-2
"""Vectors that a model gives in half precision miss length 1 by less."""


class Segment:
    """The vectors of one segment, those that are gone left out."""

    def __init__(self, folder: Path, files: SegmentFiles, dimension: int, removed: Ints) -> None:
        """removed: ids, ascending. Raises IndexDamagedError if the files do not fit together."""
        self.folder = folder
        self.files = files
        shape = (files.count, dimension)
        try:
            self._all: Ints = np.fromfile(folder / files.ids.name, np.int64)
            sizes = (files.ids.size, files.rows.size)
            if sizes != (8 * files.count, 4 * files.count * dimension):
                raise ValueError(f"{files.ids.name} and {files.rows.name} do not fit together")
            self.rows = Rows(folder / files.rows.name, *shape, mapped=not files.codes)
        except (OSError, ValueError) as error:
            raise damaged(folder, str(error)) from error
        self._gone: Mask = np.zeros(files.count, np.bool_)
        self._gone[_places(self._all, removed)] = True
        self._live = np.flatnonzero(~self._gone) if self._gone.any() else None

    @property
    def size(self) -> Size:
        """By which is planned what to do with it."""
        return Size(len(self._all), len(self), bool(self.files.codes))

    def ids(self) -> Ints:
        """Ascending. int64 (n,)."""
        return self._all if self._live is None else self._all[self._live]

    def __len__(self) -> int:
        return len(self._all) if self._live is None else len(self._live)

    def places(self, allowed: Ints | None) -> Ints | None:
        """Where the allowed ids that are there stand; None for everywhere. Both ascending."""
        if allowed is None:
            return self._live
        places = _places(self._all, allowed)
        if self._live is None:
            return places
        return places[~self._gone[places]]

    def nearest(self, query: Floats, k: int, among: Ints | None) -> Ints:
        """The places of the k nearest and of those that rounding does not tell from the k-th.

        query (dimension,); among: places from `places`.
        """
        chosen = within_rounding(self._scores(query, among), k)
        return chosen if among is None else among[chosen]

    def _scores(self, query: Floats, among: Ints | None) -> Floats:
        """query (dimension,) → the cosine with each row in question."""
        if among is not None and len(among) * 4 < len(self._all):
            return products(self.rows.take(among), query)
        parts = [products(block, query) for _, block in self.rows.blocks()]
        scores = np.concatenate([np.empty(0, np.float32), *parts])
        return scores if among is None else scores[among]

    def take(self, places: Ints) -> tuple[Ints, Floats]:
        """places (n,), ascending → ids (n,) and rows (n, dimension)."""
        return self._all[places], self.rows.take(places)

    def gone(self) -> Ints:
        """The ids that were removed, ascending. int64 (n,)."""
        return self._all[self._gone]

    def parts(self) -> Iterator[tuple[Ints, Floats]]:
        """Everything that is there, in parts: ids (n,) and rows (n, dimension)."""
        for start, block in self.rows.blocks():
            ids = self._all[start : start + len(block)]
            if self._live is None:
                yield ids, block
            else:
                first, last = np.searchsorted(self._live, [start, start + len(block)])
                places = self._live[first:last] - start
                yield ids[places], block[places]

    def problems(self) -> list[str]:
        """What is wrong with the contents, in words."""
        name, found = self.files.rows.name, []
        if not all(map(_of_length_1, self.rows.blocks())):
            found.append(f"{name} holds vectors that are not of length 1")
        return found

    def close(self) -> None:
        """Give the files back."""
        self.rows.close()


def _places(ids: Ints, wanted: Ints) -> Ints:
    """Where the wanted ids stand among `ids`; both ascending."""
    wanted = wanted[slice(*np.searchsorted(wanted, [ids[0], ids[-1] + 1]))] if len(ids) else ids
    if len(wanted) * 20 < len(ids) or int(ids[-1] - ids[0]) > 8 * len(ids):
        places = np.searchsorted(ids, wanted)
        return np.asarray(places[ids[places] == wanted], np.int64)
    table = np.zeros(ids[-1] - ids[0] + 1, np.bool_)  # quicker than searching for many
    table[wanted - ids[0]] = True
    return np.flatnonzero(table[ids - ids[0]])


def _of_length_1(block: tuple[int, Floats]) -> bool:
    """Whether the rows have that length, or are the zeros of an empty text."""
    lengths = np.linalg.norm(block[1], axis=1)
    return bool(((np.abs(lengths - 1) < _MISSED) | (lengths == 0)).all())


def open_segments(folder: Path, manifest: Manifest, removed: Ints) -> list[Segment]:
    """The segments of a state, without these ids and those that were removed before.

    Raises IndexDamagedError.
    """
    gone = ascending(removed)
    if manifest.removed:
        try:
            gone = np.union1d(gone, np.fromfile(folder / manifest.removed.name, np.int64))
        except OSError as error:
            raise damaged(folder, str(error)) from error
    return [Segment(folder, files, manifest.dimension, gone) for files in manifest.segments]
