"""The server itself: listens at a socket until it is told to end, and ends in order.

SIGTERM and SIGINT let no new question in, wait for those that are being answered, close what pages
hold open, and free the port. A second one waits for nothing.
"""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from quoth.web.gate import Gate

CONNECTIONS = 1000
"""Open at once; further ones are told to come again."""
IDLE = 75
"""Seconds that a connection stays open without a request: longer than clients and proxies keep
theirs, as one that the server closes while a request is on its way fails that request."""
FINISHING = 10.0
"""Seconds that answers in progress have once the app is to end."""
CLOSING = 3.0
"""Seconds that connections have to close after that."""
_QUIET = 0.3  # seconds without work after which nobody is about to fetch an answer


def run(
    gate: Gate,
    listening: socket.socket,
    *,
    on_ready: Callable[[], None] | None = None,
    on_closing: Callable[[], None] | None = None,
) -> int | None:
    """Serve until a signal comes; the signal (None where `on_ready` has ended it by an error).

    on_ready: called once, when requests are answered. on_closing: called when the last answer is
    given, to close what would stay open for ever.
    """
    config = uvicorn.Config(
        gate,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=int(CLOSING),
    )
    server = _Server(config, gate, on_ready, on_closing)
    with _signals(server.end):
        server.run(sockets=[listening])
    return server.ended_by


class _Server(uvicorn.Server):
    """Ends in order: see the module."""

    def __init__(
        self,
        config: uvicorn.Config,
        gate: Gate,
        on_ready: Callable[[], None] | None,
        on_closing: Callable[[], None] | None,
    ) -> None:
        super().__init__(config)
        self._gate, self._on_ready, self._on_closing = gate, on_ready, on_closing
        self._deadline = self._idle_since = 0.0
        self.ended_by: int | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They are ours: uvicorn would end the process by them again."""
        yield

    def end(self, number: int, frame: FrameType | None = None) -> None:
        """A signal has come."""
        if self.ended_by is None:
            self.ended_by = number
            now = time.monotonic()
            self._deadline, self._idle_since = now + FINISHING, now
            self._gate.is_closing = True
        else:
            self.should_exit = self.force_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start answering, and say so."""
        await super().startup(sockets)
        if self._on_ready is not None:
            self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether it is time to close."""
        if self._gate.is_closing and self._is_finished():
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close all connections and the port."""
        if self._on_closing is not None:
            self._on_closing()
        await super().shutdown(sockets)

    def _is_finished(self) -> bool:
        now = time.monotonic()
        if self._gate.busy:
            self._idle_since = now
        return now > self._deadline or now - self._idle_since > _QUIET


@contextmanager
def _signals(end: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """SIGTERM and SIGINT call `end`, in the main thread, where alone they can be had.

    One that this process was started to ignore, as in a shell's background, stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [signal.SIGINT, signal.SIGTERM]
    heard = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, end) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
