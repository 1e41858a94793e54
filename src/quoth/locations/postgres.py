"""A schema of a PostgreSQL database, which several machines share."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

from quoth import rows
from quoth.database import Guard, parse_address
from quoth.errors import QuothError
from quoth.locations.base import usable_store
from quoth.records import Progress
from quoth.store import Store, WritableStore
from quoth.store.schema import TABLES

# What needs psycopg, an extra, is imported where it is used.


class PostgresLocation:
    """See `Location`. Several threads may use it."""

    is_shared = True

    def __init__(self, address: str) -> None:
        """address: see `quoth.database.parse_address`. Raises UsageError."""
        self._address, self._given = parse_address(address), address
        self._held = threading.local()  # others may write, without a lock, at the same time

    @property
    def address(self) -> str:
        """The address as it was given, with the password that may be in it."""
        return self._given

    @property
    def name(self) -> str:
        """The address without a password."""
        return self._address.shown

    @property
    def folder(self) -> Path:
        """A folder of the user's own: `$XDG_DATA_HOME/quoth/stores/NAME`."""
        home = os.environ.get("XDG_DATA_HOME", "")
        data = Path(home) if os.path.isabs(home) else Path.home() / ".local" / "share"
        digest = sha256(self._address.shown.encode()).hexdigest()[:12]
        return data / "quoth" / "stores" / f"{self._address.schema}-{digest}"

    def require(self) -> None:
        """Nothing yet: `reader` raises what `Location.require` does, and asks the server once."""

    def mark(self) -> object:
        """Always the same: a connection finds the schema by its name, whichever has that."""
        return self._address.shown

    def reader(self) -> Store:
        """See `Location.reader`."""
        return Store(self._address)

    def writer(self) -> WritableStore:
        """See `Location.writer`; its changes fail once the lock is lost that is held for them."""
        guard: Guard | None = getattr(self._held, "guard", None)
        return WritableStore(self._address, guard)

    def usable(self) -> WritableStore:
        """See `Location.usable`."""
        from quoth.database.tables import is_marked

        return usable_store(self, is_marked=is_marked(self._address))

    def fresh(self) -> WritableStore:
        """See `Location.fresh`."""
        from quoth.database.tables import put_aside, stored_vectors

        aside = put_aside(self._address, TABLES)
        store = self.writer()
        if aside is not None:
            for some in stored_vectors(aside):
                with store.change():
                    store.copy_vectors((key, data) for key, data in some if rows.is_whole(data))
        return store

    def mark_damaged(self) -> None:
        """See `Location.mark_damaged`."""
        from quoth.database.tables import mark_damaged

        with suppress(QuothError):
            mark_damaged(self._address)

    @contextmanager
    def locked(
        self, doing: str, progress: Progress | None = None, seconds: float | None = None
    ) -> Iterator[None]:
        """See `Location.locked`: another is waited for as long as it lives."""
        from quoth.database.advisory import held

        def waiting(holder: str) -> None:
            if progress:
                progress(f"waiting for {holder}", 0, 1)

        with held(self._address, doing, waiting, seconds) as guard:
            self._held.guard = guard
            try:
                yield
            finally:
                self._held.guard = None
