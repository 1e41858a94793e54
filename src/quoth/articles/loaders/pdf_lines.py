"""The pages of a PDF → their lines: text as PDFium gives it, where it stands, how large.

PDFium is not safe for threads, so only one of them is in it at a time.
"""

from __future__ import annotations

import ctypes
import math
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

from quoth.articles.loaders.common import kind_of, malformed
from quoth.articles.loaders.pdf_columns import (
    Box,
    Frame,
    Line,
    WideBlank,
    find_gutters,
    in_columns,
)
from quoth.errors import ArticleError

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

_IN_PDFIUM = threading.RLock()
HYPHEN = "\ufffe"
"""What PDFium gives for a hyphen at the end of a line, and instead of that end."""
_RUN = re.compile(rf"[^\r\n{HYPHEN}](?:(?!\r\n)[^{HYPHEN}])*{HYPHEN}?")
_LAST_HYPHEN = re.compile(r"[^\W\d_]-$")
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\uffff]")
_PASSWORD_NEEDED = 4
_GAP = 0.8
"""Of a line's height: a blank as wide as this may be the space between two columns."""
_MARKER_SIGNS = 4
"""Characters before a wide blank that are no column: an item's or a section's number."""
_BELOW = 0.22
"""Of a font's size: how much of it is below the baseline, near enough."""
_SMALLEST = 4.0
_LARGEST = 10_000.0
_FONT_NAME = 200
_BOLD = re.compile(rb"bold|black|heavy|cmbx", re.IGNORECASE)


@contextmanager
def opened_pdf(data: bytes) -> Iterator[PdfDocument]:
    """A PDF, for as long as no other thread reads one.

    Raises:
        ArticleError: not a PDF, damaged, or with a password.
    """
    from pypdfium2 import PdfDocument, PdfiumError

    found = kind_of(data)
    if found != "a PDF file" and b"%PDF-" not in data[:1024]:
        raise ArticleError(f"it is {found or 'no PDF file'}, not a .pdf: rename it")
    with _IN_PDFIUM:
        try:
            pdf = PdfDocument(data)
        except PdfiumError as error:
            if error.err_code == _PASSWORD_NEEDED:
                said = "it is encrypted: save it without a password"
            else:
                said = "it is a damaged or truncated PDF file: save or fetch it again"
            raise ArticleError(said) from error
        try:
            yield pdf
        finally:
            pdf.close()


@contextmanager
def opened_page(pdf: PdfDocument, number: int) -> Iterator[tuple[PdfPage, PdfTextPage]]:
    """A page, counted from 0, and its text. Raises ArticleError."""
    with malformed(f"a PDF file with a page {number + 1}"):
        page = pdf[number]
        try:
            text = page.get_textpage()
            try:
                yield page, text
            finally:
                text.close()
        finally:
            page.close()


def page_lines(page: PdfPage, text: PdfTextPage, number: int) -> list[Line]:
    """The lines of a page in reading order.

    That is the order in which the file has them; but where it has lines that run over several
    columns, these are split, and each column is read from top to bottom.
    """
    characters = _characters(text)
    frame = Frame.of(page)
    runs = [(run.start(), run.end()) for run in _RUN.finditer(characters)]
    blanks = [_wide_blanks(text, characters, first, end) for first, end in runs]
    turned = frame.turned != 0
    gutters = [] if turned else find_gutters([blank for some in blanks for blank in some])
    lines = []
    for (first, end), some in zip(runs, blanks, strict=True):
        cuts = [one.place for one in some if any(one.left < x < one.right for x in gutters)]
        for start, stop in pairwise([first, *cuts, end]):
            lines += _lines_of(text, characters[start:stop], start, number, turned=turned)
    return [frame.placed(line) for line in in_columns(lines, gutters)]


