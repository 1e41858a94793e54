"""Word's .docx (Office Open XML): its paragraphs, lists, tables and notes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from quoth.articles.loaders.common import article_of, malformed, metadata_of
from quoth.articles.loaders.trees import Walk, archived_tree, attribute, named, text_of
from quoth.articles.loaders.word_styles import WordStyles
from quoth.articles.loaders.zipped import Archive, opened_archive
from quoth.articles.options import ReadOptions
from quoth.blocks import Part, PartWriter
from quoth.records import Article

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_BODY = "word/document.xml"
_LEFT_OUT = {"del", "moveFrom", "Fallback", "pPr", "rPr", "sectPr", "tblPr", "trPr", "tcPr"}
_LEFT_OUT |= {"instrText", "delText"}
_LATER = frozenset({"txbxContent"})
_SIGNS = {"tab": "\t", "noBreakHyphen": "\u2011", "softHyphen": "\u00ad"}


def load_word(file: BinaryIO, source: str, options: ReadOptions) -> Iterator[Article]:
    """A .docx: headings by their styles' outline level, list items, rows of tables, notes.

    What was deleted while changes were tracked is left out. Title, author and date are the
    file's own properties.
    """
    with opened_archive(file, ".docx") as archive, malformed("a .docx"):
        body = _body_name(archive)
        folder = posixpath.dirname(body)
        styles = WordStyles(archive, f"{folder}/styles.xml")
        parts = _parts(archived_tree(archive, body), styles)
        for notes in ("footnotes", "endnotes"):
            if f"{folder}/{notes}.xml" in archive:
                parts += _notes(archived_tree(archive, f"{folder}/{notes}.xml"), styles)
        if "docProps/core.xml" not in archive:
            yield article_of(parts, source, "", metadata_of())
            return
        core = archived_tree(archive, "docProps/core.xml")
    metadata = metadata_of(
        author=text_of(core, "creator"), published=text_of(core, "created", "modified")
    )
    yield article_of(parts, source, text_of(core, "title"), metadata)


def _body_name(archive: Archive) -> str:
    """The name of the main part, which the archive's relations give."""
    if "_rels/.rels" in archive:
        for relation in named(archived_tree(archive, "_rels/.rels"), "Relationship"):
            if attribute(relation, "Type").endswith("/officeDocument"):
                return attribute(relation, "Target").lstrip("/")
    return _BODY


def _notes(root: Element, styles: WordStyles) -> list[Part]:
    notes = [one for one in root if not attribute(one, "type")]
    return [part for note in notes for part in _parts(note, styles)]


def _parts(root: Element, styles: WordStyles) -> list[Part]:
    writer = PartWriter(collapsing=False)
    walk = Walk(
        partial(_start, styles), _end, lambda name, _: name in _LEFT_OUT, _LATER, tails=False
    )
    walk.write(root, writer)
    return writer.finish()


def _start(styles: WordStyles, writer: PartWriter, name: str, element: Element) -> None:
    if name == "p":
        writer.begin(*styles.kind(element))
    elif name == "tr":
        writer.begin_row()
    elif name == "tc":
        writer.begin_cell()
    elif name == "t":
        writer.write(element.text or "")
    elif name in ("br", "cr"):
        writer.break_line()
    elif name in _SIGNS:
        writer.write(_SIGNS[name])


def _end(writer: PartWriter, name: str) -> None:
    if name == "p":
        writer.end()
    elif name == "tr":
        writer.end_row()
    elif name == "tc":
        writer.end_cell()
