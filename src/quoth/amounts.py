"""Pure: the numbers that a sentence states, as ranges of a unit that can be compared; English.

"more than 1.5 million rounds" → 1,500,000 to infinity, {"round"}
"50 percent", "50%", "half of" → 50 to 50, {"%"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import floor, inf, log10
from typing import Literal

from quoth.records import Span
from quoth.terms import STOP_WORDS, terms

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SCALES |= {"dozen": 12.0, "bn": 1e9, "k": 1e3}
_PARTS = {"half": 50.0, "a third": 100 / 3, "one third": 100 / 3, "two thirds": 200 / 3}
_PARTS |= {"a quarter": 25.0, "one quarter": 25.0, "three quarters": 75.0}
_UNITS = {
    "%": "% percent pct", "$": "$ dollar dollars usd", "€": "€ euro euros eur", "£": "£ gbp",
    "km": "km kilometre kilometres kilometer kilometers", "kg": "kg kilogram kilograms kilo kilos",
    "m": "m metre metres meter meters", "mm": "mm millimetre millimetres millimeters",
    "cm": "cm centimetre centimetres centimeters", "t": "ton tons tonne tonnes",
    "mile": "mile miles mi", "foot": "foot feet ft", "°": "° degree degrees",
}  # fmt: skip
_UNIT_OF = {name: unit for unit, names in _UNITS.items() for name in names.split()}

_WORD = rf"(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_ONES[1:10])}))?|{'|'.join(_ONES[2:])}|one)"
_DIGITS = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SCALE = rf"(?:\s?(?:{'|'.join(_SCALES)}|hundreds?|dozens?)\b)?"
_ONE = rf"(?:(?<![\w.,])(?<![A-Za-z]-)(?:{_DIGITS})(?!\d|(?:st|nd|rd|th)\b)|\b{_WORD}\b){_SCALE}"
_AMOUNT = re.compile(
    rf"\b(?P<part>half|an?\s(?:third|quarter)|(?:one|two|three)[\s-](?:third|quarter)s?)"
    rf"(?=\s+(?:of|the)\b)"
    rf"|(?P<how>\b(?:more|less|fewer|greater|higher|lower)\s+than\s+|\b(?:over|under|above|below"
    rf"|nearly|almost|about|around|some|roughly|approximately|circa|ca\.)\s+|\bat\s+(?:least|most)\s+"
    rf"|\bup\s+to\s+|\bas\s+many\s+as\s+|\bclose\s+to\s+|\b(?:an\s+)?estimated\s+|~\s?)?"
    rf"(?:between\s+)?(?P<money>[$€£])?\s?(?P<low>{_ONE})"
    rf"(?:\s?(?:to|-|–|—|and(?=\s+[$€£]?\d))\s?[$€£]?(?P<high>{_ONE}))?",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(r"\s?(%|°)|\s+per\s?cent\b|[\s-]+(?=[A-Za-z])([A-Za-z’'-]+)")
_AT_LEAST = re.compile(r"more|greater|higher|over|above|least", re.IGNORECASE)
_AT_MOST = re.compile(r"less|fewer|lower|under|below|most|up|as", re.IGNORECASE)
_ABOUT, _ROUNDED = 0.1, 0.05
"""Share by which "about" may be off, and a round number that does not say so."""
_NOUNS = 3  # words behind a number that may name what is counted


Bound = Literal["", "least", "most", "about"]
"""What the words before a number make of it."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number, or a range of them. span: all of it, without its unit; offsets into the text.

    measured: `span`, with the sign or name of a unit behind it; not with a noun that is counted.
    low, high: what it may be, with what rounding leaves open. unit: "%", "km" or the like, alone,
    or the stems of the words that may name what is counted; empty where nothing says so.
    ends: the two numbers of a range as they are written, or the one twice. bound: "least" behind
    "more than", "most" behind "up to", "about" behind "some".
    """

    span: Span
    measured: Span
    low: float
    high: float
    unit: frozenset[str]
    ends: tuple[float, float]
    bound: Bound = ""

    def is_of(self, other: Amount) -> bool:
        """Whether both count the same."""
        return bool(self.unit & other.unit)

    def agrees(self, other: Amount) -> bool:
        """Whether both may be the same number."""
        return self.low <= other.high and other.low <= self.high


def amounts(text: str) -> list[Amount]:
    """The numbers in `text`, in order; dates are not told apart from them."""
    return list(_found(text))


def _found(text: str) -> Iterator[Amount]:
    for match in _AMOUNT.finditer(text):
        if match["part"]:  # of something, so that it is a percentage
            share = _part(match["part"])
            span = Span(*match.span())
            yield Amount(span, span, share, share, frozenset("%"), (share, share))
            continue
        start, end = match.start("money") if match["money"] else match.start("low"), match.end()
        low, high = _value(match["low"]), _value(match["high"] or match["low"])
        if match["high"] and low < 1000 <= high and not re.search(r"[a-z]", match["low"].lower()):
            low *= _scale_of(match["high"])  # "2 to 3 million"
        unit, last = _unit(text, match)
        span, measured = Span(start, end), Span(start, last)
        bound = _bound((match["how"] or "").strip())
        yield Amount(span, measured, *_range(bound, low, high), unit, (low, high), bound)


def _bound(how: str) -> Bound:
    if _AT_LEAST.match(how.removeprefix("at ")):
        return "least"
    if _AT_MOST.match(how.removeprefix("at ")):
        return "most"
    return "about" if how else ""


def _range(bound: Bound, low: float, high: float) -> tuple[float, float]:
    if bound == "least":
        return _lower(low), inf
    if bound == "most":
        return 0.0, _upper(high)
    if bound == "about":
        return low * (1 - _ABOUT), high * (1 + _ABOUT)
    return _lower(low), _upper(high)


def _lower(value: float) -> float:
    return value - _slack(value)


def _upper(value: float) -> float:
    return value + _slack(value)


def _slack(value: float) -> float:
    """Half a unit of the last digit that is not 0, and no more than a twentieth."""
    if value <= 0 or value != round(value, 6) or value % 10:
        return 0.0
    digits = f"{value:.0f}".rstrip("0")
    unit = 10 ** (floor(log10(value)) - len(digits) + 1)
    return float(min(unit / 2, value * _ROUNDED))


def _value(text: str) -> float:
    bare = text.lower().strip()
    scale = _scale_of(bare)
    number = re.match(_DIGITS, bare)
    if number:
        return float(number[0].replace(",", "")) * scale
    found = [_word(one) for one in re.split(r"[\s-]+", bare)]
    return sum(one for one in found if one is not None) * scale


def _word(word: str) -> float | None:
    if word in _ONES:
        return float(_ONES.index(word))
    return 20.0 + 10 * _TENS.index(word) if word in _TENS else None


def _scale_of(text: str) -> float:
    last = re.search(r"[a-z]+$", text.lower())
    return _SCALES.get(last[0].removesuffix("s"), 1.0) if last else 1.0


def _part(text: str) -> float:
    bare = " ".join(text.lower().replace("-", " ").split())
    return _PARTS.get(bare) or _PARTS.get(f"{bare}s") or _PARTS[re.sub("^an", "a", bare)]


def _unit(text: str, match: re.Match[str]) -> tuple[frozenset[str], int]:
    """That of the sign before a number, or of what follows it, and where its name ends."""
    if match["money"]:
        return frozenset(match["money"]), match.end()
    found: set[str] = set()
    place = match.end()
    while len(found) < _NOUNS and (next_one := _FOLLOWS.match(text, place)):
        sign, word = next_one.groups()
        unit = _UNIT_OF.get((sign or word or "%").lower())
        if unit is not None:
            return frozenset({unit}), next_one.end()
        if word.lower() in STOP_WORDS or not terms(word):
            break
        found.update(terms(word))
        place = next_one.end()
    return frozenset(found), match.end()
