"""Markdown → blocks: headings, paragraphs, items, rows and code, as slices without their marks.

Read by `markdown-it-py`, whose tokens carry the lines they came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from quoth.blocks.plain import plain_blocks
from quoth.records import Block, BlockKind, Span
from quoth.text import strip_span

if TYPE_CHECKING:
    from markdown_it.token import Token

_LINE_END = re.compile(r"\r\n|\n|\r")
_FRONT_MATTER = re.compile(
    r"---[ \t]*(?:\r\n|\n|\r)(?=\s*(?:[\w\"'-][^\n\r:]*:(?:\s|$)|#|---|\.\.\.))"
)
_FRONT_MATTER_END = re.compile(r"(?:^|(?<=[\n\r]))(?:---|\.\.\.)[ \t]*(?=[\n\r]|$)")
_QUOTE_MARKS = re.compile(r"[\s>]*")
_ITEM_MARKS = re.compile(r"(?:[\s>]|[-*+](?=\s)|\d{1,9}[.)](?=\s)|\[[ xX]\](?=\s))*")
_OPENING_HASHES = re.compile(r"#{1,6}(?=\s|$)")
_CLOSING_HASHES = re.compile(r"(?:^|(?<=\s))#+$")
_COMMENTS = re.compile(r"(?>\s*<!--.*?-->)*+\s*", re.DOTALL)
_DEEP_QUOTES = re.compile(r"^(?:[ \t]{0,3}>){9}", re.MULTILINE)
"""Nobody quotes so deep; every line below is tried as the continuation of each quote."""
_LONGEST_HEADING = 300
"""Code points: a paragraph right above a `---` line is a heading only for Markdown's grammar."""
_WHITE_SPACE = "".join(filter(str.isspace, map(chr, range(0x3001))))
_OPENERS: dict[str, BlockKind] = {
    "heading_open": "heading",
    "paragraph_open": "paragraph",
    "tr_open": "row",
    "fence": "code",
    "code_block": "code",
    "html_block": "paragraph",
}


def front_matter(text: str) -> Span | None:
    """What stands between the `---` lines at the top of a Markdown article; None without."""
    opening = _FRONT_MATTER.match(text)
    if opening is None:
        return None
    closing = _FRONT_MATTER_END.search(text, opening.end())
    return Span(opening.end(), closing.start()) if closing else None


def markdown_blocks(text: str) -> tuple[Block, ...]:
    """The blocks of Markdown (CommonMark and tables), in order; marks are left outside.

    Front matter, comments, rules and link definitions are in no block. Quotes nested nine deep
    are no Markdown: such text is read as plain text.
    """
    if _DEEP_QUOTES.search(text):
        return plain_blocks(text)
    start = _body_start(text)
    starts = [start, *(match.end() for match in _LINE_END.finditer(text, start))]
    starts += [len(text)] * (starts[-1] < len(text))
    blocks = (
        _token_block(text, token, starts, in_item)
        for token, in_item in _openers(_block_tokens(text[start:]))
    )
    return tuple(block for block in blocks if block.start < block.end)


def _body_start(text: str) -> int:
    matter = front_matter(text)
    if matter is None:
        return 0
    ending = _LINE_END.search(text, matter.end)
    return ending.end() if ending else len(text)


def _block_tokens(text: str) -> list[Token]:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser.parse(text)


def _openers(tokens: Iterable[Token]) -> Iterator[tuple[Token, bool]]:
    """The tokens that open a block, each with whether it is the first of a list item."""
    in_item = False
    for token in tokens:
        if token.type == "list_item_open":
            in_item = True
        elif token.type in _OPENERS and token.map:
            yield token, in_item
            in_item = False


def _token_block(text: str, token: Token, starts: Sequence[int], in_item: bool) -> Block:
    """The block of a token; empty where there is nothing but marks."""
    kind = _OPENERS[token.type]
    first, last = token.map or (0, 0)
    if kind == "code":
        return Block(kind, *_code(text, token, starts))
    if kind == "heading" and token.markup[0] in "=-":
        last -= 1
    start, end = starts[first], _line_start(starts, last)
    marks = (_ITEM_MARKS if in_item else _QUOTE_MARKS).match(text, start, end)
    start = marks.end() if marks else start
    if kind == "heading":
        return _heading(text, start, end, int(token.tag[1]))
    if kind == "row":
        return Block(kind, *_without(text, start, end, "|"))
    if token.type == "html_block" and _COMMENTS.fullmatch(text, start, end):
        return Block(kind, start, start)
    return Block("item" if in_item else kind, *strip_span(text, start, end))


def _line_start(starts: Sequence[int], line: int) -> int:
    return starts[min(line, len(starts) - 1)]


def _code(text: str, token: Token, starts: Sequence[int]) -> Span:
    """The lines of code, those between the fences if there are any."""
    first, last = token.map or (0, 0)
    if token.type == "fence":
        first += 1
        lines = token.content.count("\n") + (not token.content.endswith("\n"))
        last = min(first + lines, last)
    start, end = _line_start(starts, first), _line_start(starts, max(first, last))
    return strip_span(text, start, end)


def _heading(text: str, start: int, end: int, level: int) -> Block:
    """The heading without its `#`s; a paragraph if it is too long for a heading."""
    start, end = strip_span(text, start, end)
    opening = _OPENING_HASHES.match(text, start, end)
    start = opening.end() if opening else start
    bare = _CLOSING_HASHES.sub("", text[start:end]) if opening else text[start:end]
    start, end = strip_span(text, start, start + len(bare))
    if end - start > _LONGEST_HEADING:
        return Block("paragraph", start, end)
    return Block("heading", start, end, level)


def _without(text: str, start: int, end: int, marks: str) -> Span:
    """The span without `marks` and white space at its ends."""
    piece = text[start:end]
    bare = piece.strip(marks + _WHITE_SPACE)
    first = start + len(piece) - len(piece.lstrip(marks + _WHITE_SPACE)) if bare else start
    return Span(first, first + len(bare))
