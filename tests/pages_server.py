"""A server on loopback whose pages are what good and bad servers say."""

from __future__ import annotations

import gzip
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager

import loopback

PAGE = b"<html><title>Ships</title><p>They sail.</p></html>"
REDIRECTS = {
    "/to-page": "/page#part",
    "/to-file": "file:///etc/passwd",
    "/to-private": "http://inner.test/",
    "/to-loopback": "http://127.0.0.1/page",
    "/to-password": "http://me:secret@public.test/",
    "/to-nothing": "http://[1]/",
    "/to-plain": "http://public.test/page",
    "/round": "/round-again",
    "/round-again": "/round",
    **{f"/hop{number}": f"/hop{number + 1}" for number in range(9)},
}


class Server(loopback.Server):
    """Counts what it is asked for: (path, headers)."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        super().__init__(Pages)


class Pages(loopback.Handler):
    """Answers by the path."""

    server: Server

    def do_GET(self) -> None:  # noqa: N802 - the name is http.server's
        """The page of this path, a redirect, or 404."""
        self.server.asked.append((self.path, dict(self.headers)))
        if self.path in REDIRECTS:
            self.answer(b"", status=302, location=REDIRECTS[self.path])
        elif self.path in PAGES:
            PAGES[self.path](self)
        else:
            self.answer(b"Nothing.", status=404)


def drip_head(pages: Pages) -> None:
    """A byte now and then, before the page even begins."""
    pages.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
    while not pages.server.stopping.wait(0.1):
        pages.wfile.write(b"x")


def endless_head(pages: Pages) -> None:
    """Header upon header."""
    pages.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not pages.server.stopping.is_set():
        pages.wfile.write(b"x: y\r\n" * 1000)


def informed(pages: Pages) -> None:
    """Only ever about to answer."""
    while not pages.server.stopping.wait(0.01):
        pages.wfile.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")


def silent(pages: Pages) -> None:
    """No answer at all."""
    pages.server.stopping.wait(60)


def no_http(pages: Pages) -> None:
    """Something else."""
    pages.wfile.write(b"220 mail.example ESMTP\r\n")
    pages.close_connection = True


def bomb(pages: Pages) -> None:
    """256 MiB in about one."""
    pages.answer(BOMB, content_encoding="gzip")


BOMB = gzip.compress(b"\0" * 2**28, 1)
PACKED = gzip.compress(PAGE)
PAGES: dict[str, Callable[[Pages], None]] = {
    "/page": lambda pages: pages.answer(PAGE, content_type="text/html; charset=utf-8"),
    "/packed": lambda pages: pages.answer(PACKED, content_encoding="gzip"),
    "/half-packed": lambda pages: pages.answer(PACKED[:-9], content_encoding="gzip"),
    "/not-packed": lambda pages: pages.answer(PAGE, content_encoding="gzip"),
    "/other-packed": lambda pages: pages.answer(PAGE, content_encoding="br"),
    "/large": lambda pages: pages.answer(b"x" * 2**21),
    "/promised": lambda pages: pages.answer(b"", content_length=str(10**15)),
    "/picture": lambda pages: pages.answer(b"\x89PNG", content_type="image/png"),
    "/untyped": lambda pages: pages.answer(PAGE, content_type=""),
    "/teapot": lambda pages: pages.answer(b"", status=418),
    "/strange": lambda pages: pages.answer(b"", status=799),
    "/lost": lambda pages: pages.answer(b"", status=302),
    "/cookie": lambda pages: pages.answer(b"", status=302, location="/page", set_cookie="a=b"),
    "/endless": loopback.endless,
    "/drip": loopback.drip,
    "/drip-head": drip_head,
    "/endless-head": endless_head,
    "/informed": informed,
    "/silent": silent,
    "/cut-off": loopback.cut_off,
    "/no-http": no_http,
    "/bomb": bomb,
}


def serving(certificate: ssl.SSLContext | None = None) -> AbstractContextManager[Server]:
    """The server, running until the block ends."""
    server = Server()
    if certificate is not None:
        server.socket = certificate.wrap_socket(server.socket, server_side=True)
    return loopback.running(server)
