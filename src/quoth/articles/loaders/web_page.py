"""Web pages: the main text by trafilatura; all that is visible where it finds none."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from quoth.articles.loaders.common import article_of, malformed, metadata_of
from quoth.articles.loaders.html_tree import html_parts, html_tree
from quoth.articles.loaders.trees import text_of
from quoth.articles.options import ReadOptions
from quoth.blocks import Part
from quoth.records import Article

if TYPE_CHECKING:
    from lxml.etree import _Element as Element
    from trafilatura.settings import Document

_NAMES = {"list": "ul", "item": "li", "row": "tr", "cell": "td", "lb": "br", "quote": "blockquote"}
"""Trafilatura's names of elements (those of TEI) → HTML's."""
_NOT_MUCH = 1.5
_DATE = {"original_date": True, "extensive_search": False, "max_date": "2100-01-01"}
"""How the date is looked for: where the page says it, and alike on every day it is read."""


def load_web_page(file: BinaryIO, source: str, options: ReadOptions) -> Iterator[Article]:
    """A page's main text, with its headings, lists and tables, and what it says of itself.

    Decoded by byte order mark, then by what the page names, then like a text.
    """
    root = html_tree(file.read(), options)
    found = _extracted(root)
    body = found.body if found is not None else None
    parts = _better([] if body is None else _main_parts(body), root)
    if found is None:
        yield article_of(parts, source, text_of(root, "title"), metadata_of())
        return
    metadata = metadata_of(
        author=found.author or "", published=found.date or "", address=found.url or ""
    )
    yield article_of(parts, source, found.title or text_of(root, "title"), metadata)


def _extracted(root: Element) -> Document | None:
    from trafilatura import bare_extraction

    with malformed("a web page"):
        found = bare_extraction(
            copy.deepcopy(root),
            favor_recall=True,
            include_comments=False,
            include_formatting=False,
            with_metadata=True,
            date_extraction_params=dict(_DATE),
        )
    return None if isinstance(found, dict) else found


def _better(found: list[Part], root: Element) -> list[Part]:
    """The parts that were found, or more of the page.

    All that is visible where none were found; or where they are one part, for then Trafilatura
    could not tell the structure, and not much else is visible. What the page itself marks as its
    main part where less than half of that was found.
    """
    visible = html_parts(root)
    flat = len(found) == 1 < len(visible) and _length(visible) <= _NOT_MUCH * _length(found)
    if not found or flat:
        return visible
    marked = _marked(root)
    main = [] if marked is None else html_parts(marked)
    return main if _length(main) > 2 * _length(found) else found


def _length(parts: list[Part]) -> int:
    return sum(len(part.text) for part in parts)


def _marked(root: Element) -> Element | None:
    """The only `<main>` of a page, or its only `<article>`.

    None where it holds comments, or is for a fourth links: to related pages, in all likelihood.
    """
    mains = [one for one in root.iter("*") if one.tag == "main" or one.get("role") == "main"]
    found = mains or list(root.iter("article"))
    if len(found) != 1 or any(_is_comments(one) for one in found[0].iter("*")):
        return None
    linked = sum(len("".join(link.itertext())) for link in found[0].iter("a"))
    return found[0] if 4 * linked < len("".join(found[0].itertext())) else None


def _is_comments(element: Element) -> bool:
    return "comment" in f"{element.get('id')} {element.get('class')}".lower()


def _main_parts(body: Element) -> list[Part]:
    for element in body.iter("*"):
        name = str(element.tag)
        if name == "head":
            rend = element.get("rend") or ""
            element.tag = rend if rend in ("h1", "h2", "h3", "h4", "h5", "h6") else "h2"
        elif name == "code" and "\n" in "".join(element.itertext()):
            element.tag = "pre"
        elif name in _NAMES:
            element.tag = _NAMES[name]
    return html_parts(body)
