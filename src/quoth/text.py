"""Pure functions on text: sentences and words as spans, and one line of it.

Every span is a half-open range of code points into the text that was given, and nothing here
changes a character. Sentences come from `sentencex` (Wikimedia's rule-based splitter).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import sentencex

from quoth.records import Span

_WORD = re.compile(r"\w+(?:[’'.,\-]\w+)*", re.UNICODE)
_WHITE_SPACE = re.compile(r"\s", re.UNICODE)
_BLANK_LINE = re.compile(
    r"(?>\r\n|[\n\r\u2028\u2029])[^\S\n\r\u2028\u2029]*[\n\r\f\u2028\u2029]\s*"
)
_CLOSERS = re.compile(r"[*_\"'”’»)\]]+(?=\s|$)")
_UNFINISHED = re.compile(
    r"(?:\d{1,3}[.)]|(?:.*[\s(])?(?:figs|approx|ca|cf|eds|vols|pp|nos|secs|eqs|refs|chs|incl)\.)",
    re.IGNORECASE | re.DOTALL,
)
_WINDOW = 20_000
"""Code points given to the splitter at once: its time grows with the square of open quotes."""


def encodable(text: str) -> str:
    """`text` with `?` for lone surrogates, which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def strip_span(text: str, start: int, end: int) -> Span:
    """The span without white space at its ends; empty at `start` if there is nothing else."""
    piece = text[start:end]
    bare = piece.strip()
    first = start + len(piece) - len(piece.lstrip()) if bare else start
    return Span(first, first + len(bare))


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The sentences of `text[start:end]`, in order, without the white space around them.

    A line end is a blank like any other, a blank line ends a sentence.
    """
    stop = len(text) if end is None else end
    spans = []
    for left, right in _between_blank_lines(text, start, stop):
        flat = _WHITE_SPACE.sub(" ", text[left:right])
        previous = 0
        for found in _sentence_ends(flat):
            place = _after_closers(flat, found)
            if place > previous and not _is_unfinished(flat[previous:place]):
                spans.append(strip_span(text, left + previous, left + place))
                previous = place
        spans.append(strip_span(text, left + previous, right))
    return [span for span in spans if span.start < span.end]


def _after_closers(text: str, place: int) -> int:
    """Emphasis marks and quotes right behind a full stop belong to the sentence it ends."""
    closers = _CLOSERS.match(text, place)
    return closers.end() if closers else place


def _is_unfinished(text: str) -> bool:
    """Whether this is only a list's number, or ends in an abbreviation that wants more."""
    return len(text) < 200 and _UNFINISHED.fullmatch(text.strip()) is not None


def _between_blank_lines(text: str, start: int, end: int) -> Iterator[Span]:
    for match in _BLANK_LINE.finditer(text, start, end):
        yield Span(start, match.start())
        start = match.end()
    yield Span(start, end)


def _sentence_ends(text: str) -> Iterator[int]:
    """Where the sentences of `text` end; the last is the end of `text`.

    A window's last sentence is read again with the text that follows it.
    """
    start = 0
    while start < len(text):
        window = text[start : start + _WINDOW]
        ends = [int(found["end_index"]) for found in _boundaries(window)]
        if start + len(window) < len(text) and len(ends) > 1:
            ends.pop()
        yield from (start + found for found in ends)
        start += ends[-1]


def _boundaries(text: str) -> list[dict[str, int]]:
    found: list[dict[str, int]] = sentencex.get_sentence_boundaries("en", text)
    return found


def words(text: str) -> list[Span]:
    """The words of `text`: runs of letters and digits, with inner apostrophes, dots and hyphens."""
    return [Span(match.start(), match.end()) for match in _WORD.finditer(text)]


def one_line(text: str, limit: int | None = None) -> str:
    """`text` with every run of white space as one blank, cut to `limit` characters with `…`."""
    line = " ".join(text.split())
    return line if limit is None or len(line) <= limit else line[: limit - 1].rstrip() + "…"
