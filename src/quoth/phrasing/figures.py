"""Pure: the numbers and dates of a sentence that are not in the texts it leans on; English.

Exact, unlike `Amount.agrees`: what two articles may mean alike, a sentence on one of them has no
reason to say otherwise. "40" is no word for "38", and "40" none for "up to 40".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import isclose

from quoth.amounts import Amount, amounts
from quoth.dates import MONTHS, Date, dates
from quoth.differing import blanked
from quoth.phrasing.words import QUANTITIES
from quoth.text import words

_SHORT = re.compile(r"\b(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?(?=,?\s\d)")
_YEAR_FIRST = re.compile(r"\b([12]\d{3})-(\d\d)-(\d\d)\b")
_DAY_FIRST = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.([12]\d{3})\b")
_SLASHED = re.compile(r"\b(\d{1,2})/(\d{1,2})/([12]\d{3})\b")
_THIN_BLANKS = re.compile(r"(?<=\d)[\u202f\u2009\u00a0](?=\d{3}\b)")
_MINUS = re.compile(r"(?:(?<![\w.,)])[-−–]|\bminus\s)[$€£]?$", re.IGNORECASE)
_OF_ALL = re.compile(r"\bof\s(?:the|its|his|her|their|our|all|these|those)\s$", re.IGNORECASE)
_OF = re.compile(r"\bof\s(?:\S+\s){0,2}$", re.IGNORECASE)
_BEFORE = 30  # characters before a number that are looked at
_SYMBOLS = frozenset({"%", "$", "€", "£", "km", "kg", "m", "mm", "cm", "t", "mile", "foot", "°"})
_PEOPLE = frozenset({"peopl", "person", "individu", "human", "man", "men", "woman", "women"})
"""Stems: who is counted is one of these."""
_ORDINALS = {
    **{"1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth", "5th": "fifth"},
    **{"6th": "sixth", "7th": "seventh", "8th": "eighth", "9th": "ninth", "10th": "tenth"},
}
_NOT_COUNTED = re.compile(
    r"\b(?:no|any|every|some)\s?one\b|\bone\s(?:of|another)\b|\bone[’']s\b", re.IGNORECASE
)

_Manner = tuple[bool, bool]
"""Whether a number is negative, and whether it tells of how many something is a part."""


def unknown_date(sentence: str, texts: Sequence[str]) -> str:
    """The first date of `sentence` that none of `texts` names as precisely; "" if there is none."""
    known = [date for text in texts for date in dates(plain(text))]
    written = plain(sentence)
    for date in dates(written):
        if not any(_implies(one, date) for one in known):
            return written[slice(*date.span)]
    return ""


def unknown_number(sentence: str, texts: Sequence[str]) -> str:
    """The first number of `sentence` that stands in none of `texts`, or not for the same."""
    written, sources = plain(sentence), [plain(text) for text in texts]
    undated = blanked(_NOT_COUNTED.sub(_blank, written), (one.span for one in dates(written)))
    known = [each for text in sources for each in _known(text)]
    for amount in amounts(undated):
        manner = _manner(undated, amount, _OF)
        if not any(_is_same(amount, one) and _fits(manner, other) for one, other in known):
            return written[slice(*amount.measured)]
    return _unknown_token(blanked(undated, (one.span for one in amounts(undated))), sources)


def plain(text: str) -> str:
    """`text` with dates and digits written in one way, so that two ways of writing compare."""
    text = unicodedata.normalize("NFKC", _THIN_BLANKS.sub(",", text))
    text = _YEAR_FIRST.sub(lambda m: _date(m[3], m[2], m[1], m[0]), text)
    text = _DAY_FIRST.sub(lambda m: _date(m[1], m[2], m[3], m[0]), text)
    text = _SLASHED.sub(_unslashed, text)
    return _SHORT.sub(lambda m: next(one for one in MONTHS if one.startswith(m[1][:3])), text)


def _unslashed(match: re.Match[str]) -> str:
    """5/17/2024 and 17/5/2024 are the same day; 5/6/2024 may be one of two and stays."""
    one, other = int(match[1]), int(match[2])
    if one > 12 or one == other:
        return _date(match[1], match[2], match[3], match[0])
    return _date(match[2], match[1], match[3], match[0]) if other > 12 else match[0]


def _date(day: str, month: str, year: str, otherwise: str) -> str:
    if 1 <= int(month) <= 12 and 1 <= int(day) <= 31:
        return f"{int(day)} {MONTHS[int(month) - 1]} {year}"
    return otherwise


def _implies(known: Date, date: Date) -> bool:
    """Whether what is known is as precise as the date, or more, and the same."""
    if not (date.first <= known.first and known.last <= date.last):
        return False
    pairs = ((date.month, known.month), (date.day, known.day), (date.weekday, known.weekday))
    return all(not one or one == other for one, other in pairs)


@lru_cache(maxsize=64)  # the same quotes for each sentence of a reply
def _known(text: str) -> tuple[tuple[Amount, _Manner], ...]:
    """The numbers of `text` and how they stand; with what may be a year: "2000 soldiers"."""
    days = [date.span for date in dates(text)]
    years = [one for one in amounts(text) if one.span in days]
    found = amounts(blanked(text, days)) + years
    return tuple((one, _manner(text, one, _OF_ALL)) for one in found)


def _is_same(amount: Amount, known: Amount) -> bool:
    """Whether both are the same number of the same; "up to 3" is the same as "2 to 3"."""
    if not _is_of(amount, known):
        return False
    if _side(amount) == _side(known) and all(map(isclose, amount.ends, known.ends)):
        return True
    is_range = known.ends[0] != known.ends[1]
    end = {"least": 0, "most": 1}.get(amount.bound)
    return is_range and end is not None and isclose(amount.ends[end], known.ends[end])


def _side(amount: Amount) -> str:
    """Leaving "about" out or putting it in is no lie."""
    return "" if amount.bound == "about" else amount.bound


def _is_of(amount: Amount, known: Amount) -> bool:
    """Whether the same is counted, or nothing speaks against it."""
    one, same = _unit(amount), _unit(known)
    if one & _SYMBOLS or same & _SYMBOLS:
        return one == same
    return not one or not same or not one.isdisjoint(same | _PEOPLE)


def _unit(amount: Amount) -> frozenset[str]:
    """Pounds are money where there is money; their weight is not told apart from it."""
    return frozenset("£") if "pound" in amount.unit else amount.unit


def _manner(text: str, amount: Amount, part: re.Pattern[str]) -> _Manner:
    """Whether it is negative, and whether only a part of so many is spoken of, as `part` sees it.

    What a quote says is taken for a part only where that is sure ("some of its 20").
    """
    before = text[: amount.span.start][-_BEFORE:]
    return _MINUS.search(before) is not None, part.search(before) is not None


def _fits(own: _Manner, known: _Manner) -> bool:
    return own[0] == known[0] and own[1] >= known[1]


def _unknown_token(sentence: str, texts: Sequence[str]) -> str:
    """The first word with a digit in it, or that numbers something, which no text has."""
    known = {_token(word) for text in texts for word in _words(text)}
    for word in _words(sentence):
        token = _token(word)
        if (any(map(str.isnumeric, word)) or token in QUANTITIES) and token not in known:
            return word
    return ""


def _token(word: str) -> str:
    lower = word.casefold()
    return _ORDINALS.get(lower, lower)


def _words(text: str) -> Iterator[str]:
    yield from (text[start:end] for start, end in words(text))


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])
