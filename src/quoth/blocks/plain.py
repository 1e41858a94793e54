"""Plain text → blocks: headings, paragraphs and items, as slices; nothing is changed.

Plain text has no marks, so its structure is read from the shape of its lines: how long they
are, how they end, what follows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from quoth.records import Block, BlockKind

_MARKER = re.compile(r"(?:[-*•‣◦▪·●○](?=\s)|[•‣◦▪●○]|\d{1,3}[.)](?=\s)|[a-z]\)(?=\s))\s*")
_RULE = re.compile(r"(?:[-=_*~#+·•.]\s*){3,}")
_ABOUT_THE_TEXT = re.compile(
    r"(?:from|to|cc|sent|date|subject|source|author|tags?|url)\s*:"
    r"|(?:by|written by|posted (?:by|on)|published|updated|last updated)\b"
    r"|\d{1,2}\.? \w+ \d{4}$|\w+ \d{1,2}, \d{4}$|\d{4}-\d\d-\d\d|\d+ min(?:ute)?s? read",
    re.IGNORECASE,
)
_CLOSERS = "\"'”’»)]*_ "
_STOPS = ".;,:…。；，：、"
_WORD = re.compile(r"\w[\w’'\-]*")
_STRANGE_START = re.compile(r"[^\w\"'“‘«¿¡([#§№$€£&*_`\U0001F000-\U0001FAFF]")
_UNFINISHED = re.compile(
    r".*\b(?:an?|the|of|in|to|for|by|with|from|and|or|as|is|are|was|were|which|that|at)",
    re.DOTALL,
)
_CHAPTER = re.compile(
    r"(?:chapter|part|book|section|appendix|act|scene)\s+(?:\d{1,3}|[ivxlc]{1,7}|[a-z])\b",
    re.IGNORECASE,
)
_HEADING_CHARACTERS = 100
_HEADING_WORDS = 16
_WIDEST = 120
_NARROWEST = 45


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with something on it. `gap` says that a blank line or a rule stands before it."""

    start: int
    end: int
    text: str
    indent: int
    gap: bool

    @property
    def is_rule(self) -> bool:
        return _RULE.fullmatch(self.text) is not None


def plain_blocks(text: str) -> tuple[Block, ...]:
    """The blocks of plain text, in order: every line but blank ones and rules is in one."""
    lines = _lines(text)
    units = _units(lines)
    return tuple(_with_headings(units, text))


def _lines(text: str) -> list[_Line]:
    found: list[_Line] = []
    position, gap = 0, False
    for raw in text.splitlines(keepends=True):
        bare = raw.strip()
        if bare:
            indent = len(raw) - len(raw.lstrip())
            start = position + indent
            found.append(_Line(start, start + len(bare), bare, indent, gap))
        gap = not bare
        position += len(raw)
    return found


@dataclass(frozen=True, slots=True)
class _Unit:
    """One or more lines that belong together, before it is known which are headings."""

    kind: BlockKind
    first: _Line
    last: _Line
    start: int
    underlined: int = 0

    @property
    def one_line(self) -> bool:
        return self.first is self.last


def _units(lines: Sequence[_Line]) -> list[_Unit]:
    width = _wrapped_width(lines)
    units: list[_Unit] = []
    after_rule = False
    for line in lines:
        if line.is_rule:
            _underline(units, line)
            after_rule = True
            continue
        if units and not after_rule and _continues(units[-1], line, width):
            units[-1] = replace(units[-1], last=line)
        else:
            units.append(_start_unit(line))
        after_rule = False
    return units


def _underline(units: list[_Unit], rule: _Line) -> None:
    """`====` or `----` right under a single short line makes that line a heading."""
    if not units or rule.gap or rule.text[0] not in "=-~":
        return
    unit = units[-1]
    if unit.one_line and unit.kind == "paragraph" and len(unit.first.text) <= _HEADING_CHARACTERS:
        units[-1] = replace(unit, underlined=1 if rule.text[0] == "=" else 2)


def _start_unit(line: _Line) -> _Unit:
    marker = _MARKER.match(line.text)
    if marker and marker.end() < len(line.text):
        return _Unit("item", line, line, line.start + marker.end())
    return _Unit("paragraph", line, line, line.start)


def _continues(unit: _Unit, line: _Line, width: int) -> bool:
    """Whether `line` goes on with the text of `unit`; `width` is 0 where lines are not wrapped."""
    if line.gap or unit.underlined or _start_unit(line).kind == "item":
        return False
    if unit.kind == "item" and line.indent > unit.first.indent:
        return True
    return _fills(unit.last, line, width) or _breaks_off(unit.last, line)


def _fills(line: _Line, following: _Line, width: int) -> bool:
    """Whether the first word of `following` had no room in `line`."""
    if not width or len(line.text) > _WIDEST:
        return False
    first_word = following.text.split(maxsplit=1)[0]
    return line.indent + len(line.text) + 1 + len(first_word) > width


