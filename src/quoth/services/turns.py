"""So many at once: work in threads, of which a few run and some wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from quoth.services.failures import BusyError

AT_ONCE = 4
"""Questions that are answered at the same time."""
WAITING = 64
"""Questions that may wait for that."""

_Result = TypeVar("_Result")


class Turns:
    """Gives each piece of work its turn, in the order in which they came."""

    def __init__(self, *, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._limiter, self._waiting = CapacityLimiter(at_once), waiting

    def require_room(self) -> None:
        """Raises BusyError if no more may wait."""
        if self._limiter.statistics().tasks_waiting >= self._waiting:
            raise BusyError(f"{self._waiting} others wait already: ask again in a moment")

    async def take(self, work: Callable[[], _Result]) -> _Result:
        """What `work` gives, from a thread. Raises BusyError, and what it raises.

        A turn ends with the work, also where nobody waits for what it gives any more.
        """
        self.require_room()
        return await to_thread.run_sync(work, limiter=self._limiter)
