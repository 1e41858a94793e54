"""Servers on loopback in a thread, and what bad ones do whatever they serve."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar


class Server(ThreadingHTTPServer):
    """On a free port. stopping: what goes on for long ends when it is set."""

    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self.stopping = threading.Event()
        super().__init__(("127.0.0.1", 0), handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what is tested here."""

    @property
    def port(self) -> int:
        return int(self.server_address[1])


S = TypeVar("S", bound=Server)


@contextmanager
def running(server: S) -> Iterator[S]:
    """The server, answering until the block ends."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()


class Handler(BaseHTTPRequestHandler):
    """Says what it is told to, quietly."""

    server: Server
    protocol_version = "HTTP/1.1"
    content_type = "text/html"

    def answer(self, data: bytes, *, status: int = 200, **headers: str) -> None:
        """A whole answer; a header's `_` is `-`, and "" leaves it out."""
        self.send_response(status)
        told = {"content_type": self.content_type, "content_length": str(len(data))} | headers
        for name, value in told.items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def endless(handler: Handler) -> None:
    """Chunks of white space without an end, as fast as they go."""
    handler.answer(b"", content_length="", transfer_encoding="chunked")
    while not handler.server.stopping.is_set():
        handler.wfile.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


def drip(handler: Handler) -> None:
    """A byte now and then, so that no single wait is long."""
    handler.answer(b"", content_length="1000")
    while not handler.server.stopping.wait(0.1):
        handler.wfile.write(b" ")


def cut_off(handler: Handler) -> None:
    """Less than was promised."""
    handler.answer(b'{"half', content_length="1000")
    handler.close_connection = True
