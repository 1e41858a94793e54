"""Where the time of a question goes: stages, timed while somebody listens."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

REST = "the rest"
"""What is spent in no stage."""


class _Clock:
    """Each moment belongs to the innermost stage that runs."""

    def __init__(self) -> None:
        self.taken: dict[str, float] = {}
        self._running: list[str] = []
        self._since = 0.0

    def begin(self, name: str) -> None:
        self._book()
        self._running.append(name)

    def end(self) -> None:
        self._book()
        self._running.pop()

    def _book(self) -> None:
        now = time.perf_counter()
        if self._running:
            inner = self._running[-1]
            self.taken[inner] = self.taken.get(inner, 0.0) + (now - self._since) * 1000
        self._since = now


_clock: ContextVar[_Clock | None] = ContextVar("quoth_clock", default=None)


@contextmanager
def timings() -> Iterator[dict[str, float]]:
    """Stage → milliseconds, filled while the block runs: what this thread does or waits for.

    What is done in no stage counts as `REST`; together they are the time of the block.
    """
    clock = _Clock()
    before = _clock.set(clock)
    clock.begin(REST)
    try:
        yield clock.taken
    finally:
        clock.end()
        _clock.reset(before)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """What the block does belongs to that stage, if anybody is timing."""
    clock = _clock.get()
    if clock is None:
        yield
        return
    clock.begin(name)
    try:
        yield
    finally:
        clock.end()
