"""Where two statements about the same thing differ, and where they only seem to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.differing import Clash, Statement, clashes

ALIKE = np.array([1, 0], np.float32)


def statement(text: str) -> Statement:
    return Statement(text, ALIKE)


def found(one: str, other: str, question: str = "What?") -> list[tuple[str, str, str]]:
    return [
        (clash.kind, one[slice(*clash.one)], other[slice(*clash.other)])
        for clash in clashes(question, statement(one), statement(other))
    ]


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        (
            "Some 10,000 soldiers were sent to the front.",
            "About 25,000 soldiers were sent.",
            ("number", "10,000", "25,000"),
        ),
        (
            "Rents in the capital rose by 4% in 2020.",
            "In 2020, rents rose by 11 percent.",
            ("number", "4", "11"),
        ),
        (
            "Some 120 people drowned, officials said.",
            "According to the police, 310 people drowned.",
            ("number", "120", "310"),
        ),
        (
            "The bridge was opened in 1931.",
            "The bridge was opened to traffic in May 1934.",
            ("date", "1931", "May 1934"),
        ),
        (
            "The alliance is not fleeting.",
            "The alliance is fleeting.",
            ("negation", "not", "fleeting"),
        ),
        (
            "The dam is in use.",
            "The dam isn’t in use.",
            ("negation", "use", "isn’t"),
        ),
    ],
)
def test_one_slot_filled_otherwise_is_a_difference(
    one: str, other: str, difference: tuple[str, str, str]
) -> None:
    assert found(one, other) == [difference]


def test_a_name_differs_only_where_a_name_is_asked_for() -> None:
    one, other = "The ship was built by Clyde Works.", "The ship was built by Harland Yards."
    assert found(one, other, "Which company built the ship?") == [
        ("name", "Clyde Works", "Harland Yards")
    ]
    assert found(one, other, "What happened?") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # the same after all
        ("They delivered 1.5 million rounds.", "They delivered 1,500,000 rounds."),
        ("It imports 50% of the shells.", "It imports half of the shells."),
        ("The law was passed in 2024.", "The law was passed in May 2024."),
        ("The river is not clean.", "The river isn’t clean."),
        # of other things
        ("Ann scored 12 goals in the league.", "Bea scored 15 goals in the league."),
        ("The plant employs 2,000 workers.", "The plant employs 400 engineers."),
        ("The quake killed 40 people there.", "The quake injured 300 people there."),
        ("In 2020 it saw 4 million tons of salt.", "In 2021 it saw 5 million tons of salt."),
        ("In the north, 30 wells were dug.", "In the south, 75 wells were dug."),
        ("The port was opened in 1905.", "The railway was opened in 1911."),
        ("The museum was planned for 1977.", "The museum was opened in 1981."),
        # half a denial, or two things denied
        ("The pivot isn’t just about war there.", "The pivot is about war there."),
        ("It is not clear whether the pact will last.", "The pact will last."),
        ("The drug is not safe in pregnancy.", "The drug is safe for adults."),
        # a question states nothing
        ("Did 12 people drown there?", "Here 15 people drown there."),
    ],
)
def test_what_is_no_difference(one: str, other: str) -> None:
    assert found(one, other) == []


def test_statements_that_are_far_apart_in_meaning_are_not_compared() -> None:
    one, other = statement("The bridge opened in 1931."), statement("The bridge opened in 1934.")
    assert clashes("", one, other)
    assert clashes("", one, Statement(other.text, np.array([0.4, 0.9], np.float32))) == []


def test_what_is_too_long_for_a_statement_takes_no_time() -> None:
    """Whatever is in it."""
    long = "12 people, according to him, said " * 3_000
    assert clashes("Who?", statement(long), statement(long.replace("12", "13"))) == []


WORDS = (
    *("The ferry", "sank", "was built", "not", "never", "in 1931", "in May 2003", "12 people"),
    *("1.5 million rounds", "by Joseph Strauss", "by Ellis,", "said", "half of the shells"),
    *("according to", "isn’t", "Monday", "$5", "KN-23", "é", "?", "."),
)
PIECES = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)


@settings(deadline=None)
@given(PIECES | st.text(), PIECES | st.text(), st.sampled_from(["Who built it?", "What?", ""]))
def test_clashes_stand_in_their_texts_and_do_not_depend_on_the_order(
    one: str, other: str, question: str
) -> None:
    there = clashes(question, statement(one), statement(other))
    back = clashes(question, statement(other), statement(one))
    swapped = {0: 0, 1: 2, 2: 1}
    assert {Clash(c.kind, c.other, c.one, swapped[c.negated]) for c in back} == set(there)
    for clash in there:
        assert 0 <= clash.one.start < clash.one.end <= len(one)
        assert 0 <= clash.other.start < clash.other.end <= len(other)


@settings(deadline=None)
@given(PIECES | st.text())
def test_nothing_differs_from_itself(text: str) -> None:
    assert clashes("Who built it?", statement(text), statement(text)) == []
