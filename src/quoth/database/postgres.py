"""One schema of a PostgreSQL database: read, changed in transactions, its errors in our words.

A connection that was lost between two transactions is opened again; one that is lost inside of one
is an error, and the server forgets the transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any, TypeVar

from quoth.database import advisory, checks, tables
from quoth.database.address import Address
from quoth.database.connecting import Connection, connected
from quoth.database.contract import Row, Schema
from quoth.database.driver import TransactionStatus, psycopg
from quoth.database.explaining import damaged, explained
from quoth.errors import IndexDamagedError, StorageError, UsageError

_AT_ONCE = 10_000
_CORRUPTED = psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted
_Given = TypeVar("_Given")
_READ = (
    "begin isolation level repeatable read read only;"
    " set local statement_timeout = '10min'; select 1"  # the state is that of the first query
)
_WRITE = "begin isolation level read committed read write; set local lock_timeout = '10s'"


class PostgresDatabase:
    """The schema at `address`; see `quoth.database.contract.Database`."""

    is_shared = True

    def __init__(
        self,
        address: Address,
        schema: Schema,
        *,
        make: bool,
        guard: Callable[[], None] | None = None,
    ) -> None:
        """Connect; make: make the tables of `schema` where there are none.

        guard: raises if the lock is lost under which this writes. Raises IndexMissingError,
        StorageError.
        """
        self.address, self.name = address, address.shown
        self._schema, self._guard = schema, guard
        self._lock = threading.RLock()
        self._is_inside = self._is_closed = False
        self._connection = connected(address)
        try:
            with explained(address):
                if make:
                    tables.make(self._connection, address, schema)
                else:
                    tables.require(self._connection, address)
        except BaseException:
            self._connection.close()
            raise

    def damaged(self, reason: str) -> IndexDamagedError:
        return damaged(self.address, reason)

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            self._connection.close()

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        def read(connection: Connection) -> list[Row]:
            return connection.execute(_spoken(statement), values, binary=True).fetchall()

        with self._lock, self._explained():
            return self._tried(read)

    def rows_in(self, query: str, items: Sequence[Any]) -> Iterator[Row]:
        for start in range(0, len(items), _AT_ONCE):
            some = list(items[start : start + _AT_ONCE])
            yield from self.rows(f"{query.removesuffix(' in')} = any(?)", [some])

    def run(self, statement: str, values: Sequence[object] = ()) -> None:
        self._connection.execute(_spoken(statement), values)

    def run_each(self, statement: str, values: Iterable[Sequence[object]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(_spoken(statement), values)

    def insert(self, statement: str, values: Sequence[object]) -> int:
        [(number,)] = self.rows(f"{statement} returning id", values)
        return int(number)

    @contextmanager
    def change(self) -> Iterator[None]:
        with self._lock, self._explained():
            self.unpin()
            self._begin(_WRITE)
            try:
                if self._guard:
                    advisory.share(self._connection, self.address)
                    self._guard()
                yield
                self._commit()
            except BaseException:
                self._roll_back()
                raise
            finally:
                self._is_inside = False

    def pin(self) -> None:
        with self._lock, explained(self.address):
            self.unpin()
            self._begin(_READ)

    def unpin(self) -> None:
        with self._lock, explained(self.address):
            self._is_inside = False
            if self._connection.info.transaction_status != TransactionStatus.IDLE:
                self._roll_back()  # nothing was written

    def problems(self) -> list[str]:
        schema = self._schema
        with self._lock, self._explained():
            return self._tried(lambda connection: checks.problems(connection, self.address, schema))

    # -- inside

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """As `explained`; what the server itself finds damaged is marked as beyond repair."""
        try:
            with explained(self.address):
                yield
        except IndexDamagedError as error:
            if isinstance(error.__cause__, _CORRUPTED):
                with suppress(StorageError):
                    tables.mark_damaged(self.address)
            raise

    def _begin(self, statement: str) -> None:
        self._tried(lambda connection: connection.execute(statement))
        self._is_inside = True

    def _tried(self, do: Callable[[Connection], _Given]) -> _Given:
        """What `do` gives: outside of a transaction on a new connection where the old is lost."""
        if self._is_closed:
            raise UsageError(f"the index at {self.name!r} was closed: open the index again")
        try:
            return do(self._connection)
        except psycopg.OperationalError:
            if self._is_inside or not self._connection.closed:
                raise
            self._connection = connected(self.address)
            return do(self._connection)

    def _commit(self) -> None:
        # After an error inside, the server answers a commit with a rollback.
        if self._connection.execute("commit").statusmessage != "COMMIT":
            raise StorageError(f"nothing was changed at {self.name!r}, as a part failed: try again")

    def _roll_back(self) -> None:
        with suppress(psycopg.Error):
            self._connection.execute("rollback")


@lru_cache(maxsize=256)
def _spoken(statement: str) -> Any:
    """The statement as psycopg and PostgreSQL say it."""
    return statement.replace("?", "%s").replace("instr(", "strpos(")
