"""The changes that an index can go through, each to be made by a process that may be killed."""

from __future__ import annotations

import contextlib
import multiprocessing
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import faiss  # noqa: F401 - loaded once, by the process that all others are forked from
import tantivy  # noqa: F401
from small_indexes import ARTICLES, build, opened, write

from quoth.errors import QuothError

MORE = {
    **{f"{n}.txt": f"Note {n}\n\n" + f"Drone {n} saw a ferry. " * (n + 1) for n in range(6)},
    "corpus.jsonl": "".join(
        f'{{"_id": "r{n}", "title": "R{n}", "text": "A lantern, {n}. Wheat."}}\n' for n in range(5)
    ),
    "wheat.txt": "Wheat\n\nThe wheat is gone, a lantern stands there.\n",
}


def _add(path: Path, folder: Path) -> None:
    with opened(path) as index:
        index.add([folder])


def _remove(path: Path, folder: Path) -> None:
    with opened(path) as index:
        index.remove(["wheat.txt", "drones.txt"])


def _sync(path: Path, folder: Path) -> None:
    with opened(path) as index:
        index.sync(folder)


def _repair(path: Path, folder: Path) -> None:
    with opened(path) as index:
        index.repair()


CHANGES: dict[str, Callable[[Path, Path], None]] = {
    "build": lambda path, folder: build(folder, path).close(),
    "add": _add,
    "remove": _remove,
    "sync": _sync,
    "repair": _repair,
}
"""Name → what it does to the index at `path` with the articles in `folder`."""


def prepare(place: Path, change: str) -> tuple[Path, Path]:
    """An index of ARTICLES, and the folder of what is to come in, for that change.

    For `sync` the folder is the one that the index was built from, for `repair` it is the same
    and the index is damaged.
    """
    old, new, index = write(place / "old"), write(place / "new", MORE), place / "start"
    if change == "repair":
        write(old, MORE)
    build(old, index).close()
    if change == "repair":
        damage(index)
        return index, old
    if change != "sync":
        return index, new
    write(old, MORE)
    (old / "ferries.txt").unlink()
    return index, old


def damage(index: Path) -> None:
    """A changed letter in an article, a changed vector, a missing engine."""
    with closing(sqlite3.connect(index / "quoth.sqlite")) as database, database:
        database.execute(
            "update article set text = replace(cast(text as text), 'six', 'ten')"
            " where source = 'ferries.txt'"
        )
        database.execute(
            "update vector set data = zeroblob(length(data)) where key ="
            " (select key from passage join article on article = article.id where source = '3.txt')"
        )
    for words in index.glob("engines-*/words"):
        shutil.rmtree(words)


def restore(place: Path) -> Path:
    """The folder as it was when the index was built."""
    folder = place / "old"
    shutil.rmtree(folder)
    return write(folder)


# -- processes

CONTEXT: ForkServerContext = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["changes"])


def started(change: str, path: Path, folder: Path) -> tuple[ForkServerProcess, Event]:
    """A process that begins with the change as soon as the event is set."""
    ready, go = CONTEXT.Event(), CONTEXT.Event()
    process = CONTEXT.Process(target=_work, args=(change, path, folder, ready, go), daemon=True)
    process.start()
    ready.wait()
    return process, go


def _work(change: str, path: Path, folder: Path, ready: Event, go: Event) -> None:
    from quoth.building import staging

    staging.PASSAGES_AT_ONCE = 2
    ready.set()
    go.wait()
    with contextlib.suppress(QuothError):  # as when it was done already
        CHANGES[change](path, folder)


def made(change: str, path: Path, folder: Path, seconds: float | None = None) -> float:
    """Make the change in another process, killed after `seconds`; how long it took."""
    process, go = started(change, path, folder)
    began = time.perf_counter()
    go.set()
    process.join(seconds)
    took = time.perf_counter() - began
    process.kill()
    process.join()
    return took


__all__ = ["ARTICLES", "CHANGES", "MORE", "damage", "made", "prepare", "restore", "started"]
