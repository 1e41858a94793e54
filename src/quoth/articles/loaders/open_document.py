"""OpenDocument text (.odt): its headings, paragraphs, lists, tables and notes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from quoth.articles.loaders.common import article_of, malformed, metadata_of
from quoth.articles.loaders.trees import Walk, archived_tree, attribute, named, text_of
from quoth.articles.loaders.zipped import Archive, opened_archive
from quoth.articles.options import ReadOptions
from quoth.blocks import Part, PartWriter
from quoth.errors import ArticleError
from quoth.records import Article, BlockKind

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_LEFT_OUT = {"tracked-changes", "annotation", "note-citation", "forms", "sequence-decls"}
_LEFT_OUT |= {"ruby-text", "table-of-content", "alphabetical-index", "desc"}
_LATER = frozenset({"note", "text-box"})
_BEGINNERS: dict[str, BlockKind] = {"p": "paragraph", "list-item": "item", "list-header": "item"}
_CELLS = ("table-cell", "covered-table-cell")
_DEEPEST = 9


def load_open_document(file: BinaryIO, source: str, options: ReadOptions) -> Iterator[Article]:
    """An .odt: headings with their outline level, list items, rows of tables; notes at the end.

    Tables of contents are left out. Title, author and date are the file's own properties.
    """
    with opened_archive(file, ".odt") as archive, malformed("an .odt"):
        _check_encryption(archive)
        parts = _parts(archived_tree(archive, "content.xml"))
        if "meta.xml" not in archive:
            yield article_of(parts, source, "", metadata_of())
            return
        meta = archived_tree(archive, "meta.xml")
    metadata = metadata_of(
        author=text_of(meta, "initial-creator", "creator"),
        published=text_of(meta, "creation-date", "date"),
    )
    yield article_of(parts, source, text_of(meta, "title"), metadata)


def _check_encryption(archive: Archive) -> None:
    if "META-INF/manifest.xml" in archive:
        manifest = archived_tree(archive, "META-INF/manifest.xml")
        if next(named(manifest, "encryption-data"), None) is not None:
            raise ArticleError("it is encrypted: save it without a password")


def _parts(root: Element) -> list[Part]:
    body = next((one for one in named(root, "text") if len(one)), None)
    if body is None:
        raise ArticleError("it has no text: it is no .odt, save it as one")
    writer = PartWriter(collapsing=True)
    Walk(_start, _end, lambda name, _: name in _LEFT_OUT, _LATER).write(body, writer)
    return writer.finish()


def _start(writer: PartWriter, name: str, element: Element) -> None:
    if name == "h":
        writer.begin("heading", _depth(attribute(element, "outline-level")))
    elif name in _BEGINNERS:
        writer.begin(_BEGINNERS[name])
    elif name == "table-row":
        writer.begin_row()
    elif name in _CELLS:
        writer.begin_cell()
    elif name in ("s", "tab"):
        writer.write(" ")
    elif name == "line-break":
        writer.break_line()
    if element.text:
        writer.write(element.text)


def _end(writer: PartWriter, name: str) -> None:
    if name == "h" or name in _BEGINNERS:
        writer.end()
    elif name == "table-row":
        writer.end_row()
    elif name in _CELLS:
        writer.end_cell()


def _depth(level: str) -> int:
    known = level.isascii() and level.isdigit() and len(level) < 3
    return min(max(int(level), 1), _DEEPEST) if known else 1
