"""A deadline that is cheap to set and to clear, thousands of times.

A `threading.Timer` starts a thread each time, which takes longer than many a file. Here one
thread sleeps until the deadline it last saw, looks whether that has moved, and ends when there
is none.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_LONGEST_SLEEP = 3600.0


class Deadline:
    """Calls `act`, in a thread of its own, should a deadline pass before it is cleared."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act
        self._changed = threading.Condition()
        self._due: float | None = None
        self._wakes = 0.0
        self._thread: threading.Thread | None = None

    def set(self, seconds: float) -> None:
        """`act` is due in so many seconds."""
        with self._changed:
            self._due = time.monotonic() + seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, daemon=True)
                self._thread.start()
            elif self._due < self._wakes:
                self._changed.notify()

    def clear(self) -> None:
        """Nothing is due. When this returns, `act` is done or will not be called."""
        with self._changed:
            self._due = None

    def stop(self) -> None:
        """As `clear`, and the thread ends now, not when it wakes."""
        with self._changed:
            self._due = None
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while self._due is not None:
                left = self._due - time.monotonic()
                if left <= 0:
                    self._due = None
                    self._act()
                    break
                self._wakes = self._due
                self._changed.wait(min(left, _LONGEST_SLEEP))
            self._thread = None
