"""`serve`: the browser app at an address, until it is interrupted."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from quoth.errors import UsageError
from quoth.web.auth import Login, login, read_accounts

if TYPE_CHECKING:
    import gradio as gr

SESSIONS = 1000
"""Visitors whose last answer is remembered; the one longest away is forgotten first."""


def serve(
    index_path: str | os.PathLike[str] = "index",
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    auth: str | os.PathLike[str] | None = None,
    reader: str | None = None,
    threshold: float | None = None,
    examples: Sequence[str] | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the index until KeyboardInterrupt, which is raised again once all is closed.

    host: a name or address of this computer; one that others can reach needs `auth`.
    port: 1 to 65535, or 0 for a free one.
    auth: a file of `name:bcrypt-hash` lines (`htpasswd -B`); only these may come in.
    reader, threshold: as for `Answerer`.
    examples: the questions offered; by default those of a question set beside the articles, or
    made from their headings.
    on_ready: called with the address once the app answers there.
    Raises UsageError for a host, port or accounts that cannot be used, and what `Index.open` does.
    """
    accounts = None if auth is None else login(read_accounts(auth))
    if accounts is None and not _is_loopback(host):
        raise UsageError(
            f"host {host!r} can be reached by others: give --auth FILE "
            "(made with 'htpasswd -cB FILE NAME'), or leave --host out"
        )
    port = _usable_port(host, port)
    from quoth.index import Index

    with Index.open(index_path) as index:
        from quoth.answering import Answerer

        answerer = Answerer(index, reader=reader, threshold=threshold)
        answerer.ask("warming up")  # so that the first question waits for nothing
        from quoth.web.app import create_app  # brings Gradio, which nobody needs for an error

        app = create_app(index, answerer=answerer, examples=examples)
        _run(app, host, port, accounts, on_ready)


def _run(
    app: gr.Blocks,
    host: str,
    port: int,
    accounts: Login | None,
    on_ready: Callable[[str], None] | None,
) -> None:
    address = _launch(app, host, port, accounts)
    try:
        if on_ready is not None:
            on_ready(address)
        app.server.thread.join()
    finally:
        app.close(verbose=False)


def _launch(app: gr.Blocks, host: str, port: int, accounts: Login | None) -> str:
    """Start answering in another thread; the address."""
    from quoth.web import looks

    try:
        _, address, _ = app.launch(
            server_name=f"[{host}]" if ":" in host else host,
            server_port=port,
            auth=accounts,  # type: ignore[arg-type]  # awaited, though Gradio's types do not say so
            prevent_thread_lock=True,
            quiet=True,
            share=False,
            ssr_mode=False,
            pwa=False,
            mcp_server=False,
            enable_monitoring=False,
            max_file_size=64 * 2**20,
            state_session_capacity=SESSIONS,
            run_history=False,
            footer_links=[],
            theme=looks.theme(),
            head=looks.head(),
            favicon_path=looks.FAVICON,
        )
    except OSError as error:
        raise _unusable(host, port, error) from error
    return address


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _usable_port(host: str, port: int) -> int:
    """The port, or a free one for 0; UsageError if it cannot be listened on."""
    if not 0 <= port <= 65535:
        raise UsageError(f"port {port} does not exist: choose --port from 1 to 65535")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except socket.gaierror as error:
        raise UsageError(f"host {host!r} is not known: give an address of this computer") from error
    except PermissionError as error:
        raise UsageError(f"port {port} may not be used by you: choose --port above 1023") from error
    except OSError as error:
        raise _unusable(host, port, error) from error


def _unusable(host: str, port: int, error: OSError) -> UsageError:
    reason = error.strerror or "something else does"
    return UsageError(f"cannot listen at {host}:{port} ({reason}): choose another --port")
