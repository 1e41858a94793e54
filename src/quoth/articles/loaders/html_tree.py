"""The bytes of a web page → its tree, and a tree → parts: headings, items, rows, paragraphs."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from quoth.articles.loaders.common import kind_of, malformed
from quoth.articles.loaders.decoding import bom_of, check_text, decode
from quoth.articles.loaders.trees import Walk, xml_tree
from quoth.articles.options import ReadOptions
from quoth.blocks import Part, PartWriter
from quoth.errors import ArticleError
from quoth.records import BlockKind

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_PRESCAN = 4096
_CHARSET = re.compile(
    rb"<meta[^>]{0,500}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})"
    rb"|^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})",
    re.IGNORECASE,
)
_WIDER = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "utf-16": "utf-8",
    "utf-16-le": "utf-8",
    "utf-16-be": "utf-8",
}
"""Encodings that browsers read as another (WHATWG Encoding Standard, section 4.2)."""
_XHTML = re.compile(rb"<html[^>]{0,500}xmlns", re.IGNORECASE)
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_KINDS: dict[str, BlockKind] = {"li": "item", "dt": "item", "dd": "item", "pre": "code"}
_PARAGRAPHS = """address article aside blockquote body caption center details dialog div dl fieldset
figcaption figure footer form header hgroup hr legend main nav ol p section summary table tbody
tfoot thead ul menu search"""
_KINDS |= dict.fromkeys(_PARAGRAPHS.split(), "paragraph")
_LEFT_OUT = """script style noscript template svg math iframe object embed audio video canvas map
button select textarea input head title rp rt"""
_HIDDEN = frozenset(_LEFT_OUT.split())
_NO_DATA = ("table", "ul", "ol", "dl", "pre", "blockquote", "section", "article", *_HEADINGS)


def html_tree(data: bytes, options: ReadOptions) -> Element:
    """The root element of a web page or an XHTML file; its names have no namespace.

    Raises:
        ArticleError: binary data, bytes that are of no known encoding, or nothing in it.
    """
    found = kind_of(data)
    if found not in ("", "a web page"):
        raise ArticleError(f"it is {found}, not a web page: rename it")
    return parsed_html(_from_xml(data) or _decoded(data, options).encode("utf-8", "replace"))


def parsed_html(encoded: bytes) -> Element:
    """The root element of a page in UTF-8.

    With libxml2's limits for huge trees: with those for others, it leaves out what is nested 256
    deep and the rest of a text behind its first 10 MB, without a word.

    Raises:
        ArticleError: what is left of a page whose elements are nested 2,048 deep.
    """
    from lxml import html

    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )
    with malformed("a web page"):
        root = html.document_fromstring(encoded.strip() or b"<html></html>", parser=parser)
    if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
        raise ArticleError("its elements are nested too deep to read: save it as simpler HTML")
    for link in root.iter("a"):
        if "headerlink" in (link.get("class") or ""):
            link.text = None  # the sign behind a heading of Sphinx and MkDocs
    return root


def _from_xml(data: bytes) -> bytes:
    """XHTML as HTML, in which `<a/>` would stay open; nothing where it is no XML."""
    from lxml import etree

    if not _XHTML.search(data[:_PRESCAN]):
        return b""
    try:
        return bytes(etree.tostring(xml_tree(data, "it"), method="html", encoding="utf-8"))
    except ArticleError:
        return b""


def _decoded(data: bytes, options: ReadOptions) -> str:
    """By byte order mark, then by what the page says of itself, then as a text."""
    named = _CHARSET.search(data[:_PRESCAN])
    if named is None or bom_of(data):
        return decode(data, options)
    text = data.decode(_codec((named[1] or named[2]).decode()), "replace")
    check_text(text)
    return text


def _codec(label: str) -> str:
    try:
        name = codecs.lookup(label).name
        b"".decode(name)
    except (LookupError, ValueError):
        return "utf-8"
    return _WIDER.get(name, name)


def html_parts(root: Element) -> list[Part]:
    """The visible text below `root` as parts."""
    writer = PartWriter(collapsing=True)
    Walk(_start, _end, _is_hidden).write(root, writer)
    return writer.finish()


def _is_hidden(name: str, element: Element) -> bool:
    style = element.get("style") or ""
    hidden = "hidden" in element.attrib or "display:none" in style.replace(" ", "").lower()
    return name in _HIDDEN or hidden


def _start(writer: PartWriter, name: str, element: Element) -> None:
    if name in _HEADINGS:
        writer.begin("heading", int(name[1]))
    elif name in _KINDS:
        writer.begin(_KINDS[name])
    elif name == "br":
        writer.break_line()
    elif name == "tr":
        writer.begin_row(data=_is_data(element))
    elif name in ("td", "th"):
        writer.begin_cell()
    if element.text:
        writer.write(element.text)


def _end(writer: PartWriter, name: str) -> None:
    if name in _HEADINGS or name in _KINDS:
        writer.end()
    elif name == "tr":
        writer.end_row()
    elif name in ("td", "th"):
        writer.end_cell()


def _is_data(row: Element) -> bool:
    """Whether a row holds data; rows that lay out a page hold headings, lists and the like."""
    return next(row.iter(*_NO_DATA), None) is None
