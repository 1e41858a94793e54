"""The dates that a sentence names, as precisely as it does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.dates import Date, dates
from quoth.records import Span


@pytest.mark.parametrize(
    ("text", "words", "first", "last", "month", "day", "weekday"),
    [
        ("on 5 May 2003", "5 May 2003", 2003, 2003, 5, 5, 0),
        ("May 5, 2019", "May 5, 2019", 2019, 2019, 5, 5, 0),
        ("the 3rd of June", "3rd of June", 0, 9999, 6, 3, 0),
        ("in March 2010", "March 2010", 2010, 2010, 3, 0, 0),
        ("in 1991", "1991", 1991, 1991, 0, 0, 0),
        ("in the early 1990s", "the early 1990s", 1990, 1999, 0, 0, 0),
        ("the 1900s", "the 1900s", 1900, 1999, 0, 0, 0),
        ("in the 12th century", "the 12th century", 1100, 1200, 0, 0, 0),
        ("on Sunday", "Sunday", 0, 9999, 0, 0, 7),
    ],
)
def test_a_date(
    text: str, words: str, first: int, last: int, month: int, day: int, weekday: int
) -> None:
    start = text.index(words)
    place = Span(start, start + len(words))
    assert dates(text) == [Date(place, first, last, month, day, weekday)]


@pytest.mark.parametrize("text", ["1,950 men", "$1950", "it may march on", "1950%", "KN-1950", ""])
def test_what_is_no_date(text: str) -> None:
    assert dates(text) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2024", "May 2024", True),
        ("5 May", "May 2019", True),
        ("the early 1990s", "1991", True),
        ("the 13th century", "1254", True),
        ("Sunday", "August 1914", True),
        ("1931", "1934", False),
        ("5 May 2003", "12 May 2003", False),
        ("March 2010", "September 2010", False),
        ("Monday", "Thursday", False),
    ],
)
def test_whether_two_dates_may_be_the_same(one: str, other: str, same: bool) -> None:
    """At different precision they are no difference."""
    (a,), (b,) = dates(one), dates(other)
    assert a.agrees(b) == b.agrees(a) == same


@given(st.text())
def test_dates_stand_in_order_and_in_the_text(text: str) -> None:
    found = [one.span for one in dates(text)]
    assert found == sorted(found)
    assert all(0 <= start < end <= len(text) for start, end in found)
