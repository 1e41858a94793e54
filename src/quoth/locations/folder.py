"""A folder of this machine, with the store in SQLite."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from quoth import rows
from quoth.database import mark_of
from quoth.errors import IndexMissingError
from quoth.locations.base import usable_store
from quoth.locking import locked
from quoth.records import Progress
from quoth.store import Store, WritableStore

STORE = "quoth.sqlite"
_AT_ONCE = 256


class FolderLocation:
    """See `Location`. folder: of the index."""

    is_shared = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / STORE

    @property
    def address(self) -> str:
        """The folder's name."""
        return str(self._folder)

    name = address

    @property
    def folder(self) -> Path:
        """The folder itself."""
        return self._folder

    def require(self) -> None:
        """See `Location.require`."""
        if self._folder.is_file():
            raise IndexMissingError(
                f"no index at {self.name!r}, which is a file: name the folder of an index"
            )
        if not self._file.is_file():
            raise IndexMissingError(
                f"no index at {self.name!r}: run 'quoth build PATH --index {self.name}' first"
            )

    def mark(self) -> object:
        """See `Location.mark`."""
        try:
            status = os.stat(self._file)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def reader(self) -> Store:
        """See `Location.reader`."""
        return Store(self._file)

    def writer(self) -> WritableStore:
        """See `Location.writer`."""
        return WritableStore(self._file)

    def usable(self) -> WritableStore:
        """See `Location.usable`."""
        return usable_store(self, is_marked=mark_of(self._file).exists())

    def fresh(self) -> WritableStore:
        """See `Location.fresh`."""
        aside = _unused(f"{self._file}.aside-{time.strftime('%Y%m%d-%H%M%S')}")
        for suffix in ("", "-wal", "-shm"):
            old = self._folder / f"{STORE}{suffix}"
            if old.exists():
                os.replace(old, f"{aside}{suffix}")
        store = self.writer()
        mark_of(self._file).unlink(missing_ok=True)
        _take_over(store, aside)
        return store

    def mark_damaged(self) -> None:
        """See `Location.mark_damaged`."""
        with suppress(OSError):
            mark_of(self._file).touch()

    def locked(
        self, doing: str, progress: Progress | None = None, seconds: float | None = None
    ) -> AbstractContextManager[None]:
        """See `Location.locked`; another is waited for `quoth.locking.SECONDS`."""
        return locked(self._folder, doing)


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
