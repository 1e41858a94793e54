"""Rich Text Format (.rtf): paragraphs, headings by their styles, lists, tables, notes."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from quoth.articles.loaders.common import article_of, kind_of, malformed, metadata_of
from quoth.articles.loaders.rtf_groups import CODE_PAGES, NOT_BODY, SIGNS, Token, tokens
from quoth.articles.options import ReadOptions
from quoth.blocks import Part
from quoth.errors import ArticleError
from quoth.records import Article, BlockKind

_STATES = frozenset(("uc", "f", "s", "fcharset", "ansicpg", "yr", "mo", "dy"))
_MOST_SKIPPED = 100
_HEADING = re.compile(r"heading\s*([1-9])\s*;?", re.IGNORECASE)


def load_rich_text(file: BinaryIO, source: str, options: ReadOptions) -> Iterator[Article]:
    """An .rtf file; its headers, footers, pictures and comments are left out.

    Title, author and date are those of its information group.
    """
    data = file.read()
    if kind_of(data) != "an RTF file":
        raise ArticleError(f"it is {kind_of(data) or 'no RTF file'}, not an .rtf: rename it")
    reader = RtfReader()
    with malformed("an .rtf"):
        for token in tokens(data):
            reader.take(token)
        parts = reader.finish()
    metadata = metadata_of(author=reader.text("author"), published=reader.created())
    yield article_of(parts, source, reader.text("title"), metadata)


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds until a group ends. target: where its text goes; None is nowhere."""

    target: str | None = "body"
    skip: int = 1
    font: int | None = None
    style: int = 0
    starts: bool = True


@dataclass(slots=True)
class _Paragraph:
    level: int | None = None
    item: bool = False
    table: bool = False


