"""Serving an index to assistants: over standard input and output, or over HTTP."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from quoth.errors import UsageError
from quoth.web.allowed import (
    ALL,
    HEALTH,
    READ,
    Routes,
    Rules,
    checked_root,
    is_loopback,
    known_hosts,
)
from quoth.web.auth import login, read_accounts
from quoth.web.bodies import MAX_REQUEST
from quoth.web.listening import address_of, listening
from quoth.web.replies import error_json, reply

if TYPE_CHECKING:
    from quoth.answering import Answerer
    from quoth.web.credentials import Credentials

PATH = "/mcp"
"""Where the server answers over HTTP."""

_ROUTES = Routes(exactly={HEALTH: READ, PATH: ALL}, below={}, typed="/")
_EXTRA = "quoth mcp needs the package 'mcp', which is not installed: pip install 'quoth[mcp]'"


def serve_stdio(
    index_path: str | os.PathLike[str] = "index",
    *,
    reader: str | None = None,
    threshold: float | None = None,
) -> None:
    """Serve the index on standard input and output until the input ends.

    reader, threshold: as for `Answerer`. Standard output carries the protocol alone. SIGINT and
    SIGTERM end the process at once: nothing is being written.
    Raises UsageError where the package is missing, and what `Index.open` does.
    """
    with _answerer(index_path, reader, threshold) as answerer:
        import anyio

        with _interruptible():
            anyio.run(_run_stdio, answerer)


def serve_http(
    index_path: str | os.PathLike[str] = "index",
    *,
    host: str = "127.0.0.1",
    port: int = 7861,
    auth: str | os.PathLike[str] | None = None,
    token: str | os.PathLike[str] | None = None,
    i_know: bool = False,
    root_path: str = "",
    reader: str | None = None,
    threshold: float | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the index over streamable HTTP until SIGTERM, or SIGINT: then KeyboardInterrupt.

    host: a name or address of this computer; one that others can reach needs `auth`, `token` or
    `i_know`. port: 1 to 65535, or 0 for a free one.
    auth: a file of accounts, as for `quoth.web.serve`, shown by HTTP Basic. token: a file with one
    line, shown as a bearer token. root_path, reader, threshold: as for `quoth.web.serve`.
    on_ready: called with the address once the server answers there.
    Raises UsageError for what cannot be used or is not safe, and what `Index.open` does.
    """
    root = checked_root(root_path)
    guards = _credentials(auth, token, host, i_know=i_know)
    with listening(host, port) as place, _answerer(index_path, reader, threshold) as answerer:
        from quoth.web.gate import Gate
        from quoth.web.running import run
        from quoth.web.server import index_report

        rules = Rules(uploads=None, root=root, hosts=known_hosts(host, root), routes=_ROUTES)
        gate = Gate(
            _http_app(answerer, guards),
            rules,
            lambda: index_report(answerer.index),
            max_upload=MAX_REQUEST,
        )
        address = f"{address_of(place, rules.prefix).rstrip('/')}{PATH}"
        ended_by = run(
            gate, place, on_ready=None if on_ready is None else lambda: on_ready(address)
        )
    if ended_by == signal.SIGINT:
        raise KeyboardInterrupt


@contextmanager
def _answerer(
    index_path: str | os.PathLike[str], reader: str | None, threshold: float | None
) -> Iterator[Answerer]:
    """One over the index, which is open meanwhile. Raises UsageError where the extra is missing."""
    if find_spec("mcp") is None:
        raise UsageError(_EXTRA)
    from quoth.answering import Answerer
    from quoth.index import Index

    with Index.open(index_path) as index:
        yield Answerer(index, reader=reader, threshold=threshold)


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGINT ends the process itself: an exception would wait for the thread that waits for input.

    Handlers are had in the main thread alone; one that ignores the signal stays.
    """
    before = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or before is signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


async def _run_stdio(answerer: Answerer) -> None:
    from mcp.server.stdio import stdio_server

    from quoth.mcp.server import create_server

    server = create_server(answerer)
    async with stdio_server() as (received, sent):
        await server.run(received, sent, server.create_initialization_options())


def _credentials(
    auth: str | os.PathLike[str] | None,
    token: str | os.PathLike[str] | None,
    host: str,
    *,
    i_know: bool,
) -> Credentials:
    """Whom to let in. Raises UsageError where that is not safe."""
    from quoth.web.credentials import Credentials, read_token

    if auth is None and token is None and not i_know and not is_loopback(host):
        raise UsageError(
            f"host {host!r} can be reached by others: give --auth FILE (made with 'quoth account "
            "FILE NAME') or --token FILE, or --i-know if all who reach it may read everything"
        )
    return Credentials(
        accounts=None if auth is None else login(read_accounts(auth)),
        token="" if token is None else read_token(token),
    )


def _http_app(answerer: Answerer, guards: Credentials) -> Any:
    """The ASGI app; the gate before it checks hosts, origins and sizes."""
    from mcp.server.transport_security import TransportSecuritySettings

    from quoth.mcp.server import create_server
    from quoth.web.credentials import Guarded

    app = create_server(answerer).streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,  # each call has one answer: no stream stays open, and no session
        stateless_http=True,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    return Guarded(_posted(app), guards)


def _posted(app: Any) -> Any:
    """`app` for POST alone: where there are no sessions, there is nothing to listen to or end."""

    async def passing(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["method"] != "POST":
            told = error_json("method_not_allowed", f"there is no {scope['method']} here: use POST")
            await reply(send, 405, told, headers=[(b"allow", b"POST")])
        else:
            await app(scope, receive, send)

    return passing
