"""One of each source, and different points: which candidates are chosen."""

from __future__ import annotations

import numpy as np
import pytest
from small_library import passage

from quoth.choosing import Candidate, choose, of_each, spread
from quoth.records import Evidence, Floats


def candidate(text: str, score: float, *, source: str = "a", start: int = 0) -> Candidate:
    found = passage(text, source=source, start=start)
    span = found.sentences[0]
    return Evidence(span.start, span.end, score, 0.5, span, (span,)), found


RED, BLUE = candidate("The red ferry.", 5.0), candidate("A blue drone.", 4.0, start=100)
OTHER = candidate("Zebras graze there.", 1.0, source="b")
THIRD = candidate("Nothing of it.", -3.0, source="c")
FOUND = {"a": [RED, BLUE], "b": [OTHER], "c": [THIRD]}


def says(one: Candidate) -> bool:
    return one[0].score > 0


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (1, [RED]),
        (2, [RED, OTHER]),
        (3, [RED, OTHER, BLUE]),
        (4, [RED, OTHER, BLUE, THIRD]),
    ],
)
def test_each_source_that_says_something_comes_before_a_second_quote_of_any(
    wanted: int, chosen: list[Candidate]
) -> None:
    assert of_each(FOUND, wanted, says) == chosen


def test_where_no_source_says_anything_the_best_are_chosen() -> None:
    assert of_each(FOUND, 3, lambda one: False) == [RED, BLUE, OTHER]


def test_sources_that_say_the_same_are_both_quoted() -> None:
    same = candidate("The red ferry.", 4.5, source="b")
    assert of_each({"a": [RED, BLUE], "b": [same]}, 3, says) == [RED, same, BLUE]


def test_choosing_goes_on_after_what_was_chosen_before() -> None:
    assert choose([RED, BLUE, OTHER], 2, [OTHER]) == [OTHER, RED]


def vectors(*rows: tuple[float, ...]) -> Floats:
    return np.array(rows, np.float32)


def test_another_point_comes_before_one_that_is_nearly_as_good_and_the_same() -> None:
    """Gains of the second: 0.5 · e^-0.5 - 0.5 · 1 = -0.197, and of the third 0.5 · e^-1 - 0."""
    some = [candidate(text, score, start=n * 50) for n, (text, score) in enumerate(
        [("The red ferry.", 5.0), ("Some blue drones.", 4.0), ("Zebras graze there.", 3.0)]
    )]  # fmt: skip
    own = vectors((1, 0), (1, 0), (0, 1))
    assert spread(some, own, 2, weight=0.5) == [some[0], some[2]]
    assert spread(some, own, 2, weight=1.0) == [some[0], some[1]]
    assert spread(some, own, 3, weight=0.5) == [some[0], some[2], some[1]]


def test_what_repeats_a_chosen_one_is_no_other_point() -> None:
    again = candidate("The red ferry!", 4.9, source="b")
    assert spread([RED, again, OTHER], vectors((1, 0), (0, 1), (0, 1)), 3) == [RED, OTHER]


def test_of_nothing_nothing_is_chosen() -> None:
    assert spread([], np.empty((0, 0), np.float32), 3) == []
