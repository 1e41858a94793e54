"""How new the state is that a search has to see."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

STRONG, BOUNDED = "Strong", "Bounded"
_SETTLES_IN = 10.0  # seconds; what Milvus calls bounded is 5 behind at most


class Consistency:
    """Strong for a state that is new to this process, which costs 0.2 s; bounded afterwards."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._generation: str | None = None
        self._since = 0.0

    def level(self, generation: str) -> str:
        """The level of a search at that generation of the store."""
        with self._lock:
            now = self._clock()
            if generation != self._generation:
                self._generation, self._since = generation, now
            return STRONG if now - self._since < _SETTLES_IN else BOUNDED
