"""The segments of a state that are searched by their codes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quoth.records import Floats, Ints
from quoth.vectors.codes import Codes, Mask, read_codes
from quoth.vectors.exact import cut_through_ties
from quoth.vectors.manifest import damaged
from quoth.vectors.segment import Segment

_MORE = 6
_LEAST = 340
"""For the k nearest, the 6 k + 340 that are nearest by their codes are compared themselves."""
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
        is_usual = all(one is other for one, other in zip(among, self._usual, strict=True))
        mask = self._usual_mask if is_usual else self._mask(among)
        available = sum(
            segment.files.count if places is None else len(places)
            for segment, places in zip(self._segments, among, strict=True)
        )
        wanted = _MORE * k + _LEAST
        while available > FEW and wanted <= _MOST:
            scores, places = self._searched(query, wanted, mask, available)
            if len(places) < min(wanted, available):  # FAISS leaves out the lowest score there is
                break
            if wanted >= available or not cut_through_ties(scores[None], k):
                return self._divided(np.sort(places))
            wanted *= 4
        return [
            segment.nearest(query, k, places)
            for segment, places in zip(self._segments, among, strict=True)
        ]

    def _searched(
        self, query: Floats, wanted: int, mask: Mask | None, available: int
    ) -> tuple[Floats, Ints]:
        """The best `wanted` places by their codes, with scores, of those that are in question.

        Where few are not, these are left out of some more that are searched for: to tell FAISS of
        them would take a third longer.
        """
        if mask is None:
            return self._codes.search(query, wanted)
        if available * 10 >= len(mask) * 9:
            scores, places = self._codes.search(query, wanted + wanted // 2)
            kept = np.flatnonzero(mask[places])[:wanted]
            if len(kept) == wanted:
                return scores[kept], places[kept]
        return self._codes.search(query, wanted, self._codes.only(mask))

    def _mask(self, among: Sequence[Ints | None]) -> Mask | None:
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