@dataclass(slots=True)
class RtfReader:
    """Takes RTF's tokens one by one; `finish` gives the parts."""

    parts: list[Part] = field(default_factory=list)
    notes: list[Part] = field(default_factory=list)
    _written: dict[str, list[str]] = field(default_factory=dict)
    _bytes: bytearray = field(default_factory=bytearray)
    _now: _Group = field(default_factory=_Group)
    _stack: list[_Group] = field(default_factory=list)
    _paragraph: _Paragraph = field(default_factory=_Paragraph)
    _cells: list[str] = field(default_factory=list)
    _code_page: str = "cp1252"
    _fonts: dict[int, str] = field(default_factory=dict)
    _levels: dict[int, int] = field(default_factory=dict)
    _date: dict[str, int] = field(default_factory=dict)
    _left_to_skip: int = 0

    def take(self, token: Token) -> None:
        if token.word in ("'", "text"):
            self._take_bytes(token.data)
            return
        self._decode_bytes()
        self._left_to_skip = 0
        if token.word == "group":
            self._stack.append(self._now)
            self._now = replace(self._now, starts=True)
        elif token.word == "end":
            self._end_group()
        else:
            self._take_word(token.word, token.number)
            self._now = replace(self._now, starts=False) if self._now.starts else self._now

    def finish(self) -> list[Part]:
        self._decode_bytes()
        if self._cells:
            self._end_row()
        self._paragraph.table = False
        self._end_paragraph()
        return [*self.parts, *self.notes]

    def text(self, target: str) -> str:
        """What was written for a target, surrogates made whole."""
        text = "".join(self._written.get(target, ()))
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def created(self) -> str:
        """The day it was made, in ISO 8601."""
        year, month, day = (self._date.get(name, 0) for name in ("yr", "mo", "dy"))
        return f"{year:04}-{month:02}-{day:02}"

    def _take_bytes(self, data: bytes) -> None:
        skipped = min(self._left_to_skip, len(data))
        self._left_to_skip -= skipped
        self._bytes += data[skipped:]

    def _decode_bytes(self) -> None:
        if self._bytes:
            page = self._fonts.get(self._now.font or 0, "") if self._now.font is not None else ""
            self._write(self._bytes.decode(page or self._code_page, "replace"))
            self._bytes.clear()

    def _write(self, text: str) -> None:
        if self._now.target is not None:
            self._written.setdefault(self._now.target, []).append(text)

    def _take_word(self, word: str, number: int | None) -> None:
        if word == "*" and self._now.starts:
            self._now = replace(self._now, target=None)
        elif word in NOT_BODY:
            self._begin_target(word)
        elif word in SIGNS:
            self._write(SIGNS[word])
        elif word == "u" and number is not None:
            self._write(chr(number % 0x10000) if number % 0x10000 else "\ufffd")
            self._left_to_skip = self._now.skip
        elif word in _STATES:
            self._set(word, number or 0)
        elif self._now.target in ("body", "footnote"):
            self._format(word, number)

    def _set(self, word: str, number: int) -> None:
        """What holds until the group ends, and what its tables say of fonts and styles."""
        if word == "uc":
            self._now = replace(self._now, skip=min(max(number, 0), _MOST_SKIPPED))
        elif word == "f":
            self._now = replace(self._now, font=number)
        elif word == "s":
            self._now = replace(self._now, style=number)
            self._paragraph.level = self._levels.get(number)
        elif word == "fcharset" and self._now.font is not None:
            self._fonts[self._now.font] = CODE_PAGES.get(number, "")
        elif word == "ansicpg":
            self._code_page = _code_page(number)
        elif word in ("yr", "mo", "dy") and self._now.target == "creatim":
            self._date[word] = number

    def _begin_target(self, word: str) -> None:
        kept = ("fonttbl", "stylesheet", "info", "title", "author", "creatim", "footnote")
        self._paragraph.item |= word in ("listtext", "pntext")
        hidden = self._now.target is None
        self._now = replace(self._now, target=word if word in kept and not hidden else None)

    def _end_group(self) -> None:
        ended, self._now = self._now, self._stack.pop() if self._stack else self._now
        if ended.target == "stylesheet":
            heading = _HEADING.fullmatch(self.text("stylesheet").strip())
            if heading:
                self._levels[ended.style] = int(heading[1]) - 1
            self._written.pop("stylesheet", None)
        elif ended.target == "fonttbl":
            self._written.pop("fonttbl", None)
        elif ended.target == "footnote" != self._now.target:
            self.notes.append(Part("paragraph", self._taken("footnote")))

    def _taken(self, target: str) -> str:
        text = self.text(target)
        self._written.pop(target, None)
        return text

    def _format(self, word: str, number: int | None) -> None:
        """What shapes paragraphs."""
        if self._now.target == "footnote":
            self._write("\n" if word == "par" else "")
        elif word in ("par", "sect", "page"):
            self._end_paragraph()
        elif word == "pard":
            self._paragraph = _Paragraph()
        elif word == "outlinelevel":
            self._paragraph.level = number
        elif word == "ls":
            self._paragraph.item = bool(number)
        elif word == "intbl":
            self._paragraph.table = True
        elif word in ("cell", "nestcell"):
            self._cells.append(" ".join(self._taken("body").split()))
        elif word in ("row", "nestrow"):
            self._end_row()

    def _end_paragraph(self) -> None:
        if self._paragraph.table and self._written.get("body"):
            self._write(" ")
            return
        level = self._paragraph.level
        kind: BlockKind = "item" if self._paragraph.item else "paragraph"
        if level is not None and 0 <= level < 9:
            self.parts.append(Part("heading", self._taken("body"), level + 1))
        else:
            self.parts.append(Part(kind, self._taken("body")))

    def _end_row(self) -> None:
        cells, self._cells = self._cells, []
        if len(cells) > 1:
            self.parts.append(Part("row", " | ".join(cells).strip(" |")))
        else:
            self.parts += [Part("paragraph", cell) for cell in cells]


def _code_page(number: int) -> str:
    name = {65001: "utf-8", 10000: "mac_roman"}.get(number, f"cp{number}")
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name
