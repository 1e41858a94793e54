"""Pure: the dates that a sentence names, as precisely as it does; English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from quoth.records import Span

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_YEAR = r"(?:1\d{3}|20\d\d)"
_DATE = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?)?(?P<month>{'|'.join(MONTHS)})\b"
    rf"(?:\s(?P<after>\d{{1,2}})(?:st|nd|rd|th)?\b(?!,?\d))?(?:,?\s(?:of\s)?(?P<of>{_YEAR})\b)?"
    rf"|\b(?:the\s)?(?:(?:early|mid|late)[-\s](?:the\s)?)?(?P<decade>{_YEAR})s\b"
    rf"|(?<![\w.,$€£])(?<![A-Za-z]-)(?P<year>{_YEAR})(?![\w%]|[.,]\d|-\d)"
    rf"|\b(?:the\s)?(?P<century>\d{{1,2}})(?:st|nd|rd|th)[-\s]century\b"
    rf"|\b(?P<weekday>{'|'.join(_DAYS)})\b"
)


@dataclass(frozen=True, slots=True)
class Date:
    """A date. span: offsets into the text. first, last: the years that it may be in.

    0 and 9999 where it names none. month, day, weekday: from 1, 0 where it names none.
    """

    span: Span
    first: int = 0
    last: int = 9999
    month: int = 0
    day: int = 0
    weekday: int = 0

    def agrees(self, other: Date) -> bool:
        """Whether both may be the same date, one perhaps named more precisely."""
        if self.first > other.last or other.first > self.last:
            return False
        pairs = (
            (self.month, other.month), (self.day, other.day), (self.weekday, other.weekday),
        )  # fmt: skip
        return all(one == same or not one or not same for one, same in pairs)


def dates(text: str) -> list[Date]:
    """The dates in `text`, in order."""
    return list(_dates(text))


def _dates(text: str) -> Iterator[Date]:
    for match in _DATE.finditer(text):
        span = Span(*match.span())
        if match["month"]:
            day = int(match["day"] or match["after"] or 0)
            year = int(match["of"] or 0)
            first, last = (year, year) if year else (0, 9999)
            yield Date(span, first, last, MONTHS.index(match["month"]) + 1, day)
        elif match["decade"]:
            first = int(match["decade"])
            yield Date(span, first, first + (99 if first % 100 == 0 else 9))
        elif match["century"]:
            last = 100 * int(match["century"])
            yield Date(span, last - 100, last)
        elif match["year"]:
            yield Date(span, int(match["year"]), int(match["year"]))
        else:
            yield Date(span, weekday=_DAYS.index(match["weekday"]) + 1)
