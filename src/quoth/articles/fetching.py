"""One page of the web → its bytes, with limits on where, how much and how long.

Only http and https; each host's name is looked up once and the connection goes to an address
that was checked, so that a second answer of the name server changes nothing. Any port is fine
on a public host: pages are served on many, the request is a plain GET, and what it could reach
there anyone can. Proxies of the environment are not asked, since they would connect unchecked.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quoth.articles.addresses import Resolve, resolve_name
from quoth.articles.options import MEGABYTE
from quoth.errors import ArticleError
from quoth.text import one_line

if TYPE_CHECKING:
    import httpx

    from quoth.articles.network import Connect
    from quoth.articles.requesting import Network

MAX_BYTES = 20 * MEGABYTE
MAX_SECONDS = 30.0
MAX_REDIRECTS = 5
_ADDRESS_CHARACTERS = 2_000
_SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "application/pdf": ".pdf",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched. address: the last one, after redirects, without its fragment.

    content_type: as the server named it, `text/html; charset=utf-8`. data: unpacked.
    """

    address: str
    content_type: str
    data: bytes


def fetch(
    address: str,
    *,
    allow_private: bool = False,
    max_bytes: int = MAX_BYTES,
    max_seconds: float = MAX_SECONDS,
    max_redirects: int = MAX_REDIRECTS,
    resolve: Resolve = resolve_name,
    connect: Connect | None = None,
    trust: ssl.SSLContext | None = None,
) -> Fetched:
    """The page at `address`.

    allow_private: also from addresses that are not of the public internet, as this machine's.
    max_bytes: of the page, packed and unpacked. max_seconds: for all of it. trust: whose
    certificates are believed; None is the system's and certifi's. resolve, connect: the network.

    Raises:
        ArticleError: whatever keeps it from being fetched, on one line that names the address.
    """
    from quoth.articles.requesting import Limits, Network

    limits = Limits.from_now(max_bytes, max_seconds)
    network = Network(resolve, connect, allow_private, limits, trust)
    try:
        return _follow(_checked(address), network, max_redirects)
    except ArticleError as error:
        raise ArticleError(f"cannot fetch '{one_line(address, 200)}': {error}") from error


def source_of(address: str) -> str:
    """The source of a page: its address as it was given, without the fragment."""
    return address.strip().partition("#")[0]


def fetched_file(fetched: Fetched) -> tuple[bytes, str]:
    """The page as a file's bytes and suffix. A character set that the server named is applied.

    Raises:
        ArticleError: the page is of a kind that is not read.
    """
    kind, _, parameters = fetched.content_type.partition(";")
    kind = kind.strip().lower()
    suffix = _SUFFIXES.get(kind)
    if suffix is None:
        what = f"it is {one_line(kind, 100)}" if kind else "the server does not say what it is"
        raise ArticleError(f"{what}: expected a web page, text or a PDF file")
    if suffix == ".txt" and fetched.address.lower().endswith((".md", ".markdown")):
        suffix = ".md"
    return (fetched.data if suffix == ".pdf" else _utf8(fetched.data, parameters)), suffix


def _utf8(data: bytes, parameters: str) -> bytes:
    """The text in UTF-8 with its mark, where the server named a character set that fits.

    Latin-1 and ASCII mean Windows-1252, as on all pages (WHATWG, Encoding Standard, 4.2).
    """
    pairs = (one.partition("=") for one in parameters.split(";"))
    named = {name.strip().lower(): value.strip().strip("\"'").lower() for name, _, value in pairs}
    charset = named.get("charset", "")
    charset = "cp1252" if charset in ("iso-8859-1", "latin1", "us-ascii", "ascii") else charset
    try:
        return data.decode(charset).encode("utf-8-sig") if charset else data
    except (LookupError, UnicodeError, ValueError):
        return data  # the format's own signs decide


# --- From address to address ---


def _follow(url: httpx.URL, network: Network, max_redirects: int) -> Fetched:
    from quoth.articles.requesting import get

    seen = [url]
    while True:
        reply = get(url, network)
        if not reply.location:
            return Fetched(str(url), reply.content_type, reply.data)
        url = _redirected(url, reply.location)
        if url in seen:
            raise ArticleError(f"it redirects in a circle, to '{one_line(str(url), 200)}'")
        if len(seen) > max_redirects:
            raise ArticleError(f"it redirects more than {max_redirects} times")
        seen.append(url)


def _checked(address: str) -> httpx.URL:
    """The address in its parts, if it is one of the web. Raises ArticleError."""
    import httpx

    if len(address) > _ADDRESS_CHARACTERS:
        raise ArticleError(f"an address of more than {_ADDRESS_CHARACTERS:,} characters")
    try:
        url = httpx.URL(address.strip()).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as error:
        raise ArticleError(f"it is no address: {one_line(str(error), 100)}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise ArticleError("expected an address that begins with http:// or https://")
    if url.port is not None and not 0 < url.port < 65536:
        raise ArticleError(f"there is no port {url.port}: it is 1 to 65535")
    if url.userinfo:
        raise ArticleError("it holds a name or password: leave them out")
    return url


def _redirected(url: httpx.URL, location: str) -> httpx.URL:
    import httpx

    try:
        following = _checked(str(url.join(location)))
        if url.scheme == "https" and following.scheme == "http":
            raise ArticleError("that is not encrypted: give it yourself if you mean it")
    except (ArticleError, ValueError, httpx.InvalidURL) as error:
        to = one_line(location, 200)
        raise ArticleError(f"it redirects to '{to}': {one_line(str(error), 200)}") from error
    return following
