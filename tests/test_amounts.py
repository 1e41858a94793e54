"""The numbers that a sentence states, with what they may be and of what unit."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.amounts import Amount, amounts


def only(text: str) -> Amount:
    (found,) = amounts(text)
    return found


@pytest.mark.parametrize(
    ("text", "words", "low", "high", "unit"),
    [
        ("213 patients", "213", 213, 213, {"patient"}),
        ("Seventeen people died", "Seventeen", 17, 17, {"peopl", "die"}),
        ("thirty-one ships", "thirty-one", 31, 31, {"ship"}),
        ("a rise of 4.5%", "4.5", 4.5, 4.5, {"%"}),
        ("12 percent of it", "12", 12, 12, {"%"}),
        ("half of the shells", "half", 50, 50, {"%"}),
        ("two-thirds of them", "two-thirds", 200 / 3, 200 / 3, {"%"}),
        ("1,500,000 rounds", "1,500,000", 1_450_000, 1_550_000, {"round"}),
        ("1.5 million rounds", "1.5 million", 1_450_000, 1_550_000, {"round"}),
        ("it cost $120 million", "$120 million", 115e6, 125e6, {"$"}),
        ("12 euros", "12", 12, 12, {"€"}),
        ("at 1,981 metres", "1,981", 1981, 1981, {"m"}),
        ("10,000 to 30,000 soldiers", "10,000 to 30,000", 9500, 31_500, {"soldier"}),
        ("2 to 3 million people", "2 to 3 million", 1_900_000, 3_150_000, {"peopl"}),
        ("more than 213 people", "213", 213, inf, {"peopl"}),
        ("at least 213 people", "213", 213, inf, {"peopl"}),
        ("up to 13% of it", "13", 0, 13, {"%"}),
        ("fewer than 9 ships", "9", 0, 9, {"ship"}),
        ("about 11 ships", "11", 9.9, 12.1, {"ship"}),
        ("3 dozen towns", "3 dozen", 36, 36, {"town"}),
        ("1,981 of them", "1,981", 1981, 1981, set()),
    ],
)
def test_an_amount(text: str, words: str, low: float, high: float, unit: set[str]) -> None:
    """Round numbers may be off by half a unit of their last digit, at most by 5%."""
    found = only(text)
    assert text[slice(*found.span)] == words
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.unit == unit


@pytest.mark.parametrize("text", ["the KN-23 missile", "J35A", "the 3rd ship", "", "half-hearted"])
def test_what_is_no_amount(text: str) -> None:
    assert amounts(text) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("1.5 million rounds", "1,500,000 rounds", True),
        ("50% of it", "half of it", True),
        ("50 percent of it", "50% of it", True),
        ("nearly 50,000 people", "49,200 people", True),
        ("more than 200 people", "243 people", True),
        ("10,000 to 30,000 men", "12,000 men", True),
        ("up to 50% of it", "40% of it", True),
        ("10,000 men", "12,000 men", False),
        ("312 men", "313 men", False),
        ("4%", "5%", False),
        ("over 300 men", "213 men", False),
    ],
)
def test_whether_two_amounts_may_be_the_same(one: str, other: str, same: bool) -> None:
    a, b = only(one), only(other)
    assert a.is_of(b)
    assert a.agrees(b) == b.agrees(a) == same


@pytest.mark.parametrize(
    ("one", "other"), [("400 men", "400 ships"), ("$5", "5 euros"), ("12 km", "12 miles")]
)
def test_amounts_of_two_units_cannot_be_compared(one: str, other: str) -> None:
    assert not only(one).is_of(only(other))


@given(st.text())
def test_amounts_stand_in_order_and_in_the_text(text: str) -> None:
    found = [one.span for one in amounts(text)]
    assert found == sorted(found)
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(one.low <= one.high for one in amounts(text))
