"""One SQLite file: opened, read, changed in transactions, its errors in our words.

Write-ahead logging keeps what was committed through a crash, and lets others read the last
whole state while one writes.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from quoth.database.contract import Row, Schema, Types
from quoth.errors import (
    IndexBusyError,
    IndexDamagedError,
    QuothError,
    StorageError,
    UsageError,
)
from quoth.text import one_line

_BUSY_SECONDS = 10.0
_LOG_BYTES = 1 << 26  # that the log beside the file keeps on the disk after a large change
_AT_ONCE = 500  # SQLite's oldest limit on the parameters of one statement is 999


def _one_each(name: str, table: str, column: str, rows: str) -> str:
    return f"create unique index {name} on {table} ({column}) where {rows};"


TYPES = Types(
    id="integer primary key",
    new_id="integer primary key autoincrement",
    number="integer",
    data="blob",
    text="text",
    one_each=_one_each,
)


class SqliteDatabase:
    """The SQLite file at `path`; see `quoth.database.contract.Database`."""

    is_shared = False

    def __init__(self, path: Path, schema: Schema) -> None:
        """Open the file, or make it with the tables of `schema`.

        A file in a folder that may not be written is only read. Raises IndexDamagedError,
        StorageError.
        """
        self.path, self.name = path, str(path)
        self._lock = threading.RLock()
        with _explained(path):
            self._connection = _connected(path, schema)

    def damaged(self, reason: str) -> IndexDamagedError:
        return _damaged(self.path, reason)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        with self._lock, _explained(self.path):
            return self._connection.execute(statement, values).fetchall()

    def rows_in(self, query: str, items: Sequence[Any]) -> Iterator[Row]:
        for start in range(0, len(items), _AT_ONCE):
            some = items[start : start + _AT_ONCE]
            yield from self.rows(f"{query} ({','.join('?' * len(some))})", some)

    def run(self, statement: str, values: Sequence[object] = ()) -> None:
        self._connection.execute(statement, values)

    def run_each(self, statement: str, values: Iterable[Sequence[object]]) -> None:
        self._connection.executemany(statement, values)

    def insert(self, statement: str, values: Sequence[object]) -> int:
        return self._connection.execute(statement, values).lastrowid or 0

    @contextmanager
    def change(self) -> Iterator[None]:
        with self._lock, _explained(self.path):
            self.unpin()
            try:
                self._connection.execute("begin immediate")
                yield
                self._connection.execute("commit")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("rollback")
                raise

    def pin(self) -> None:
        with self._lock, _explained(self.path):
            self.unpin()
            self._connection.execute("begin")
            self._connection.execute("select count(*) from sqlite_schema").fetchall()

    def unpin(self) -> None:
        with self._lock, _explained(self.path):
            if self._connection.in_transaction:
                self._connection.execute("commit")

    def problems(self) -> list[str]:
        told = [line for (line,) in self.rows("pragma integrity_check")]
        found = [one for text in told for one in text.splitlines() if not one.startswith("***")]
        orphans = self.rows("pragma foreign_key_check")
        lines = [] if found == ["ok"] else [f"SQLite: {line}" for line in found]
        return lines + [f"SQLite: a row of {row[0]} belongs to nothing" for row in orphans]


def _connected(path: Path, schema: Schema) -> sqlite3.Connection:
    try:
        return _prepared(_connection(str(path)), schema)
    except sqlite3.OperationalError as error:
        unwritable = _code(error) in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
        if not unwritable or not path.is_file() or _has_log(path):
            raise
        # SQLite wants to write beside a file with a log even to read it, but not if told that
        # nobody can change it.
        return _connection(f"{path.absolute().as_uri()}?immutable=1", uri=True)


def _connection(name: str, *, uri: bool = False) -> sqlite3.Connection:
    return sqlite3.connect(
        name, timeout=_BUSY_SECONDS, check_same_thread=False, isolation_level=None, uri=uri
    )


def _prepared(connection: sqlite3.Connection, schema: Schema) -> sqlite3.Connection:
    try:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma foreign_keys = on")
        connection.execute(f"pragma journal_size_limit = {_LOG_BYTES}")
        if connection.execute("pragma user_version").fetchone() == (0,):
            connection.executescript(
                f"begin immediate; {schema(TYPES)} pragma user_version = 1; commit;"
            )
    except BaseException:
        connection.close()
        raise
    return connection


def _has_log(path: Path) -> bool:
    """Whether committed changes still lie beside the file."""
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """SQLite's errors as ours, each one line."""
    try:
        yield
    except sqlite3.ProgrammingError as error:
        raise UsageError(
            f"the index file {str(path)!r} was closed: open the index again"
        ) from error
    except sqlite3.Error as error:
        raise _translated(path, error) from error
    except UnicodeDecodeError as error:  # a damaged name in SQLite's own message
        raise _damaged(path, "its schema is not what was written") from error


def _translated(path: Path, error: sqlite3.Error) -> QuothError:
    name, code = str(path), _code(error)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return IndexBusyError(f"another process is writing to {name!r}: wait until it has finished")
    if code == sqlite3.SQLITE_FULL:
        return StorageError(f"the disk is full while writing {name!r}: free some space")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StorageError(f"cannot open or write {name!r} ({error}): check its permissions")
    if code == sqlite3.SQLITE_IOERR:
        return StorageError(f"cannot read or write {name!r} ({error}): check the disk")
    # SQLite's own words may quote what it found in place of text.
    said = "".join(one if one.isprintable() else "?" for one in one_line(str(error), 120))
    return _damaged(path, said)


def mark_of(path: Path) -> Path:
    """A file that is there once the file at `path` was found damaged beyond repair."""
    return path.with_name(f"{path.name}-damaged")


def _damaged(path: Path, reason: str) -> IndexDamagedError:
    with suppress(OSError):
        mark_of(path).touch()
    return IndexDamagedError(
        f"the index file {str(path)!r} is damaged ({reason}): run 'quoth build' again"
    )


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 if the error is the Python module's own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
