"""Pure: which requests the app answers, and for whom.

Gradio answers much that these pages never ask for: a proxy, its files, its monitoring, calls past
the queue. What is not in the tables here does not exist for the outside.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from quoth.errors import UsageError

API = "/gradio_api"
FILE = f"{API}/file="
UPLOAD = f"{API}/upload"
HEALTH = "/health"
HEARTBEAT = f"{API}/heartbeat/"
JSON_API = "/api/v1"
"""Before the paths of `quoth.web.api`."""

READ = frozenset({"GET", "HEAD"})
"""What changes nothing."""
_SENT = frozenset({"POST"})
ALL = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"})
"""Where what is served says itself which methods it takes."""
_EXACTLY = {
    "/": READ,
    HEALTH: READ,
    "/config": READ,
    "/theme.css": READ,
    "/favicon.ico": READ,
    "/robots.txt": READ,
    "/login": _SENT,
    "/logout": READ,
    f"{API}/app_id": READ,
    f"{API}/login_check": READ,
    f"{API}/info": READ,
    f"{API}/theme.css": READ,
    f"{API}/queue/join": _SENT,
    f"{API}/queue/data": READ,
    f"{API}/cancel": _SENT,
    f"{API}/reset": _SENT,
    f"{API}/upload_progress": READ,
    UPLOAD: _SENT,
}
_BELOW = {
    "/assets/": READ,
    "/static/": READ,
    "/svelte/": READ,
    FILE: READ,
    HEARTBEAT: READ,
    f"{API}/call/": READ | _SENT,
    f"{JSON_API}/": ALL,
}
_LONGEST = 255  # bytes of a file's name
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Headers = Mapping[bytes, bytes]
"""A request's headers by their names in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Which paths are answered, with the methods of each.

    below: for all that begin so. typed: what the paths begin with of which even a refusal is JSON
    for programs (`replies.error_json`).
    """

    exactly: Mapping[str, frozenset[str]]
    below: Mapping[str, frozenset[str]]
    typed: str

    def methods(self, path: str) -> frozenset[str]:
        """The methods that are answered there; none where there is nothing."""
        below = (methods for start, methods in self.below.items() if path.startswith(start))
        return self.exactly.get(path) or next(below, frozenset())


APP = Routes(exactly=_EXACTLY, below=_BELOW, typed=f"{JSON_API}/")
"""The browser app's, and those of the JSON API beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the outside may do.

    uploads: the only folder whose files are sent; None for no file at all. root: what comes before
    every path where a proxy puts something there, such as `/quoth`, or the whole address of the
    app, such as `https://example.org/quoth`; "" for none. hosts: the names the app answers to;
    None for any. read_only: nothing may be uploaded. routes: what is answered.
    """

    uploads: Path | None
    root: str = ""
    hosts: frozenset[str] | None = None
    read_only: bool = False
    routes: Routes = APP

    @property
    def prefix(self) -> str:
        """The path of `root`: `/quoth`."""
        return urlsplit(self.root).path if "://" in self.root else self.root


def checked_root(root: str) -> str:
    """`root` without a slash at its end. Raises UsageError if it is no path and no address."""
    parts = urlsplit(root)
    is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
    is_path = root.startswith("/") and not parts.netloc
    plain = posixpath.normpath(parts.path or "/") == (parts.path.rstrip("/") or "/")
    if root and not ((is_address or is_path) and plain and not parts.query and not parts.fragment):
        raise UsageError(
            f"root path {root!r} is no path and no address: give --root-path such as /quoth or "
            "https://example.org/quoth"
        )
    return root.rstrip("/")


def known_hosts(host: str, root: str) -> frozenset[str] | None:
    """The names that the app answers to, None for any, where it listens at `host`.

    A page of another name that leads to this computer (DNS rebinding) must not read the articles.
    Others than this computer may know it by names that nobody told us.
    """
    named = urlsplit(root).hostname if "://" in root else None
    if named:
        return _LOOPBACK | {host.lower(), named}
    return None if root or not is_loopback(host) else _LOOPBACK | {host.lower()}


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches what listens at `host`."""
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def inner_path(path: str, prefix: str) -> str:
    """`path` without `prefix`, which some proxies leave there and others take away."""
    if prefix and path == prefix:
        return "/"
    return path.removeprefix(prefix) if prefix and path.startswith(f"{prefix}/") else path


def is_allowed(method: str, path: str, rules: Rules) -> bool:
    """Whether the app answers this. path: decoded, and without the prefix."""
    if method not in rules.routes.methods(path) or not _is_plain(path):
        return False
    if path == UPLOAD:
        return not rules.read_only
    return not path.startswith(FILE) or _is_within(path.removeprefix(FILE), rules.uploads)


def is_known_host(headers: Headers, rules: Rules) -> bool:
    """Whether the request names the app by a name of its own."""
    return rules.hosts is None or _hostname(headers.get(b"host", b"")) in rules.hosts


def is_foreign(path: str, headers: Headers, rules: Rules) -> bool:
    """Whether a page of another origin sends the request; a link to the app's page may.

    By Sec-Fetch-Site, which no script can set, and where a browser leaves that out (it does so
    without https) by Origin.
    """
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site not in (b"same-origin", b"none") and path != "/"
    origin = headers.get(b"origin")
    return origin is not None and _authority(origin) not in _own_authorities(headers, rules)


def _is_plain(path: str) -> bool:
    if path.startswith(FILE):
        return True  # it is looked for on the disk
    steps = path.split("/")
    fits = all(len(step.encode("utf-8", "replace")) <= _LONGEST for step in steps)
    return fits and not {".", ".."} & {*steps} and "\\" not in path and path.isprintable()


def _is_within(path: str, folder: Path | None) -> bool:
    """Whether the file is in the folder, links followed."""
    if folder is None:
        return False
    try:
        found = Path(path).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        return False
    return found.is_file() and found.is_relative_to(folder.resolve())


def _own_authorities(headers: Headers, rules: Rules) -> set[str]:
    named = [headers.get(b"host", b"")]
    if rules.root:  # only a proxy's word is taken
        named.append(headers.get(b"x-forwarded-host", b"").partition(b",")[0].strip())
    own = {name.decode("latin-1").lower() for name in named if name}
    return own | ({urlsplit(rules.root).netloc.lower()} if "://" in rules.root else set())


def _authority(origin: bytes) -> str:
    """`example.org:8000` of `https://example.org:8000`; "" for `null`."""
    return urlsplit(origin.decode("latin-1")).netloc.lower()


def _hostname(host: bytes) -> str:
    try:
        return urlsplit(f"//{host.decode('latin-1')}").hostname or ""
    except ValueError:
        return ""
