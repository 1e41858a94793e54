"""Bytes → trees of elements by lxml: no entities, nothing fetched, no huge trees."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quoth.articles.loaders.common import malformed
from quoth.articles.loaders.zipped import Archive
from quoth.blocks import PartWriter
from quoth.errors import ArticleError
from quoth.text import one_line

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)


def xml_tree(data: bytes, name: str) -> Element:
    """The root element of XML. `name` is what the message calls it.

    Raises:
        ArticleError: it declares entities, or is malformed.
    """
    from lxml import etree

    if _ENTITY.search(data):
        raise ArticleError(f"{name} declares entities, which no article needs: it may be a bomb")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    with malformed(f"XML ({name})"):
        root = etree.fromstring(data, parser)
        if root is None or _declares(root):
            raise ArticleError(f"{name} declares entities or is empty: save it again")
    return root


def _declares(root: Element) -> bool:
    dtd = root.getroottree().docinfo.internalDTD
    return dtd is not None and next(iter(dtd.iterentities()), None) is not None


def archived_tree(archive: Archive, name: str) -> Element:
    """The root element of an XML file in an archive. Raises ArticleError."""
    return xml_tree(archive.read(name), f"'{one_line(name, 100)}' in it")


def local_name(element: Element) -> str:
    """An element's or attribute's name without its namespace; "" for comments and the like."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str:
    """The value of an attribute, whatever its namespace; "" without it."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return ""


def named(root: Element, name: str) -> Iterator[Element]:
    """All elements of this name below `root`, whatever their namespace."""
    yield from root.iter("{*}" + name)


def text_of(root: Element, *names: str) -> str:
    """The text of the first element that is there, in the order of `names`, and not blank."""
    for name in names:
        for element in named(root, name):
            text = " ".join("".join(element.itertext()).split())
            if text:
                return text
    return ""


@dataclass(frozen=True, slots=True)
class Walk:
    """How a tree is written: what is done where an element of some name starts and ends.

    left_out: names of elements that are passed over. later: those that are written after the
    rest, so that they do not stand in the middle of a sentence: notes, text frames. tails:
    whether the text behind an element belongs to its parent, as in HTML.
    """

    start: Callable[[PartWriter, str, Element], None]
    end: Callable[[PartWriter, str], None]
    left_out: Callable[[str, Element], bool]
    later: frozenset[str] = frozenset()
    tails: bool = True

    def write(self, root: Element, writer: PartWriter) -> None:
        """Writes `root` and all below it."""
        waiting: deque[Element] = deque([root])
        while waiting:
            self._write_one(waiting.popleft(), writer, waiting)

    def _write_one(self, root: Element, writer: PartWriter, waiting: deque[Element]) -> None:
        from lxml import etree

        walk = etree.iterwalk(root, events=("start", "end"))
        passed: Element | None = None
        for event, element in walk:
            name = local_name(element)
            if event == "start" and element is not root and self._passes(name, element, waiting):
                passed = element
                walk.skip_subtree()
            elif event == "start":
                self.start(writer, name, element)
            elif element is not passed:
                self.end(writer, name)
            if event == "end" and self.tails and element is not root and element.tail:
                writer.write(element.tail)

    def _passes(self, name: str, element: Element, waiting: deque[Element]) -> bool:
        if name in self.later:
            waiting.append(element)
            return True
        return not name or self.left_out(name, element)
