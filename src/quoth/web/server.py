"""`serve`: the browser app at an address, until it is told to end."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from quoth.errors import UsageError
from quoth.web.allowed import Rules, checked_root, is_loopback, known_hosts
from quoth.web.auth import Login, login, read_accounts
from quoth.web.bodies import MEGABYTE
from quoth.web.importing import import_gradio
from quoth.web.listening import address_of, listening

if TYPE_CHECKING:
    import gradio as gr

    from quoth.answering import Answerer
    from quoth.index import Index
    from quoth.phrasing import Phraser

MAX_UPLOAD = 256
"""Megabytes of all files that are uploaded at once."""


def serve(
    index_path: str | os.PathLike[str] = "index",
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    auth: str | os.PathLike[str] | None = None,
    i_know: bool = False,
    root_path: str = "",
    read_only: bool = False,
    max_upload: int = MAX_UPLOAD,
    reader: str | None = None,
    threshold: float | None = None,
    examples: Sequence[str] | None = None,
    phraser: Phraser | None = None,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the index until SIGTERM, or SIGINT, which is raised as KeyboardInterrupt at the end.

    host: a name or address of this computer; one that others can reach needs `auth` or `i_know`.
    port: 1 to 65535, or 0 for a free one.
    auth: a file of `name:bcrypt-hash` lines (`quoth account`, `htpasswd -B`); only these may
    come in.
    i_know: that whoever reaches the host may ask and read everything.
    root_path: what a proxy puts before every path, or the address it gives the app.
    read_only: articles can be neither added nor removed.
    max_upload: megabytes of one upload, at least 1.
    reader, threshold: as for `Answerer`.
    examples: the questions offered; by default those of a question set beside the articles, or
    made from their headings.
    phraser: what phrases an answer above the quotes; None for nothing.
    on_ready: called with the address once the app answers there.
    Raises UsageError for a host, port, path or accounts that cannot be used, and what `Index.open`
    does.
    """
    root = checked_root(root_path)
    accounts = _accounts(auth, host, i_know=i_know)
    if max_upload < 1:
        raise UsageError(f"max_upload is {max_upload}: give at least 1 (MB)")
    with listening(host, port) as place, _private_folder() as uploads:
        rules = Rules(
            uploads=uploads, root=root, hosts=known_hosts(host, root), read_only=read_only
        )
        with _answering(index_path, reader, threshold) as answerer:
            app = _page(answerer, examples=examples, read_only=read_only, phraser=phraser)
            ended_by = _run(app, answerer, place, rules, accounts, max_upload, on_ready)
    if ended_by == signal.SIGINT:
        raise KeyboardInterrupt


def _accounts(auth: str | os.PathLike[str] | None, host: str, *, i_know: bool) -> Login | None:
    """Whom to let in; None is everybody. Raises UsageError where that is not safe."""
    if auth is not None:
        return login(read_accounts(auth))
    if not i_know and not is_loopback(host):
        raise UsageError(
            f"host {host!r} can be reached by others: give --auth FILE (made with 'quoth account "
            "FILE NAME'), or --i-know if all who reach it may read everything"
        )
    return None


@contextmanager
def _answering(
    index_path: str | os.PathLike[str], reader: str | None, threshold: float | None
) -> Iterator[Answerer]:
    """The index's answerer, which has answered once, so that the first question need not wait."""
    from quoth.index import Index

    with Index.open(index_path) as index:
        from quoth.answering import Answerer

        answerer = Answerer(index, reader=reader, threshold=threshold)
        answerer.ask("warming up")
        yield answerer


def _page(
    answerer: Answerer,
    *,
    examples: Sequence[str] | None,
    read_only: bool,
    phraser: Phraser | None,
) -> gr.Blocks:
    """What visitors see. Gradio is imported for it, which nobody needs for an error."""
    import_gradio()
    from quoth.web.app import create_app

    return create_app(
        answerer.index,
        answerer=answerer,
        examples=examples,
        read_only=read_only,
        phraser=phraser,
    )


def _run(
    app: gr.Blocks,
    answerer: Answerer,
    place: socket.socket,
    rules: Rules,
    accounts: Login | None,
    max_upload: int,
    on_ready: Callable[[str], None] | None,
) -> int | None:
    """Answer at the place until a signal comes: which."""
    from quoth.web.gate import Gate
    from quoth.web.mounting import close, mounted
    from quoth.web.running import run

    outer = mounted(app, answerer, rules, accounts, max_upload)
    gate = Gate(
        outer,
        rules,
        lambda: index_report(answerer.index),
        max_upload=max_upload * MEGABYTE + MEGABYTE // 4,  # with what stands around each file
    )
    address = address_of(place, rules.prefix)
    ready = None if on_ready is None else lambda: on_ready(address)
    return run(gate, place, on_ready=ready, on_closing=lambda: close(app, outer))


def index_report(index: Index) -> dict[str, object]:
    """What /health tells beside the status. Raises as reading an index does."""
    from quoth import __version__

    articles, passages = index.totals()
    return {"articles": articles, "passages": passages, "version": __version__}


@contextmanager
def _private_folder() -> Iterator[Path]:
    """A folder of this process alone for what is uploaded, gone at the end.

    Gradio's own is shared by all apps of this user. It reads its place from the environment, when
    a page's parts are made; and how many questions' times it keeps, of which it makes a table
    after each question, for a page that is turned off here.
    """
    with tempfile.TemporaryDirectory(prefix="quoth-", ignore_cleanup_errors=True) as folder:
        ours = {"GRADIO_TEMP_DIR": folder, "GRADIO_ANALYTICS_MAX_EVENTS": "1"}
        before = {name: os.environ.get(name) for name in ours}
        os.environ.update(ours)
        try:
            yield Path(folder)
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
