"""Pages of a PDF as pictures, with the places of quotes on them; the last ones are remembered."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from quoth.articles.drawing import Drawing, draw
from quoth.articles.pdf_pages import PageBoxes
from quoth.errors import ArticleError
from quoth.records import Article, Quote, Span

MOST_PAGES = 300
"""A longer PDF is shown as text only: all of it is laid out (15 ms a page) to find a quote."""
_SCALE = 1.8  # an A4 page is then 1071 pixels wide, some 300 kB
_REMEMBERED = 16  # drawings, of a page or two each


class Line(NamedTuple):
    """A box in points from the page's left bottom corner."""

    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A page, counted from 1, of `width` × `height` points, as a PNG.

    boxes: rank of a quote → the lines of it on this page.
    """

    page: int
    width: float
    height: float
    png: bytes
    boxes: Mapping[int, Sequence[Line]]


@dataclass(frozen=True, slots=True)
class Pictures:
    """Draws pages, each time in a process of its own. Safe to use from several threads."""

    draw: Callable[[str, str, str, tuple[Span, ...], tuple[int, ...]], Drawing] = field(
        default_factory=lambda: lru_cache(_REMEMBERED)(_drawn)
    )

    def of(self, article: Article, quotes: Sequence[Quote], pages: Sequence[int]) -> list[Picture]:
        """Pictures of these pages, with boxes for those of `quotes` that stand on them.

        Raises ArticleError for a file that is gone, has changed, or is too long or too large.
        """
        total = len(article.metadata.pages)
        if total > MOST_PAGES:
            raise ArticleError(f"it has {total} pages, and over {MOST_PAGES} are not drawn")
        near = [quote for quote in quotes if not pages_of(article, quote).isdisjoint(pages)]
        spans = tuple(Span(quote.start, quote.end) for quote in near)
        stamp = _stamp(article.path)
        try:
            drawn = self.draw(article.path, stamp, article.sha256, spans, tuple(pages))
        except ArticleError as error:  # which names the file, and where that lies
            raise ArticleError("its file has changed or cannot be drawn") from error
        found = {quote.rank: boxes for quote, boxes in zip(near, drawn.boxes, strict=True)}
        return [_picture(page, png, found) for page, png in zip(pages, drawn.pngs, strict=True)]


def pages_of(article: Article, quote: Quote) -> set[int]:
    """The pages, counted from 1, that the quote stands on."""
    first, last = (article.metadata.page(place) or 1 for place in (quote.start, quote.end - 1))
    return set(range(first, last + 1))


def frames(lines: Sequence[Line]) -> list[Line]:
    """One box around the lines that follow one another in a column.

    lines: in reading order. Each box holds its lines; a gap higher than a line begins a new one.
    """
    found: list[Line] = []
    for line in lines:
        last = found[-1] if found else None
        if last is not None and _continues(last, line):
            found[-1] = Line(
                min(last.left, line.left), min(last.bottom, line.bottom),
                max(last.right, line.right), max(last.top, line.top),
            )  # fmt: skip
        else:
            found.append(line)
    return found


def _continues(frame: Line, line: Line) -> bool:
    below = -1 <= frame.bottom - line.top <= line.top - line.bottom
    same_line = line.bottom < frame.top and line.top > frame.bottom
    overlaps = line.left < frame.right and line.right > frame.left
    return (below or same_line) and overlaps


def _picture(page: int, png: bytes, found: Mapping[int, tuple[PageBoxes, ...]]) -> Picture:
    wide, high = struct.unpack(">II", png[16:24])
    boxes = {
        rank: [Line(*box) for place in places if place.page == page for box in place.boxes]
        for rank, places in found.items()
    }
    shown = {rank: lines for rank, lines in boxes.items() if lines}
    return Picture(page, wide / _SCALE, high / _SCALE, png, shown)


def _stamp(path: str) -> str:
    """Differs whenever the file does."""
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:
        raise ArticleError("its file is gone") from error
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"


def _drawn(
    path: str, stamp: str, sha256: str, spans: tuple[Span, ...], pages: tuple[int, ...]
) -> Drawing:
    return draw(path, sha256, spans, pages, scale=_SCALE)