def _breaks_off(line: _Line, following: _Line) -> bool:
    """Whether `line` stops in mid-sentence and `following` goes on in lower case."""
    long_enough = _NARROWEST - 5 <= len(line.text) <= _WIDEST
    return long_enough and following.text[0].islower() and not _ends_sentence(line.text)


def _ends_sentence(text: str) -> bool:
    return text.rstrip(_CLOSERS)[-1:] in tuple(".!?:…。！？：")


def _wrapped_width(lines: Sequence[_Line]) -> int:
    """The width that the text was wrapped to by hand; 0 if a line is a paragraph.

    Wrapped: nearly all lines are short, and at least half of those with a line right below
    them stop in mid-sentence, at the place where the next word had no room.
    """
    lengths = sorted(line.indent + len(line.text) for line in lines)
    width = lengths[int(len(lengths) * 0.98)] if lengths else 0
    pairs = [(a, b) for a, b in pairwise(lines) if not b.gap]
    if len(pairs) < 2 or not _NARROWEST <= width <= _WIDEST:
        return 0
    broken = sum(_fills(a, b, width) and not _ends_sentence(a.text) for a, b in pairs)
    return width if broken * 2 >= len(pairs) else 0


def _with_headings(units: Sequence[_Unit], text: str) -> Iterator[Block]:
    """The units as blocks: runs of short lines are headings or items by what follows them."""
    position = 0
    while position < len(units):
        run = _short_run(units, position)
        if not run:
            yield _plain_block(units[position])
            position += 1
            continue
        yield from _run_blocks(run, units, position)
        position += len(run)


def _short_run(units: Sequence[_Unit], position: int) -> list[_Unit]:
    end = position
    while end < len(units) and _looks_like_heading(units, end):
        end += 1
    return list(units[position:end])


def _looks_like_heading(units: Sequence[_Unit], index: int) -> bool:
    unit = units[index]
    if unit.underlined:
        return True
    text = unit.first.text
    if not unit.one_line or not _is_short(text) or _ABOUT_THE_TEXT.match(text):
        return False
    if unit.kind == "item":
        return _is_numbered_heading(units, index)
    if _CHAPTER.match(text) and unit.first.gap:
        return True
    end = text.rstrip(_CLOSERS)[-1:]
    if (end and end in _STOPS) or text[0].islower() or _STRANGE_START.match(text):
        return False
    if _UNFINISHED.fullmatch(text) or (index and _goes_on(units[index + 1 : index + 2])):
        return False
    return index == 0 or end not in tuple("?!？！") or _is_title_case(text)


def _goes_on(following: Sequence[_Unit]) -> bool:
    """Whether what follows starts like the rest of a sentence."""
    return any(one.kind == "paragraph" and one.first.text[0].islower() for one in following)


def _is_short(text: str) -> bool:
    if len(text) > _HEADING_CHARACTERS or not any(map(str.isalpha, text)):
        return False
    return len(text.split()) <= _HEADING_WORDS


def _is_numbered_heading(units: Sequence[_Unit], index: int) -> bool:
    """`2. Methods` between paragraphs; next to other items it is an item."""
    text = units[index].first.text
    neighbours = [*units[max(index - 1, 0) : index], *units[index + 1 : index + 2]]
    between = len(units) > index + 1 and all(one.kind != "item" for one in neighbours)
    return between and text[0].isdigit() and not _ends_sentence(text) and _is_title_case(text)


def _is_title_case(text: str) -> bool:
    """Whether most words of four letters and more, if there are any, start with a capital."""
    words = [word for word in _WORD.findall(text) if word[0].isalpha()]
    counted = [word for word in words if len(word) > 3] or words
    return bool(counted) and sum(not word[0].islower() for word in counted) >= 0.7 * len(counted)


def _run_blocks(run: Sequence[_Unit], units: Sequence[_Unit], position: int) -> Iterator[Block]:
    """A run of short lines: the title, then headings if they are few and text follows."""
    followed = position + len(run) < len(units)
    if position == 0 and followed:
        yield _heading_block(run[0], 1)
        run = run[1:]
    listed = len(run) >= 3
    for number, unit in enumerate(run):
        opens = followed and number == len(run) - 1 and unit.first.gap and not run[0].first.gap
        if unit.underlined or (followed and not listed) or (opens and listed):
            yield _heading_block(unit, 2)
        else:
            yield _plain_block(replace(unit, kind="item" if listed else unit.kind))


def _heading_block(unit: _Unit, level: int) -> Block:
    return Block("heading", unit.first.start, unit.last.end, unit.underlined or level)


def _plain_block(unit: _Unit) -> Block:
    return Block(unit.kind, unit.start, unit.last.end)
