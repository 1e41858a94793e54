"""Results as text for people: quotes first, then where they stand. Pure functions.

The words are the article's own. Only white space is laid out anew on a terminal, and characters
that would command a terminal (escape sequences, reversals of direction) are shown as `�`.
"""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from quoth.index import ArticleInfo
    from quoth.reading import Extract
    from quoth.records import Answer, Hit, Quote

NOT_ANSWERED = "The articles do not answer this."

_WIDEST = 96
_TITLE_WIDTH = 60
_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_LINE_END = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_WORD = re.compile(r"\S+")
_REVERSALS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

Bold = Sequence[tuple[int, int]]
"""Spans (start, end) into a text that are shown in bold."""


@dataclass(frozen=True, slots=True)
class Look:
    """How to print. width: columns, None for lines as long as they are. styled: bold and dim."""

    width: int | None = None
    styled: bool = False

    @classmethod
    def of(cls, stream: TextIO) -> Look:
        """Wrapped and styled on a terminal (NO_COLOR is respected), plain everywhere else."""
        if not stream.isatty():
            return cls()
        plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        return cls(min(shutil.get_terminal_size().columns, _WIDEST), not plain)

    def dim(self, text: str) -> str:
        """`text` in the background, where that can be shown."""
        return f"{_DIM}{text}{_RESET}" if self.styled else text


def answer_text(answer: Answer, nowhere: Sequence[str], look: Look) -> str:
    """The quotes, or that there are none, what came nearest and which words occur nowhere."""
    if answer.status == "answered":
        return blocks(_quote_text(quote, look) for quote in answer.quotes)
    told = [NOT_ANSWERED]
    if nowhere:
        told.append(f"Words that no article has: {', '.join(map(safe, nowhere))}")
    if answer.nearest:
        told.append("What came nearest:")
    return blocks(told + [_quote_text(quote, look) for quote in answer.nearest])


def timings_text(taken: Mapping[str, float]) -> str:
    """Stage → milliseconds as a table, the longest first, and their sum."""
    longest = sorted(taken.items(), key=lambda one: -one[1])
    rows = [*longest, ("together", sum(taken.values()))]
    return "\n".join(f"{spent:9.1f} ms  {name}" for name, spent in rows)


def with_understood(answer: Answer, text: str, look: Look) -> str:
    """A follow-up's answer under what was understood; others as they are."""
    kept = f" (only in {safe(answer.only_source)})" if answer.only_source else ""
    told = f"Understood as: {safe(answer.understood or answer.question)}{kept}"
    return blocks([look.dim(told), text]) if answer.understood or kept else text


def hits_text(hits: Sequence[Hit], look: Look) -> str:
    """The passages, best first."""
    if not hits:
        return "No passage holds any of these words."
    return blocks(
        numbered(hit.rank, hit.text, [f"{label(hit)} · score {hit.score:.3f}"], look)
        for hit in hits
    )


def extract_text(extract: Extract, name: str, look: Look) -> str:
    """How relevant the text is, and the spans that answer."""
    spans = (
        numbered(
            rank, span.text, [f"{name}:{span.start}-{span.end} · score {span.score:.2f}"], look
        )
        for rank, span in enumerate(extract.spans, 1)
    )
    return blocks([f"Relevance {extract.relevance:.2f}", *spans])


