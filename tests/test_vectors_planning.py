"""Which segments a change merges, from their sizes alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.vectors.planning import EXACT, TAIL, Plan, Size, planned

MILLION = Size(1_000_000, 1_000_000, approximate=True)


def exact(count: int, live: int | None = None) -> Size:
    return Size(count, count if live is None else live, approximate=False)


def plan(segments: list[Size], added: int, *, compact: bool = False) -> tuple[int, bool, set[int]]:
    found: Plan = planned(segments, added, compact=compact)
    return found.first, found.approximate, set(found.anew)


def test_a_first_segment_is_exact_while_there_are_few() -> None:
    assert plan([], EXACT) == (0, False, set())
    assert plan([], EXACT + 1) == (0, True, set())


def test_a_small_change_leaves_large_segments_alone() -> None:
    assert plan([exact(5000), exact(100)], 20) == (2, False, set())


def test_segments_of_like_size_are_merged() -> None:
    assert plan([exact(5000), exact(100)], 50) == (1, False, set())
    assert plan([exact(300), exact(100)], 50) == (0, False, set())


def test_all_exact_segments_become_one_that_is_coded_once_they_are_many() -> None:
    assert plan([exact(EXACT - 10), exact(5)], 6) == (0, True, set())
    assert plan([MILLION, exact(TAIL - 10), exact(5)], 6) == (1, True, set())


def test_a_small_change_never_makes_a_large_coded_segment_again() -> None:
    worn = Size(1_000_000, 10, approximate=True)
    assert plan([MILLION, Size(9000, 9000, approximate=True)], 20) == (2, False, set())
    assert plan([worn, MILLION], 20) == (2, False, set())


def test_a_change_of_half_its_size_makes_a_coded_segment_again() -> None:
    assert plan([Size(40_000, 40_000, approximate=True)], 20_000) == (0, True, set())


def test_exact_segments_are_written_anew_when_a_quarter_is_gone() -> None:
    assert plan([exact(5000, 3750), exact(4000, 2999)], 0) == (2, False, {1})


def test_what_is_wholly_gone_is_dropped() -> None:
    gone = Size(1_000_000, 0, approximate=True)
    assert plan([gone, MILLION], 0) == (2, False, {0})


def test_compact_merges_everything_where_there_are_few() -> None:
    assert plan([exact(5000), exact(100)], 0, compact=True) == (0, False, set())
    assert plan([Size(50_000, 9000, approximate=True)], 0, compact=True) == (0, False, set())


def test_compact_merges_what_stands_outside_a_large_segment() -> None:
    outside = [Size(9000, 9000, approximate=True)] * 3
    assert plan([MILLION, *outside, exact(50)], 0, compact=True) == (1, True, set())


def test_compact_makes_all_again_once_a_quarter_is_outside_or_gone() -> None:
    outside = [Size(9000, 9000, approximate=True)] * 40
    assert plan([MILLION, *outside], 0, compact=True) == (0, True, set())
    worn = Size(1_000_000, 700_000, approximate=True)
    assert plan([worn, exact(50)], 0, compact=True) == (0, True, set())


@pytest.mark.parametrize("segments", [[], [exact(70)], [MILLION], [MILLION, exact(70)]])
def test_compact_writes_nothing_where_nothing_is_gained(segments: list[Size]) -> None:
    assert plan(segments, 0, compact=True) == (len(segments), False, set())


@given(st.lists(st.integers(1, 400), min_size=1, max_size=300))
def test_there_are_never_many_exact_segments(changes: list[int]) -> None:
    """Each segment is more than twice the one after it, so log2 of all of them at most."""
    sizes: list[int] = []
    for added in changes:
        first, is_coded, _ = plan([exact(size) for size in sizes], added)
        if is_coded:
            return
        sizes = [*sizes[:first], sum(sizes[first:]) + added]
    assert all(large > 2 * small for large, small in pairwise(sizes))
