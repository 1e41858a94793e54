"""Where a span of a PDF's text stands on its pages, and pictures of them."""

from __future__ import annotations

import hashlib
import io
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quoth.articles.loaders.pdf import pdf_layout
from quoth.articles.loaders.pdf_columns import Box, Frame, Line
from quoth.articles.loaders.pdf_layout import Layout, Placed
from quoth.articles.loaders.pdf_lines import opened_page, opened_pdf, rectangles
from quoth.articles.options import ReadOptions
from quoth.errors import ArticleError
from quoth.records import Article, PathLike, Span

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

MAX_PIXELS = 40_000_000
_POINTS_PER_INCH = 72


@dataclass(frozen=True, slots=True)
class PageBoxes:
    """What a span covers of one page.

    page: its number, from 1. width, height: of the page as it is shown, in points (1/72 inch).
    boxes: (left, bottom, right, top) in points from its left bottom corner, one for each line.
    """

    page: int
    width: float
    height: float
    boxes: tuple[Box, ...]


def span_boxes(
    article: Article,
    start: int,
    end: int,
    *,
    options: ReadOptions = ReadOptions(),  # noqa: B008 (frozen)
) -> tuple[PageBoxes, ...]:
    """The pages that `article.text[start:end]` stands on, in order, with its boxes on each.

    Empty where the span holds no character of a line. The file is read anew.

    Raises:
        ArticleError: the file is gone, cannot be read, or its text is not the article's any more.
    """
    with opened_pdf(_bytes(article.path)) as pdf:
        layout = pdf_layout(pdf, options)
        if layout.text != article.text:
            raise ArticleError(f"'{article.path}' has changed since it was read: add it again")
        return _boxes_of(pdf, layout, Span(start, end))


def page_picture(path: PathLike, page: int, *, scale: float = 2.0) -> bytes:
    """A page of a PDF, counted from 1, as a PNG with `scale` pixels for each point.

    A box of `span_boxes` is at left * scale, (height - top) * scale of the picture.

    Raises:
        ArticleError: the file is gone or cannot be read, has no such page, or it is too large.
    """
    with opened_pdf(_bytes(path)) as pdf:
        if not 1 <= page <= len(pdf):
            raise ArticleError(f"'{path}' has no page {page}: it has {len(pdf):,}")
        return _png_of(pdf, page, scale)


def drawn_pages(
    data: bytes, sha256: str, spans: Sequence[Span], pages: Sequence[int], scale: float
) -> tuple[list[tuple[PageBoxes, ...]], list[bytes]]:
    """As `span_boxes` of each span and `page_picture` of each page, of a PDF's own bytes.

    sha256: of the text that these must hold. Raises ArticleError as they do.
    """
    with opened_pdf(data) as pdf:
        layout = pdf_layout(pdf, ReadOptions())
        if hashlib.sha256(layout.text.encode()).hexdigest() != sha256:
            raise ArticleError("the file has changed since it was read: add it again")
        if not all(1 <= page <= len(pdf) for page in pages):
            raise ArticleError(f"there are {len(pdf):,} pages, and not all of {list(pages)}")
        boxes = [_boxes_of(pdf, layout, span) for span in spans]
        return boxes, [_png_of(pdf, page, scale) for page in pages]


def _boxes_of(pdf: PdfDocument, layout: Layout, asked: Span) -> tuple[PageBoxes, ...]:
    pieces = _pieces(layout, *asked)
    found = []
    for number in sorted({placed.line.page for placed, _ in pieces}):
        with opened_page(pdf, number) as (page, text):
            frame = Frame.of(page)
            boxes = [
                _box(rectangles(text, span.start, span.end - span.start), placed.line, frame)
                for placed, span in pieces
                if placed.line.page == number
            ]
        kept = tuple(box for box in boxes if box is not None)
        found.append(PageBoxes(number + 1, frame.width, frame.height, kept))
    return tuple(found)


def _png_of(pdf: PdfDocument, page: int, scale: float) -> bytes:
    with opened_page(pdf, page - 1) as (opened, _):
        width, height = opened.get_size()
        if not 0 < width * height * scale * scale <= MAX_PIXELS:
            raise ArticleError(
                f"page {page} of {width:.0f} × {height:.0f} points at scale {scale} has over "
                f"{MAX_PIXELS:,} pixels: give a smaller scale"
            )
        picture = opened.render(scale=scale).to_pil()
    written = io.BytesIO()
    picture.save(written, "PNG", dpi=(scale * _POINTS_PER_INCH,) * 2)
    return written.getvalue()


def _bytes(path: PathLike) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:
        raise ArticleError(f"cannot read '{path}': {error}") from error


def _pieces(layout: Layout, start: int, end: int) -> list[tuple[Placed, Span]]:
    """The lines that the span meets, each with the page's characters that are in it."""
    lines = layout.lines
    first = bisect_right(lines, start, key=lambda one: one.end)
    last = bisect_left(lines, end, key=lambda one: one.start)
    found = []
    for placed in lines[first:last]:
        left, right = max(start, placed.start), min(end, placed.end)
        if left < right:
            offset = placed.line.first - placed.start
            found.append((placed, Span(left + offset, right + offset)))
    return found


def _box(rectangles: Iterable[Box], line: Line, frame: Frame) -> Box | None:
    """The smallest box that holds these parts of a line; as high as the line if that lies flat."""
    shown = [frame.shown(one) for one in rectangles]
    if not shown:
        return None
    lefts, bottoms, rights, tops = zip(*shown, strict=True)
    flat = frame.turned in (0, 180)
    bottom, top = (line.box.bottom, line.box.top) if flat else (min(bottoms), max(tops))
    return Box(min(lefts), min(bottom, *bottoms), max(rights), max(top, *tops))
