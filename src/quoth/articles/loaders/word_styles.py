"""What a paragraph of a .docx is by its style: heading, list item or plain paragraph."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quoth.articles.loaders.trees import archived_tree, attribute, local_name, named
from quoth.articles.loaders.zipped import Archive
from quoth.records import BlockKind

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_HEADING = re.compile(r"heading\s*([1-9])", re.IGNORECASE)
_DEEPEST = 20
"""Styles that may be based on one another before the search for their outline level ends."""
_BODY_LEVEL = 9


@dataclass(frozen=True, slots=True)
class _Style:
    level: int | None
    numbered: bool
    based_on: str


class WordStyles:
    """The styles of a .docx by their id; `name` is where they are in the archive."""

    def __init__(self, archive: Archive, name: str) -> None:
        found = named(archived_tree(archive, name), "style") if name in archive else ()
        self._styles = {attribute(one, "styleId"): _style(one) for one in found}

    def kind(self, paragraph: Element) -> tuple[BlockKind, int]:
        """What the paragraph is, and its level if it is a heading."""
        own = _child(paragraph, "pPr")
        if own is None:
            return "paragraph", 0
        level, numbered = _level(own), _is_numbered(own)
        name = _value(_child(own, "pStyle"))
        for _ in range(_DEEPEST):
            style = self._styles.get(name)
            if style is None:
                break
            level = style.level if level is None else level
            numbered = (style.numbered or None) if numbered is None else numbered
            name = style.based_on
        if level is not None and level < _BODY_LEVEL:
            return "heading", level + 1
        return ("item", 0) if numbered else ("paragraph", 0)


def _style(element: Element) -> _Style:
    own = _child(element, "pPr")
    name = _value(_child(element, "name"))
    heading = _HEADING.fullmatch(name.strip())
    level = int(heading[1]) - 1 if heading else 0 if name.lower() == "title" else None
    outline = None if own is None else _level(own)
    is_list = name.lower().startswith("list") or (own is not None and bool(_is_numbered(own)))
    return _Style(
        level if outline is None else outline, is_list, _value(_child(element, "basedOn"))
    )


def _level(properties: Element) -> int | None:
    value = _value(_child(properties, "outlineLvl"))
    return int(value) if value.isascii() and value.isdigit() and len(value) < 3 else None


def _is_numbered(properties: Element) -> bool | None:
    """Whether it stands in a list; None where that is not said. List 0 is none."""
    numbering = _child(properties, "numPr")
    return None if numbering is None else _value(_child(numbering, "numId")) != "0"


def _child(element: Element, name: str) -> Element | None:
    return next((one for one in element if local_name(one) == name), None)


def _value(element: Element | None) -> str:
    return "" if element is None else attribute(element, "val")
