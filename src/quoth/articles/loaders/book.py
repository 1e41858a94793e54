"""E-books (.epub): the chapters in the order of their spine."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote

from quoth.articles.loaders.common import article_of, http_address, malformed, metadata_of
from quoth.articles.loaders.html_tree import html_parts, html_tree
from quoth.articles.loaders.trees import archived_tree, attribute, named, text_of
from quoth.articles.loaders.zipped import Archive, opened_archive
from quoth.articles.options import ReadOptions
from quoth.errors import ArticleError
from quoth.records import Article

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_CHAPTER_TYPES = ("application/xhtml+xml", "text/html")
_MOST_CHAPTERS = 5_000


def load_book(file: BinaryIO, source: str, options: ReadOptions) -> Iterator[Article]:
    """An .epub: all chapters its spine names, one after the other; its table of contents is not.

    Title, author, date and address are those of its package.
    """
    with opened_archive(file, ".epub") as archive, malformed("an .epub"):
        name = _package_name(archive)
        package = archived_tree(archive, name)
        parts = [
            part
            for chapter in _chapters(package, posixpath.dirname(name), archive)
            for part in html_parts(html_tree(archive.read(chapter), options))
        ]
    metadata = metadata_of(
        author=", ".join(_texts(package, "creator")),
        published=text_of(package, "date"),
        address=next(filter(http_address, _texts(package, "source", "identifier")), ""),
    )
    yield article_of(parts, source, text_of(package, "title"), metadata)


def _texts(package: Element, *names: str) -> list[str]:
    found = (" ".join("".join(one.itertext()).split()) for n in names for one in named(package, n))
    return [text for text in found if text]


def _package_name(archive: Archive) -> str:
    for root in named(archived_tree(archive, _CONTAINER), "rootfile"):
        return attribute(root, "full-path")
    raise ArticleError(f"its {_CONTAINER} names no package: it is damaged, save it again")


def _chapters(package: Element, folder: str, archive: Archive) -> list[str]:
    """The names of the chapters' files; those that are not there are left out.

    Raises ArticleError where one is encrypted, or none is there.
    """
    items = {attribute(one, "id"): one for one in named(package, "item")}
    wanted = [one for one in named(package, "itemref") if attribute(one, "linear") != "no"]
    spine = [items[key] for key in (attribute(one, "idref") for one in wanted) if key in items]
    names = [
        posixpath.normpath(posixpath.join(folder, unquote(attribute(one, "href"))))
        for one in spine[:_MOST_CHAPTERS]
        if attribute(one, "media-type") in _CHAPTER_TYPES and "nav" not in _properties(one)
    ]
    there = [name for name in dict.fromkeys(names) if name in archive]
    if not there:
        raise ArticleError("it has no chapters: it is damaged, save it again")
    if not _encrypted(archive).isdisjoint(there):
        raise ArticleError("it is encrypted (DRM): only a copy without protection can be read")
    return there


def _properties(item: Element) -> list[str]:
    return attribute(item, "properties").split()


def _encrypted(archive: Archive) -> set[str]:
    if _ENCRYPTION not in archive:
        return set()
    references = named(archived_tree(archive, _ENCRYPTION), "CipherReference")
    return {unquote(attribute(one, "URI")) for one in references}