def _lines_of(text: PdfTextPage, piece: str, first: int, page: int, *, turned: bool) -> list[Line]:
    """The line that a piece of a run is; none if it is blank."""
    bare = piece.rstrip(HYPHEN).strip()
    if not bare:
        return []
    first += len(piece) - len(piece.lstrip())
    middle = first + _middle(bare)
    size, baseline = _measures(text, middle)
    boxes = list(rectangles(text, first, len(bare))) or [Box(0.0, baseline, 0.0, baseline)]
    box = Box(
        min(one.left for one in boxes),
        min(one.bottom for one in boxes) if turned else baseline - _BELOW * size,
        max(one.right for one in boxes),
        max(one.top for one in boxes) if turned else baseline + (1 - _BELOW) * size,
    )
    ends = (first, middle, first + len(bare) - 1)
    bold = all(_is_bold(text, place) for place in ends)
    hyphen = piece.endswith(HYPHEN)
    if _LAST_HYPHEN.search(bare):
        bare, hyphen = bare[:-1], True
    return [Line(page, first, bare, box, size, bold, hyphen)]


def _measures(text: PdfTextPage, place: int) -> tuple[float, float]:
    """The size of a character's font as it is shown, and how high its baseline is, in points."""
    import pypdfium2.raw as pdfium

    matrix, x, y = pdfium.FS_MATRIX(), ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetMatrix(text, place, matrix)
    pdfium.FPDFText_GetCharOrigin(text, place, x, y)
    size = pdfium.FPDFText_GetFontSize(text, place) * math.hypot(matrix.c, matrix.d)
    sound = math.isfinite(size) and math.isfinite(y.value)
    return (min(size, _LARGEST), y.value) if sound else (0.0, 0.0)


def _is_bold(text: PdfTextPage, place: int) -> bool:
    import pypdfium2.raw as pdfium

    name, flags = ctypes.create_string_buffer(_FONT_NAME), ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(text, place, name, _FONT_NAME, flags)
    return _BOLD.search(name.value) is not None


def _wide_blanks(text: PdfTextPage, characters: str, first: int, end: int) -> list[WideBlank]:
    """The blanks in a run that may be the space between two columns.

    Looked for by character only where two of the run's rectangles stand that far apart.
    """
    boxes = list(rectangles(text, first, end - first))
    if not any(_are_apart(a, b) for a, b in pairwise(boxes)):
        return []
    places = [at for at in range(first, end) if not characters[at].isspace()]
    signs = [(at, Box(*text.get_charbox(at, loose=True))) for at in places]
    return [
        WideBlank(a.right, b.left, place)
        for (_, a), (place, b) in pairwise(signs[_MARKER_SIGNS:])
        if _are_apart(a, b)
    ]


def _are_apart(a: Box, b: Box) -> bool:
    height = min(a.top - a.bottom, b.top - b.bottom)
    return b.left - a.right > _GAP * max(height, _SMALLEST)


def _characters(text: PdfTextPage) -> str:
    """The characters of a page, one for each that PDFium counts; a blank for what is none."""
    import pypdfium2.raw as pdfium

    count = text.count_chars()
    found = text.get_text_range() if count else ""
    if len(found) != count:
        codes = (pdfium.FPDFText_GetUnicode(text, at) for at in range(count))
        found = "".join(chr(code) if code < 0x110000 else " " for code in codes)
    return _NO_TEXT.sub(lambda one: _blank(one, found), found)


def _blank(found: re.Match[str], text: str) -> str:
    """`\\r` stays where it is a line's end, not a sign of a font."""
    is_end = found[0] == "\r" and text[found.end() : found.end() + 1] == "\n"
    return "\r" if is_end else " "


def _middle(text: str) -> int:
    """The place of a character that is not blank, near the middle."""
    start = len(text) // 2
    behind = text[start:]
    return start + len(behind) - len(behind.lstrip()) if behind.strip() else 0


def rectangles(text: PdfTextPage, first: int, count: int) -> Iterator[Box]:
    """What these characters of a page cover, in the page's own coordinates."""
    for at in range(text.count_rects(first, count)):
        yield Box(*text.get_rect(at))
