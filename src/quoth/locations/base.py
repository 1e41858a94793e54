"""Where the truth of an index is kept: the protocol."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from quoth.errors import IndexDamagedError
from quoth.records import Progress
from quoth.store import Store, WritableStore
from quoth.store.schema import FORMAT


class Location(Protocol):
    """Where the store of an index lies, and how one comes by it.

    address: what makes the same location again; it may hold a secret. name: the same for messages,
    without. folder: on this machine, for what lies beside the store; it may not be there yet.
    is_shared: whether processes on other machines have the same store.
    """

    @property
    def address(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def folder(self) -> Path: ...
    @property
    def is_shared(self) -> bool: ...

    def require(self) -> None:
        """Raises IndexMissingError if no index is there, StorageError if that cannot be seen."""
        ...

    def mark(self) -> object:
        """A value that is another one once another store lies there, None if there is none."""
        ...

    def reader(self) -> Store:
        """The store, for reading. Raises IndexDamagedError, StorageError."""
        ...

    def writer(self) -> WritableStore:
        """The store, for a change, made if there is none. Raises as `reader` does."""
        ...

    def usable(self) -> WritableStore:
        """As `writer`; a store that is damaged or of another version is put aside, not lost."""
        ...

    def fresh(self) -> WritableStore:
        """A store without articles; what was in its place is put aside under another name.

        The vectors that can still be read are taken over, so that nothing is embedded twice.
        """
        ...

    def mark_damaged(self) -> None:
        """Let the next `usable` give a fresh store."""
        ...

    def locked(
        self, doing: str, progress: Progress | None = None, seconds: float | None = None
    ) -> AbstractContextManager[None]:
        """Hold the lock of whoever writes; doing: what for, told to others who wait.

        progress: told for whom this waits, where it waits for as long as the other lives. seconds:
        there, too, wait no longer than this.
        Raises IndexBusyError, which names the holder; StorageError.
        """
        ...


def usable_store(location: Location, *, is_marked: bool) -> WritableStore:
    """What `Location.usable` does. is_marked: whether the store was found damaged beyond repair."""
    if is_marked:
        return location.fresh()
    try:
        store = location.writer()
    except IndexDamagedError:
        return location.fresh()
    try:
        if store.settings().get("format", FORMAT) == FORMAT:
            return store
    except IndexDamagedError:
        pass
    except BaseException:
        store.close()
        raise
    store.close()
    return location.fresh()
