"""The store of a folder made ready for writing."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from quoth import rows
from quoth.building.settings import FORMAT
from quoth.database import mark_of
from quoth.errors import IndexDamagedError
from quoth.store import WritableStore

_AT_ONCE = 256


def usable_store(folder: Path) -> WritableStore:
    """The folder's store; one that is damaged or of another version is put aside, not lost."""
    if mark_of(folder / "quoth.sqlite").exists():
        return fresh_store(folder)
    try:
        store = WritableStore(folder / "quoth.sqlite")
    except IndexDamagedError:
        return fresh_store(folder)
    try:
        if store.settings().get("format", FORMAT) == FORMAT:
            return store
    except IndexDamagedError:
        pass
    store.close()
    return fresh_store(folder)


def fresh_store(folder: Path) -> WritableStore:
    """A store without articles; what was in its place is put aside under another name.

    The vectors that can still be read are taken over, so that nothing is embedded twice.
    """
    aside = _unused(f"{folder / 'quoth.sqlite'}.aside-{time.strftime('%Y%m%d-%H%M%S')}")
    for suffix in ("", "-wal", "-shm"):
        old = folder / f"quoth.sqlite{suffix}"
        if old.exists():
            os.replace(old, f"{aside}{suffix}")
    store = WritableStore(folder / "quoth.sqlite")
    mark_of(folder / "quoth.sqlite").unlink(missing_ok=True)
    _take_over(store, aside)
    return store


def mark_damaged(folder: Path) -> None:
    """Let the next build begin with a fresh store."""
    with suppress(OSError):
        mark_of(folder / "quoth.sqlite").touch()


def _take_over(store: WritableStore, aside: str) -> None:
    """Copy the whole vectors of a store that is damaged, until it cannot be read on."""
    if not os.path.exists(aside):
        return
    try:
        connection = sqlite3.connect(aside)
        try:
            found = connection.execute("select key, data from vector")
            while some := found.fetchmany(_AT_ONCE):
                with store.change():
                    store.copy_vectors((key, data) for key, data in some if rows.is_whole(data))
        finally:
            connection.close()
    except (sqlite3.Error, UnicodeDecodeError):  # the latter of a damaged name
        return


def _unused(name: str) -> str:
    number, free = 1, name
    while os.path.exists(free):
        number += 1
        free = f"{name}-{number}"
    return free
