"""Blocks → the sentences that passages are made of, none longer than the model can read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from quoth.passages.context import flat_slice
from quoth.records import Block, Span
from quoth.text import sentences, strip_span

CountTokens = Callable[[Sequence[str]], list[int]]
"""Texts → how many tokens the embedding model makes of each, without its special ones."""

_WHOLE_ITEM = 300
"""Code points up to which an item of several sentences stays whole."""
_LONGEST = 2000
"""Code points up to which a sentence stays whole, whatever the tokeniser makes of it."""
_CLAUSE_END = re.compile(r"[,;:)\]—–]\s+|\s+(?=[—–(])")
_BLANK = re.compile(r"\s+")
_JOINERS = "\u200d\ufe0e\ufe0f"


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, or what stands for one. `closes` says that its block ends with it."""

    span: Span
    size: int
    closes: bool


def quotable_spans(text: str, blocks: Sequence[Block]) -> list[tuple[Span, bool]]:
    """The spans that can be quoted of these blocks, each with whether it closes its block."""
    found = []
    for block in blocks:
        spans = [part for span in _quotable(text, block) for part in _shortened(text, span)]
        found += [(span, span is spans[-1]) for span in spans]
    return found


def _quotable(text: str, block: Block) -> list[Span]:
    """Sentences; short items and rows whole; long code by lines."""
    short = block.end - block.start <= _WHOLE_ITEM
    if block.kind == "row" or (short and block.kind in ("item", "code")):
        return [Span(block.start, block.end)]
    if block.kind == "code":
        return _code_lines(text, block)
    return sentences(text, block.start, block.end)


def _code_lines(text: str, block: Block) -> list[Span]:
    spans, position = [], block.start
    for line in text[block.start : block.end].splitlines(keepends=True):
        spans.append(strip_span(text, position, position + len(line)))
        position += len(line)
    return [span for span in spans if span.start < span.end]


def _shortened(text: str, span: Span) -> Iterator[Span]:
    """`span` in parts of at most `_LONGEST` code points."""
    while span.end - span.start > _LONGEST:
        place = _cut_place(text, span.start + _LONGEST // 2, span.start + _LONGEST)
        yield strip_span(text, span.start, place)
        span = strip_span(text, place, span.end)
    yield span


def fitting(text: str, pieces: list[Piece], room: int, count_tokens: CountTokens) -> list[Piece]:
    """The pieces, those of more than `room` tokens halved until they fit."""
    while any(_too_long(piece, room) for piece in pieces):
        parts = [_halves(text, one) if _too_long(one, room) else [one] for one in pieces]
        halves = [half for part in parts for half in part if len(part) > 1]
        sizes = iter(count_tokens([flat_slice(text, half.span) for half in halves]))
        pieces = [
            replace(one, size=next(sizes)) if len(part) > 1 else one
            for part in parts
            for one in part
        ]
    return pieces


def _too_long(piece: Piece, room: int) -> bool:
    return piece.size > room and piece.span.end - piece.span.start > 1


def _halves(text: str, piece: Piece) -> list[Piece]:
    start, end = piece.span
    quarter = max((end - start) // 4, 1)
    place = _cut_place(text, start + quarter, end - quarter)
    first, second = strip_span(text, start, place), strip_span(text, place, end)
    return [Piece(first, 0, closes=False), Piece(second, 0, piece.closes)]


def _cut_place(text: str, low: int, high: int) -> int:
    """Where to cut between `low` and `high`: near the middle, after a clause or word if it can."""
    middle = (low + high) // 2
    for pattern in (_CLAUSE_END, _BLANK):
        ends = [found.end() for found in pattern.finditer(text, low, high)]
        if ends:
            return min(ends, key=lambda end: abs(end - middle))
    while middle < high and (unicodedata.combining(text[middle]) or text[middle] in _JOINERS):
        middle += 1
    return middle
