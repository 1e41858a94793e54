"""Sentences → passages, by number: which go together and which are repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quoth.passages.pieces import Piece

Bounds = tuple[int, int]
"""(first, last) of a passage among its section's pieces; `last` is not in it."""

_BREAK_COST = 0.15
"""Cost of a passage that ends inside a block; missing the target wholly costs 1."""
_MOST_PIECES = 60
"""Sentences in one passage, however short they are: bounds the time to divide a list of words."""


@dataclass(frozen=True, slots=True)
class Packing:
    """room and target in tokens, overlap in sentences."""

    room: int
    target: int
    overlap: int


def repeated(pieces: Sequence[Piece], bounds: Bounds, before: Bounds, packing: Packing) -> int:
    """How many of the sentences before a passage it repeats.

    Those there is room for, and never all of `before`, the passage that stands before it.
    """
    first, last = bounds
    most = min(packing.overlap, before[1] - before[0] - 1)
    left = packing.room - sum(piece.size for piece in pieces[first:last])
    left = min(left, packing.target // 2)
    count = 0
    while count < most and pieces[first - count - 1].size <= left:
        left -= pieces[first - count - 1].size
        count += 1
    return count


def balanced(pieces: Sequence[Piece], packing: Packing) -> list[Bounds]:
    """The bounds of each passage: the cheapest division of the pieces.

    A passage costs the square of how far it misses the target, relative to the target, and
    `_BREAK_COST` if it ends inside a block. Found by dynamic programming over the ends.
    """
    best, origin = [0.0], [0]
    for last in range(1, len(pieces) + 1):
        breaks = 0.0 if pieces[last - 1].closes or last == len(pieces) else _BREAK_COST
        cost, size = float("inf"), 0
        start = last - 1
        for first in range(last - 1, max(last - 1 - _MOST_PIECES, -1), -1):
            size += pieces[first].size
            if size > packing.room and first < last - 1:
                break
            candidate = best[first] + (size / packing.target - 1) ** 2 + breaks
            if candidate < cost:
                cost, start = candidate, first
        best.append(cost)
        origin.append(start)
    return _traced(origin)


def _traced(origin: Sequence[int]) -> list[Bounds]:
    bounds, last = [], len(origin) - 1
    while last:
        bounds.append((origin[last], last))
        last = origin[last]
    return bounds[::-1]
