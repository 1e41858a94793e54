"""Which segments a change merges: pure, by their sizes.

Segments stand in the order of their ids. A change writes one new segment of what it adds; what it
merges into this is always a run of segments at the end, so that the order stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

EXACT = 10_000
"""Vectors up to which all are compared, where none are coded. Of 384 dimensions, to compare 5,000
takes 0.7 ms, 10,000 1.7, 20,000 4.9 and 80,000 17 ms; to search as many by their codes 1.8, 1.7,
1.9 and 2.3 ms."""
TAIL = 5_000
"""Vectors beside coded ones up to which all are compared: then these are coded as well."""
_SIZES = 2
"""A segment is merged into one of half its size or more: each vector is then written anew some
log(n) times in all."""
_GONE = 0.25
"""Share of a segment that may be gone before it is written anew."""
_OUTSIDE = 0.25
"""Share of all vectors that may stand outside the largest segment after it was made compact."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a segment: its vectors, those of them that are still there, and how it is searched."""

    count: int
    live: int
    approximate: bool

    @property
    def worn(self) -> bool:
        """Whether enough of it is gone for writing it anew."""
        return self.live == 0 or self.count - self.live > _GONE * self.count


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write.

    first: the segments from this number on are merged with what is added.
    approximate: whether what comes of that is searched approximately.
    anew: segments before `first` that are written without what is gone, each for itself.
    """

    first: int
    approximate: bool
    anew: frozenset[int]


def planned(segments: Sequence[Size], added: int, *, compact: bool) -> Plan:
    """What a change writes that adds so many vectors. The sizes are those after its removals.

    Without `compact`, an approximate segment is only made again by a change that adds half its
    size or more: to add one article costs the same however many there are.
    """
    first = _compacted(segments, added) if compact else _merged(segments, added)
    exact = [number for number, one in enumerate(segments) if not one.approximate]
    if sum(segments[number].live for number in exact) + added > _limit(segments[:first]):
        first = min([first, *exact])
    size = added + _live(segments[first:])
    anew = {number for number, one in enumerate(segments[:first]) if _anew(one, compact=compact)}
    return Plan(first, size > _limit(segments[:first]), frozenset(anew))


def _merged(segments: Sequence[Size], added: int) -> int:
    size, first = added, len(segments)
    while first:
        last = segments[first - 1]
        if last.live > _SIZES * (added if last.approximate else size):
            break
        size, first = size + last.live, first - 1
    return first


def _compacted(segments: Sequence[Size], added: int) -> int:
    whole = added + _live(segments)
    largest = max(range(len(segments)), key=lambda number: segments[number].live, default=0)
    first = 0
    if segments and whole > EXACT and segments[largest].approximate:
        outside = whole - segments[largest].live
        first = 0 if segments[largest].worn or outside > _OUTSIDE * whole else largest + 1
    is_compact = (
        len(segments) - first <= 1
        and not added
        and not any(one.live < one.count for one in segments[first:])
    )
    return len(segments) if is_compact else first


def _limit(others: Sequence[Size]) -> int:
    """Vectors up to which a segment is compared whole, beside these."""
    return TAIL if any(one.approximate for one in others) else EXACT


def _live(segments: Sequence[Size]) -> int:
    return sum(one.live for one in segments)


def _anew(segment: Size, *, compact: bool) -> bool:
    """Whether a segment that is not merged is written anew: a large one only to make compact."""
    return segment.live == 0 or (segment.worn and (compact or not segment.approximate))
