"""Lines of a PDF → its text: running heads left out, lines joined to paragraphs; pure functions."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from quoth.articles.loaders.pdf_columns import Line
from quoth.blocks import Part, joined
from quoth.records import Block, BlockKind

_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"\w+(?:-\w+)*")
_MARKER = re.compile(r"(?:[•‣◦▪·●○∙][ \t]*|[-–][ \t]+|\(?(?:\d{1,2}|[a-z])[.)][ \t]+)(?=\S)")
_SENTENCE_END = re.compile(r"[.!?:…。！？][\"'”’»)\]]*$")
_LEADER = re.compile(r"(?:\. ?){5}")
_EDGE = 0.1
"""Of a page's height: where running heads and page numbers stand."""
_LARGER = 1.12
_HEADING_CHARACTERS = 200
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Placed:
    """A line in the text: its characters stand there from `start` on, one for one.

    `end` is behind its hyphen, if that was kept.
    """

    start: int
    end: int
    line: Line


@dataclass(frozen=True, slots=True)
class Layout:
    """A PDF's text, its blocks, where each page begins in it, and each of its lines."""

    text: str
    blocks: tuple[Block, ...]
    pages: tuple[int, ...]
    lines: tuple[Placed, ...]


def laid_out(pages: Sequence[Sequence[Line]], heights: Sequence[float]) -> Layout:
    """The text of pages of these heights in points, each given as its lines in reading order."""
    lines = [line for page in _without_running_heads(pages, heights) for line in page]
    groups = _groups(lines, _pitch(lines))
    written = _Hyphens.of(lines)
    sizes = _sizes(lines)
    texts = [written.join(group) for group in groups]
    parts = [_part(text, group, sizes) for (text, _), group in zip(texts, groups, strict=True)]
    text, blocks = joined(parts)
    placed = [
        Placed(block.start + start - part_start, block.start + end - part_start, line)
        for block, part, (whole, spans), group in zip(blocks, parts, texts, groups, strict=True)
        for part_start in (len(whole) - len(part.text),)
        for (start, end), line in zip(spans, group, strict=True)
    ]
    return Layout(text, blocks, _page_starts(placed, len(pages), len(text)), tuple(placed))


def _page_starts(placed: Sequence[Placed], pages: int, end: int) -> tuple[int, ...]:
    """Where each page begins; one without lines begins where the next does."""
    if not pages:
        return ()
    starts = [end] * pages
    for one in reversed(placed):
        starts[one.line.page] = max(one.start, 0)
    for number in range(pages - 2, -1, -1):
        starts[number] = min(starts[number], starts[number + 1])
    return (0, *starts[1:])


# --- Running heads ---


