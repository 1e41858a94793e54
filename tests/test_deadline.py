"""A deadline passes once, in time, and not after it is cleared."""

from __future__ import annotations

import threading
import time

from quoth.articles.deadline import Deadline


def started(before: int) -> int:
    """How many threads were started since there were `before`."""
    return threading.active_count() - before


def test_it_passes_in_time() -> None:
    passed = threading.Event()
    began = time.monotonic()
    Deadline(passed.set).set(0.2)
    assert passed.wait(10)
    assert 0.2 <= time.monotonic() - began < 5


def test_one_that_is_cleared_or_moved_does_not_pass() -> None:
    acts: list[float] = []
    deadline = Deadline(lambda: acts.append(time.monotonic()))
    deadline.set(0.1)
    deadline.clear()
    time.sleep(0.3)
    assert acts == []
    began = time.monotonic()
    deadline.set(0.1)
    deadline.set(0.5)
    time.sleep(0.3)
    assert acts == []
    time.sleep(0.4)
    assert [round(act - began, 1) >= 0.5 for act in acts] == [True]


def test_a_sooner_one_is_not_slept_through() -> None:
    passed = threading.Event()
    deadline = Deadline(passed.set)
    deadline.set(1000)
    deadline.set(0.1)
    assert passed.wait(10)


def test_many_deadlines_take_one_thread_and_stopping_ends_it() -> None:
    before = threading.active_count()
    deadline = Deadline(lambda: None)
    for _ in range(1000):
        deadline.set(60)
        deadline.clear()
    assert started(before) == 1
    deadline.stop()
    for _ in range(100):
        if started(before):
            time.sleep(0.05)
    assert started(before) == 0


def test_it_can_be_set_again_after_it_passed() -> None:
    passed = threading.Event()
    deadline = Deadline(passed.set)
    for _ in range(2):
        passed.clear()
        deadline.set(0.05)
        assert passed.wait(10)
