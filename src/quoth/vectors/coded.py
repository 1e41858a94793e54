"""The segments of a state that are searched by their codes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quoth.records import Floats, Ints
from quoth.vectors.codes import Codes, read_codes
from quoth.vectors.exact import cut_through_ties
from quoth.vectors.manifest import damaged
from quoth.vectors.segment import Segment

_MORE = 6
_LEAST = 160
"""For the k nearest, the 6 k + 160 that are nearest by their codes are compared themselves."""
FEW = 2000
"""Vectors in question up to which all are compared: 3 ms to read them."""
_MOST = 50_000
"""Nearest by their codes that are taken for a question; beyond, all in question are compared."""


class CodedSegments:
    """Searches all coded segments at once. A place counts through them, in their order."""

    def __init__(self, segments: Sequence[Segment], dimension: int) -> None:
        """Raises IndexDamagedError if a file of codes is none."""
        self._segments = segments
        self._starts = np.cumsum([0, *(one.files.count for one in segments)])
        try:
            paths = [one.folder / file.name for one in segments for file in one.files.codes]
            self._codes = Codes(list(map(read_codes, paths)), dimension)
            if len(self._codes) != self._starts[-1]:
                raise ValueError(f"{len(self._codes)} codes of {self._starts[-1]} vectors")
        except ValueError as error:
            raise damaged(segments[0].folder, str(error)) from error
        self._usual = [segment.places(None) for segment in segments]
        self._usual_mask = self._mask(self._usual)

    def nearest(self, query: Floats, k: int, among: Sequence[Ints | None]) -> list[Ints]:
        """query (dimension,) → for each segment places that likely have the k nearest of all.

        among: for each segment the places in question, None for all of them.
        """
        total = len(self._codes)
        is_usual = all(one is other for one, other in zip(among, self._usual, strict=True))
        mask = self._usual_mask if is_usual else self._mask(among)
        available = total if mask is None else int(mask.sum())
        wanted = min(_MORE * k + _LEAST, available)
        asked = wanted if mask is None else 2 * wanted * total // max(available, 1)
        while available > FEW and asked <= _MOST:
            scores, places = self._codes.search(query, asked)
            if mask is not None:
                scores, places = scores[mask[places]], places[mask[places]]
            if len(places) >= wanted and not cut_through_ties(scores[None], k):
                tied = int((scores >= scores[k - 1]).sum())
                return self._divided(np.sort(places[: max(wanted, tied)]))
            asked *= 4
        return [
            segment.nearest(query, k, places)
            for segment, places in zip(self._segments, among, strict=True)
        ]

    def _mask(self, among: Sequence[Ints | None]) -> np.ndarray | None:
        """bool (total,): which places are in question; None for all."""
        if all(places is None for places in among):
            return None
        mask = np.zeros(len(self._codes), np.bool_)
        for start, segment, places in zip(self._starts[:-1], self._segments, among, strict=True):
            mask[start : start + segment.files.count][slice(None) if places is None else places] = 1
        return mask

    def _divided(self, places: Ints) -> list[Ints]:
        """Places, ascending → those of each segment, counted from its own first."""
        cuts = np.searchsorted(places, self._starts[1:-1])
        parts = np.split(places, cuts)
        return [part - start for part, start in zip(parts, self._starts, strict=False)]
