"""One request for one page: its answer's body with limits on size and time.

Imported by `fetching` on use, as it imports httpcore.
"""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

import httpcore
import httpx

import quoth
from quoth.articles.addresses import Resolve, check_public, resolve_within
from quoth.articles.network import CheckedBackend, Connect, connect_tcp
from quoth.articles.options import MEGABYTE
from quoth.errors import ArticleError
from quoth.text import one_line

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ACCEPTED = "text/html, application/xhtml+xml, text/markdown, text/plain, application/pdf"


@dataclass(frozen=True, slots=True)
class Limits:
    """Of a whole fetch, all redirects together. until: by `time.monotonic`."""

    max_bytes: int
    until: float
    max_seconds: float

    @classmethod
    def from_now(cls, max_bytes: int, max_seconds: float) -> Limits:
        """The limits of a fetch that begins now."""
        return cls(max_bytes, time.monotonic() + max_seconds, max_seconds)

    def left(self) -> float:
        """Seconds that are left. Raises ArticleError if there are none."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise ArticleError(self.too_slow())
        return left

    def too_slow(self) -> str:
        """What to say when the time is over."""
        return f"it takes more than {self.max_seconds:g} seconds"

    def check(self, size: int) -> None:
        """Raises ArticleError if so many bytes are too many."""
        if size > self.max_bytes:
            raise ArticleError(f"it has more than {self.max_bytes / MEGABYTE:,.1f} MiB")


@dataclass(frozen=True, slots=True)
class Network:
    """How the network is used. trust: whose certificates are believed; None is httpcore's."""

    resolve: Resolve
    connect: Connect | None
    allow_private: bool
    limits: Limits
    trust: ssl.SSLContext | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said: where to go instead, or a page and what it is."""

    location: str = ""
    content_type: str = ""
    data: bytes = b""


def get(url: httpx.URL, network: Network) -> Reply:
    """The page at `url`, or where it redirects to. Raises ArticleError if it is neither."""
    with _responses(url, network) as response:
        headers = {name.lower().decode(): _decoded(value) for name, value in response.headers}
        location = headers.get("location", "")
        if response.status in _REDIRECTS and location:
            return Reply(location=location)
        if response.status != HTTPStatus.OK:
            raise ArticleError(f"the server says {_status(response.status)}")
        packing = headers.get("content-encoding", "").strip().lower()
        if headers.get("content-length", "").isdecimal():
            network.limits.check(int(headers["content-length"]))
        data = _body(response.iter_stream(), packing, network.limits)
        return Reply(content_type=headers.get("content-type", ""), data=data)


@contextmanager
def _responses(url: httpx.URL, network: Network) -> Iterator[httpcore.Response]:
    headers: dict[bytes | str, bytes | str] = {
        "Host": url.netloc.decode("ascii"),
        "User-Agent": f"quoth/{quoth.__version__}",
        "Accept": _ACCEPTED,
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }
    backend = CheckedBackend(
        network.connect or connect_tcp, _checked_addresses(network), network.limits.left
    )
    place = httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )
    try:
        with (
            httpcore.ConnectionPool(ssl_context=network.trust, network_backend=backend) as pool,
            pool.stream("GET", place, headers=headers) as response,
        ):
            yield response
    except httpcore.TimeoutException as error:
        raise ArticleError(network.limits.too_slow()) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        said = one_line(str(error), 150) or type(error).__name__
        raise ArticleError(f"the connection failed: {said}") from error


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _checked_addresses(network: Network) -> Resolve:
    def addresses(host: str, port: int) -> list[str]:
        found = resolve_within(network.limits.left(), network.resolve, host, port)
        if not network.allow_private:
            check_public(host, found)
        return list(found)

    return addresses


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


# --- Its body ---


def _body(chunks: Iterable[bytes], packing: str, limits: Limits) -> bytes:
    if packing in ("", "identity"):
        return b"".join(_within(chunks, limits))
    if packing not in ("gzip", "x-gzip"):
        raise ArticleError(f"it is packed as '{one_line(packing, 60)}': expected gzip or nothing")
    return b"".join(_within(_unpacked(_within(chunks, limits), limits.max_bytes + 1), limits))


def _within(chunks: Iterable[bytes], limits: Limits) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        limits.left()
        size += len(chunk)
        limits.check(size)
        yield chunk


def _unpacked(chunks: Iterable[bytes], at_once: int) -> Iterator[bytes]:
    """The gzip stream's content, never more than `at_once` bytes for one chunk of it."""
    unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        for chunk in chunks:
            while chunk and not unpacking.eof:
                yield unpacking.decompress(chunk, at_once)
                chunk = unpacking.unconsumed_tail
    except zlib.error as error:
        raise ArticleError(f"it cannot be unpacked: {one_line(str(error), 100)}") from error
    if not unpacking.eof:
        raise ArticleError("it ends in the middle of what was packed")
