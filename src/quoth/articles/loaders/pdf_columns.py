"""Lines of a page as boxes, and the columns they stand in: pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_MOST_COLUMNS = 4
_FEWEST_LINES = 5
"""Lines that must be split at one place for it to part columns."""
_SHORTEST = 15
"""Characters that half of the lines of a column must have; cells of a table have fewer."""


class Box(NamedTuple):
    """In points, from the left bottom corner of the page."""

    left: float
    bottom: float
    right: float
    top: float


class WideBlank(NamedTuple):
    """A wide space inside a line, from `left` to `right`; `place` is what stands behind it."""

    left: float
    right: float
    place: int


@dataclass(frozen=True, slots=True)
class Line:
    """Characters of one line of a page: `first` is the place of `text[0]` among the page's.

    size: of its font as it is shown, in points. hyphen: a word goes on in the next line; the
    hyphen itself is not in `text`.
    """

    page: int
    first: int
    text: str
    box: Box
    size: float
    bold: bool
    hyphen: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """How a page is shown: the part of it that is, and by how many degrees it is turned."""

    box: Box
    turned: int

    @classmethod
    def of(cls, page: PdfPage) -> Frame:
        return cls(Box(*page.get_bbox()), page.get_rotation())

    @property
    def width(self) -> float:
        """Of the page as it is shown, in points."""
        b = self.box
        return b.top - b.bottom if self.turned in (90, 270) else b.right - b.left

    @property
    def height(self) -> float:
        """Of the page as it is shown, in points."""
        b = self.box
        return b.right - b.left if self.turned in (90, 270) else b.top - b.bottom

    def shown(self, box: Box) -> Box:
        """A box of the page's own coordinates as it is shown: turned, from the visible corner."""
        left, right = box.left - self.box.left, box.right - self.box.left
        bottom, top = box.bottom - self.box.bottom, box.top - self.box.bottom
        width, height = self.box.right - self.box.left, self.box.top - self.box.bottom
        if self.turned == 90:
            return Box(bottom, width - right, top, width - left)
        if self.turned == 180:
            return Box(width - right, height - top, width - left, height - bottom)
        if self.turned == 270:
            return Box(height - top, left, height - bottom, right)
        return Box(left, bottom, right, top)

    def placed(self, line: Line) -> Line:
        return replace(line, box=self.shown(line.box))


def find_gutters(blanks: Sequence[WideBlank]) -> list[float]:
    """Where the page is parted into columns: the places that wide blanks of many lines share."""
    gutters: list[float] = []
    left = list(blanks)
    while len(left) >= _FEWEST_LINES and len(gutters) < _MOST_COLUMNS - 1:
        best, count = max(_overlaps(left), key=lambda found: (found[1], -found[0]))
        if count < _FEWEST_LINES:
            break
        gutters.append(best)
        left = [one for one in left if not one.left < best < one.right]
    return sorted(gutters)


def _overlaps(blanks: Sequence[WideBlank]) -> Iterator[tuple[float, int]]:
    """Places just before each blank's end, and how many blanks hold them: one sweep."""
    ends = sorted([(one.left, 1) for one in blanks] + [(one.right, -1) for one in blanks])
    count, before = 0, 0.0
    for place, step in ends:
        if step < 0:
            yield (before + place) / 2, count
        count, before = count + step, place


def in_columns(lines: Sequence[Line], gutters: Sequence[float]) -> list[Line]:
    """The lines column by column, in bands between the lines that run over a gutter.

    In the order given where there is no gutter, or the columns are those of a table.
    """
    if not gutters or not _are_prose(lines, gutters):
        return list(lines)
    found: list[Line] = []
    band: list[Line] = []
    for line in sorted(lines, key=lambda one: (-one.box.bottom, one.first)):
        if any(line.box.left < x < line.box.right for x in gutters):
            found += [*_by_column(band, gutters), line]
            band = []
        else:
            band.append(line)
    return found + _by_column(band, gutters)


def _by_column(band: Sequence[Line], gutters: Sequence[float]) -> list[Line]:
    return sorted(band, key=lambda one: _column(one, gutters))


def _column(line: Line, gutters: Sequence[float]) -> int:
    return sum(line.box.left >= x for x in gutters)


def _are_prose(lines: Sequence[Line], gutters: Sequence[float]) -> bool:
    columns: dict[int, list[int]] = {}
    for line in lines:
        columns.setdefault(_column(line, gutters), []).append(len(line.text))
    return all(median(lengths) >= _SHORTEST for lengths in columns.values())
