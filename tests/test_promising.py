"""Which parts of which passages a network reads."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from small_library import passage

from quoth.reading.promising import promising

NUMBERS = st.floats(-20, 20, width=32)
SCORES = st.lists(st.lists(NUMBERS, min_size=1, max_size=6), max_size=6)


def parts(
    *scores: Sequence[float], most: int = 8, reach: float = 2.0, headings: int = 0
) -> dict[int, str]:
    """Number of each passage that is read → the letters of the sentences that are."""
    passages = [passage(*"abcdefgh"[: len(some)], between="", headings=headings) for some in scores]
    found = promising(
        passages,
        {n: np.array(some, np.float32) for n, some in enumerate(scores)},
        most=most,
        reach=reach,
    )
    return {n: passages[n].text[s:e] for n, (s, e) in found.items()}


def test_a_sentence_is_read_with_its_neighbours() -> None:
    assert parts([-9, -9, 3, -9, -9]) == {0: "bcd"}


def test_a_part_ends_with_its_passage() -> None:
    assert parts([3, -9, -9]) == {0: "ab"}
    assert parts([-9, -9, 3]) == {0: "bc"}


def test_a_part_goes_from_the_first_sentence_within_reach_to_the_last() -> None:
    assert parts([-9, 1, -9, -9, 3, -9, -9, -9]) == {0: "abcdef"}


def test_sentences_are_compared_with_the_best_of_all_passages() -> None:
    assert parts([3, -9, -9, -9], [1, -9, -9, -9], [0.5, -9, -9, -9]) == {0: "ab", 1: "ab"}


def test_the_most_promising_passage_comes_first() -> None:
    assert list(parts([1], [3], [2])) == [1, 2, 0]


def test_of_passages_that_are_as_promising_the_first_comes_first() -> None:
    assert list(parts([1], [1], [1])) == [0, 1, 2]


def test_no_more_passages_are_read_than_may_be() -> None:
    assert list(parts([1], [3], [2], most=2)) == [1, 2]


def test_without_a_limit_of_reach_passages_are_read_whole() -> None:
    assert parts([-9, 9, -9, -9], [-20, -20], reach=math.inf) == {0: "abcd", 1: "ab"}


def test_headings_are_left_out() -> None:
    assert parts([1, 3, -9], headings=1) == {0: "bc"}


def test_a_heading_that_is_near_has_what_follows_it_read() -> None:
    """As where a question is the heading and the answer stands below."""
    assert parts([-9, -9, 3, -9], [1.5, -9, -9, -9], headings=1) == {0: "bcd", 1: "b"}


def test_a_heading_sets_no_measure_for_prose() -> None:
    assert parts([9, 0, -1], headings=1) == {0: "bc"}


def test_a_passage_of_headings_alone_is_read_as_prose() -> None:
    assert parts([1, 3], headings=2) == {0: "ab"}


def test_nothing_gives_nothing() -> None:
    assert promising([], {}, most=8, reach=2) == {}


@given(SCORES, st.integers(1, 6), st.floats(0, 10))
def test_the_best_sentence_is_always_read(
    scores: list[list[float]], most: int, reach: float
) -> None:
    found = parts(*scores, most=most, reach=reach)
    if scores:
        best = max(range(len(scores)), key=lambda n: max(scores[n]))
        assert "abcdefgh"[int(np.argmax(scores[best]))] in found[best]


@given(SCORES, st.floats(0, 10))
def test_a_longer_reach_takes_nothing_away(scores: list[list[float]], reach: float) -> None:
    near, far = parts(*scores, reach=reach), parts(*scores, reach=reach + 1)
    assert all(text in far[n] for n, text in near.items())
