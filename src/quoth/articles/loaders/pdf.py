"""PDF files: their text in reading order with its pages, by PDFium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from quoth.articles.loaders.common import iso_date, make_article, metadata_of, readable_name
from quoth.articles.loaders.pdf_columns import Frame, Line
from quoth.articles.loaders.pdf_layout import Layout, laid_out
from quoth.articles.loaders.pdf_lines import opened_page, opened_pdf, page_lines
from quoth.articles.options import MEGABYTE, ReadOptions
from quoth.errors import ArticleError
from quoth.records import Article, Metadata

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

MAX_CHARACTERS = 64 * MEGABYTE
_NO_TITLE = re.compile(
    r"untitled|\(?unspecified\)?|microsoft (?:word|powerpoint).*"
    r"|.*\.(?:docx?|tex|dvi|indd|pdf|rtf)",
    re.IGNORECASE,
)
_NO_AUTHOR = re.compile(r"anonymous|\(?unspecified\)?|(?:administrat|us)or|user", re.IGNORECASE)
_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)")


def load_pdf(file: BinaryIO, source: str, options: ReadOptions) -> Iterator[Article]:
    """A PDF: its paragraphs, its headings by their size, the offset at which each page begins.

    Lines that recur at the edge of pages are left out; a hyphen at the end of a line is, unless
    the word is written with it elsewhere. Title, author and date are the file's own properties.

    Raises:
        ArticleError: not a PDF, damaged, encrypted, more than `max_pages`, or pages without text.
    """
    with opened_pdf(file.read()) as pdf:
        layout = pdf_layout(pdf, options)
        properties = pdf.get_metadata_dict()
    title = " ".join(properties.get("Title", "").split())
    title = "" if _NO_TITLE.fullmatch(title) else title
    headings = (layout.text[b.start : b.end] for b in layout.blocks if b.kind == "heading")
    title = title or next(headings, "") or readable_name(source)
    metadata = _metadata(properties, layout.pages)
    yield make_article(layout.text, source, _whole(title), layout.blocks, metadata)


def pdf_layout(pdf: PdfDocument, options: ReadOptions) -> Layout:
    """The text of a PDF, and where each of its lines is. Raises ArticleError."""
    count = len(pdf)
    if count > options.max_pages:
        raise ArticleError(f"it has {count:,} pages, more than {options.max_pages:,}: split it")
    pages: list[list[Line]] = []
    heights: list[float] = []
    left = MAX_CHARACTERS
    for number in range(count):
        with opened_page(pdf, number) as (page, text):
            left -= text.count_chars()
            if left < 0:
                raise ArticleError(f"it has more than {MAX_CHARACTERS:,} characters: split it")
            pages.append(page_lines(page, text, number))
            heights.append(Frame.of(page).height)
    if not any(pages):
        pages_said = "its only page" if count == 1 else f"its {count:,} pages"
        raise ArticleError(f"no text in {pages_said}: a scan needs text recognition (OCR) first")
    return laid_out(pages, heights)


def _metadata(properties: dict[str, str], pages: tuple[int, ...]) -> Metadata:
    author = properties.get("Author", "")
    day = _DATE.match(properties.get("CreationDate", ""))
    found = metadata_of(author="" if _NO_AUTHOR.fullmatch(author.strip()) else author)
    return Metadata(found.author, iso_date("-".join(day.groups())) if day else "", "", pages)


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", " ")