def _without_running_heads(
    pages: Sequence[Sequence[Line]], heights: Sequence[float]
) -> list[list[Line]]:
    """The pages without lines that stand at one place at the edge of many, but for numbers alike.

    Many is three, and a fourth of all. Headings are not left out: `Chapter 1`, `Chapter 2`.
    """
    body = _sizes([line for page in pages for line in page])[0]
    keys = [
        [None if _is_larger(line, body) else _key(line, height) for line in page]
        for page, height in zip(pages, heights, strict=True)
    ]
    counts = Counter(key for page in keys for key in set(page) if key)
    least = max(3, (len(pages) + 3) // 4)
    return [
        [line for line, key in zip(page, some, strict=True) if not key or counts[key] < least]
        for page, some in zip(pages, keys, strict=True)
    ]


def _key(line: Line, height: float) -> tuple[str, int] | None:
    """What a line at the edge of a page has in common with those of other pages."""
    middle = (line.box.bottom + line.box.top) / 2
    if _EDGE * height < middle < (1 - _EDGE) * height or len(line.text) > 150:
        return None
    return _DIGITS.sub("#", line.text), round(middle / 6)


# --- Paragraphs ---


def _pitch(lines: Sequence[Line]) -> float:
    """How far lines of the text stand below one another, in sizes of its font: the median."""
    steps = sorted(step for a, b in pairwise(lines) if 0 < (step := _step(a, b)) < 3)
    return steps[len(steps) // 2] if steps else 1.2


def _step(a: Line, b: Line) -> float:
    """How far `b` stands below `a`, in sizes of its font; 0 on another page."""
    if a.page != b.page:
        return 0.0
    return (a.box.bottom - b.box.bottom) / max(min(a.size, b.size), 1.0)


def _groups(lines: Sequence[Line], pitch: float) -> list[list[Line]]:
    groups: list[list[Line]] = []
    for line in lines:
        if groups and _continues(groups[-1], line, pitch):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _continues(group: Sequence[Line], line: Line, pitch: float) -> bool:
    """Whether `line` goes on with the heading, paragraph, item or row of a table in `group`."""
    last = group[-1]
    if _on_one_row(last, line):
        return True
    if len(group) > 1 and _on_one_row(group[-2], last):
        return False
    if last.hyphen and line.text[0].islower():
        return True
    alike = last.bold == line.bold and max(last.size, line.size) < 1.1 * min(last.size, line.size)
    if not alike or _MARKER.match(line.text) or _LEADER.search(last.text):
        return False
    step = _step(last, line)
    if not 0.3 < step < 4:
        return not _SENTENCE_END.search(last.text) and line.text[0].islower()
    return step < 1.3 * pitch and not _begins_paragraph(group, line)


def _on_one_row(a: Line, b: Line) -> bool:
    return a.page == b.page and abs(_step(a, b)) < 0.3 and b.box.left > a.box.right


def _begins_paragraph(group: Sequence[Line], line: Line) -> bool:
    """By its indent, or because the line before stops short at the end of a sentence."""
    last = group[-1]
    em = max(line.size, 1.0)
    is_item = _MARKER.match(group[0].text) is not None
    indented = 0.7 * em < line.box.left - last.box.left < 6 * em
    if indented and not is_item and (len(group) > 1 or line.text[0].isupper()):
        return True
    right = max(line.box.right, *(one.box.right for one in group[-3:]))
    stops = bool(_SENTENCE_END.search(last.text)) and last.box.right < right - 3 * em
    return stops and not line.text[0].islower()


# --- Text ---


@dataclass(frozen=True, slots=True)
class _Hyphens:
    """Which words are written with a hyphen, and which as one, within the lines."""

    words: frozenset[str]

    @classmethod
    def of(cls, lines: Sequence[Line]) -> _Hyphens:
        if not any(line.hyphen for line in lines):
            return cls(frozenset())
        return cls(frozenset(w.lower() for line in lines for w in _WORD.findall(line.text)))

    def join(self, group: Sequence[Line]) -> tuple[str, list[tuple[int, int]]]:
        """The text of the lines, and the span of each in it; its hyphen is kept or left out."""
        row = len(group) > 1 and _on_one_row(group[0], group[1])
        pieces: list[str] = []
        spans: list[tuple[int, int]] = []
        place = 0
        for at, line in enumerate(group):
            following = group[at + 1].text if at + 1 < len(group) else ""
            kept = line.hyphen and self._keeps(line.text, following)
            piece = line.text + "-" * kept
            spans.append((place, place + len(piece)))
            if following:
                piece += " | " if row else "" if line.hyphen else " "
            pieces.append(piece)
            place += len(piece)
        return "".join(pieces), spans

    def _keeps(self, before: str, after: str) -> bool:
        """A hyphen stays unless the word is also written as one, or is nowhere written with it."""
        first, second = _WORD.findall(before)[-1:], _WORD.findall(after)[:1]
        if not first or not second or not second[0][0].islower():
            return True
        left, right = first[0].lower(), second[0].lower()
        return left + right not in self.words and f"{left}-{right}" in self.words


def _sizes(lines: Sequence[Line]) -> list[float]:
    """The font size of most of the text, then those of larger lines, the largest first."""
    counts: Counter[float] = Counter()
    for line in lines:
        counts[_rounded(line.size)] += len(line.text)
    if not counts:
        return [0.0]
    body = max(counts, key=lambda size: (counts[size], -size))
    return [body, *sorted((one for one in counts if one > body * _LARGER), reverse=True)]


def _is_larger(line: Line, body: float) -> bool:
    return _rounded(line.size) > body * _LARGER


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def _part(text: str, group: Sequence[Line], sizes: Sequence[float]) -> Part:
    """What a group of lines is: a heading by its size, or as a short bold line by itself."""
    first = group[0]
    if len(group) > 1 and _on_one_row(first, group[1]):
        return Part("row", text)
    marker = _MARKER.match(text)
    is_short = len(text) <= _HEADING_CHARACTERS and any(map(str.isalpha, text))
    body, *larger = sizes
    size = _rounded(first.size)
    if _LEADER.search(text):
        return Part("row", text)
    if is_short and _is_larger(first, body):
        return Part("heading", text, min(bisect_right([-one for one in larger], -size), _DEEPEST))
    if is_short and first.bold and len(group) <= 2 and not _SENTENCE_END.search(text):
        return Part("heading", text, min(len(larger) + 1, _DEEPEST))
    kind: BlockKind = "item" if marker else "paragraph"
    return Part(kind, text[marker.end() :] if marker else text)
