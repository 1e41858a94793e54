"""Parts that a loader found → the text of an article and its blocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from quoth.records import Block, BlockKind

_MARKS: dict[BlockKind, str] = {"item": "- "}
_CLOSE: tuple[BlockKind, ...] = ("item", "row")


@dataclass(frozen=True, slots=True)
class Part:
    """A heading, paragraph, item, row or code that is not yet placed in an article.

    `level` is a heading's depth, 1 to 9; 0 for everything else.
    """

    kind: BlockKind
    text: str
    level: int = 0


def joined(parts: Iterable[Part]) -> tuple[str, tuple[Block, ...]]:
    """The text that the parts make, and where each of them that is not blank stands in it.

    A blank line stands between two parts, a line end between two items or rows of a table. An
    item has `- ` before it, outside its block. A NUL is replaced by U+FFFD.
    """
    pieces: list[str] = []
    blocks: list[Block] = []
    place, before = 0, None
    for part in parts:
        text = part.text.replace("\0", "\ufffd").strip()
        if not text:
            continue
        gap = "" if before is None else "\n" if before == part.kind in _CLOSE else "\n\n"
        lead = gap + _MARKS.get(part.kind, "")
        start = place + len(lead)
        pieces += [lead, text]
        place, before = start + len(text), part.kind
        blocks.append(Block(part.kind, start, place, part.level))
    return "".join(pieces), tuple(blocks)
