"""Each moment of a timed block belongs to one stage, and together they are all of it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from conftest import Run

import quoth
from quoth.timing import REST, stage


def sleep(milliseconds: int) -> None:
    time.sleep(milliseconds / 1000)


def test_a_stage_does_not_count_what_a_stage_inside_it_takes() -> None:
    start = time.perf_counter()
    with quoth.timings() as taken:
        sleep(10)
        with stage("outer"):
            sleep(20)
            with stage("inner"):
                sleep(40)
    together = (time.perf_counter() - start) * 1000
    assert list(taken) == [REST, "outer", "inner"]
    assert taken[REST] >= 10
    assert taken["outer"] >= 20
    assert taken["inner"] >= 40
    assert sum(taken.values()) == pytest.approx(together, abs=1)


def test_a_stage_that_runs_twice_is_added_up() -> None:
    with quoth.timings() as taken:
        for _ in range(2):
            with stage("again"):
                sleep(10)
    assert taken["again"] >= 20


def test_a_stage_that_fails_is_counted_and_over() -> None:
    with quoth.timings() as taken:
        with pytest.raises(ValueError, match="no"), stage("failing"):
            raise ValueError("no")
        sleep(10)
    assert taken["failing"] < 10 <= taken[REST]


def test_without_a_listener_nothing_is_kept() -> None:
    with stage("unheard"):
        pass
    with quoth.timings() as taken:
        pass
    assert "unheard" not in taken


def test_each_of_two_listeners_hears_its_own_block() -> None:
    with quoth.timings() as outer:
        with quoth.timings() as inner, stage("inside"):
            pass
        with stage("outside"):
            pass
    assert "inside" in inner
    assert "outside" in outer
    assert "inside" not in outer


def test_the_command_line_says_where_the_time_went(run_quoth: Run, seeds_index: Path) -> None:
    """On standard error, so that what is printed stays as it is; what reading took is told."""
    asked = ("ask", "Who supplies drones?", "--index", seeds_index, "--quotes", 1)
    plain, timed = run_quoth(*asked), run_quoth(*asked, "--timings")
    assert timed.stdout == plain.stdout
    *rows, last = [line.split(" ms  ") for line in timed.stderr.splitlines()]
    spent = {name: float(number) for number, name in rows}
    assert {"reading", "embedding the question", "searching by meaning"} <= set(spent)
    assert last[1] == "together"
    assert float(last[0]) == pytest.approx(sum(spent.values()), abs=1)
    assert list(spent.values()) == sorted(spent.values(), reverse=True)
