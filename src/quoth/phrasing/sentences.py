"""Pure: a model's reply → its sentences, each with the quotes that it cites."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from quoth.records import Span
from quoth.text import one_line, sentences

_NUMBERS = r"\d{1,3}(?:\s?[-–]\s?\d{1,3})?"
_CITATION = re.compile(
    rf"[\[【]\s?(?:quotes?\s)?\^?(?P<ranks>{_NUMBERS}(?:\s?(?:,|;|and|&)\s?{_NUMBERS})*)\s?[\]】]",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\n(?=\s*(?:[-*•#>|]|\d{1,2}[.)])\s)")
_LETTER = re.compile(r"[^\W\d_]")
_MARKS = re.compile(r"^\s*(?:[-*•#>|]+(?:\s+|$)|\d{1,2}[.)]\s+)")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MOST = 50  # quotes that one range may name


class Cited(NamedTuple):
    """A sentence of a reply, on one line with its citations. ranks: of the quotes they name."""

    text: str
    ranks: tuple[int, ...]


class Citation(NamedTuple):
    """A place where quotes are cited. span: in the sentence, brackets and all."""

    span: Span
    ranks: tuple[int, ...]


def cited(reply: str) -> list[Cited]:
    """The sentences of a reply, in order, without the marks of a list before them.

    A line end is a blank, a blank line or the next item of a list ends a sentence. Characters that
    are not seen, such as escapes and reversals of direction, become `�`.
    """
    text = _ITEM.sub("\n\n", _seen(reply))
    lines = (_MARKS.sub("", one_line(text[start:end]), count=1) for start, end in sentences(text))
    return [Cited(line, _ranks(line)) for line in _joined(lines)]


def citations(sentence: str) -> list[Citation]:
    """Where `sentence` cites quotes."""
    return [
        Citation(Span(*match.span()), tuple(_named(match["ranks"])))
        for match in _CITATION.finditer(sentence)
    ]


def without_citations(sentence: str) -> str:
    """What is left to check, on one line."""
    bare = one_line(_CITATION.sub(" ", sentence))
    return re.sub(r"\s+(?=[.,;:!?])", "", bare)


def _ranks(sentence: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(rank for one in citations(sentence) for rank in one.ranks))


def _named(ranks: str) -> Iterator[int]:
    for one in re.findall(_NUMBERS, ranks):
        first, *last = (int(number) for number in re.findall(r"\d+", one))
        yield from range(first, min((last or [first])[0], first + _MOST) + 1)


def _joined(lines: Iterator[str]) -> list[str]:
    """The lines with words in them; citations alone belong to what stands before them."""
    found: list[str] = []
    for line in lines:
        if _LETTER.search(_CITATION.sub("", line)) or (line and not found):
            found.append(line)
        elif line:
            found[-1] += f" {line}"
    return found


def _seen(text: str) -> str:
    return "".join(
        "�" if unicodedata.category(each) in _HIDDEN and not each.isspace() else each
        for each in text
    )
