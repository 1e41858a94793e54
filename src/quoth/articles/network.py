"""Connections to checked addresses, within a deadline; the network as httpcore sees it.

httpcore keeps the host's name for TLS and the Host header; only where to connect is decided
here.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

from quoth.articles.addresses import Resolve

Connect = Callable[[str, int, float], httpcore.NetworkStream]
"""(numeric address, port, seconds) → a connection; raises httpcore's errors."""

Left = Callable[[], float]
"""Seconds that are left; raises where there are none."""


def connect_tcp(address: str, port: int, seconds: float) -> httpcore.NetworkStream:
    """A connection to this address itself."""
    return httpcore.SyncBackend().connect_tcp(address, port, timeout=seconds)


class CheckedBackend(httpcore.NetworkBackend):
    """Connects to the addresses that `addresses` finds and checks, the first that answers."""

    def __init__(self, connect: Connect, addresses: Resolve, left: Left) -> None:
        self._connect = connect
        self._addresses = addresses
        self._left = left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        waiting = list(self._addresses(host, port))
        while True:
            address = waiting.pop(0)
            share = self._left() / (len(waiting) + 1)  # so that a silent one leaves some for others
            try:
                return _Timed(self._connect(address, port, share), self._left)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not waiting:
                    raise


class _Timed(httpcore.NetworkStream):
    """A connection whose every step has only the time that is left for all."""

    def __init__(self, stream: httpcore.NetworkStream, left: Left) -> None:
        self._stream = stream
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._left())
        return _Timed(stream, self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