def articles_text(articles: Sequence[ArticleInfo]) -> str:
    """A table of the articles, its columns aligned; dates where there are any."""
    dated = "date" if any(a.metadata.date for a in articles) else ""
    rows = [("source", "passages", "characters", dated, "title")]
    rows += [
        (
            safe(a.source), f"{a.passages:,}", f"{a.characters:,}", safe(a.metadata.date),
            _clipped(safe(a.title)),
        )
        for a in articles
    ]  # fmt: skip
    wide = [max(display_width(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        f"{_padded(source, wide[0])}  {passages:>{wide[1]}}  {characters:>{wide[2]}}  "
        f"{_padded(date, wide[3]) + '  ' if dated else ''}{title}"
        for source, passages, characters, date, title in rows
    )


def laid_out(text: str, bold: Bold, look: Look, indent: int) -> list[str]:
    """The lines of `text`, wrapped into what `indent` leaves of the width, with `bold` styled."""
    width = None if look.width is None else max(look.width - indent, 20)
    return [_styled(text, start, end, bold, look) for start, end in _lines(text, width)]


def display_width(text: str) -> int:
    """Columns that `text` takes on a terminal: wide characters two, combining ones none."""
    return sum(
        0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF")
        for each in text
    )


def _quote_text(quote: Quote, look: Look) -> str:
    return quote_block(quote, [label(quote), state(quote)], look)


def quote_block(quote: Quote, below: Sequence[str], look: Look) -> str:
    """A numbered quote with its answering words in bold, and lines below it."""
    bold = [(start - quote.start, end - quote.start) for start, end in quote.highlights]
    return numbered(quote.rank, quote.text, below, look, bold)


def state(quote: Quote) -> str:
    """How sure it is, and whether its file still says so."""
    changed = " · its file has changed since it was indexed" if quote.check == "changed" else ""
    return f"confidence {quote.confidence:.2f}{changed}"


def numbered(rank: int, text: str, below: Sequence[str], look: Look, bold: Bold = ()) -> str:
    """`1. text` with its further lines under the text, and `below` under them."""
    mark = f"{rank}. "
    indent = " " * len(mark)
    lines = laid_out(text, bold, look, len(mark))
    for line in below:
        lines += [look.dim(part) for part in laid_out(line, (), look, len(mark))]
    return mark + f"\n{indent}".join(lines)


def label(found: Quote | Hit) -> str:
    """`title · section · page · author · date · source:start-end`, of what is known."""
    section = "" if found.section == found.title else found.section
    page = f"page {found.page}" if found.page else ""
    place = f"{found.source}:{found.start}-{found.end}"
    about = found.metadata
    parts = (found.title, section, page, about.author, about.date, place)
    return " · ".join(part for part in parts if part)


def _lines(text: str, width: int | None) -> Iterator[tuple[int, int]]:
    """Spans of the lines to print: the text's own, broken between words where too wide."""
    start = 0
    for end in [*(match.start() for match in _LINE_END.finditer(text)), len(text)]:
        words = [match.span() for match in _WORD.finditer(text, start, end)]
        yield from _filled(text, words, width)
        start = end


def _filled(
    text: str, words: list[tuple[int, int]], width: int | None
) -> Iterator[tuple[int, int]]:
    """Greedy lines of whole words; a word wider than a line has one to itself."""
    while words:
        start, end = words.pop(0)
        while words and (width is None or display_width(text[start : words[0][1]]) <= width):
            end = words.pop(0)[1]
        yield start, end


def _styled(text: str, start: int, end: int, bold: Bold, look: Look) -> str:
    if not look.styled:
        return safe(text[start:end])
    pieces, done = [], start
    for low, high in sorted(bold):
        low, high = max(low, done), min(high, end)
        if low < high:
            pieces += [safe(text[done:low]), _BOLD, safe(text[low:high]), _RESET]
            done = high
    return "".join([*pieces, safe(text[done:end])])


def safe(text: str) -> str:
    """`text` without what would command a terminal."""
    return "".join(map(_safe_character, text))


def _safe_character(character: str) -> str:
    if character.isspace():
        return character if character == "\N{NO-BREAK SPACE}" else " "
    commands = unicodedata.category(character) in ("Cc", "Cs") or character in _REVERSALS
    return "�" if commands else character


def _clipped(title: str) -> str:
    return title if len(title) <= _TITLE_WIDTH else title[: _TITLE_WIDTH - 1].rstrip() + "…"


def _padded(text: str, width: int) -> str:
    return text + " " * (width - display_width(text))


def blocks(some: Iterable[str]) -> str:
    """Blocks with a blank line between them."""
    return "\n\n".join(some)
