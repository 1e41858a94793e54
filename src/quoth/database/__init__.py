"""Where a store is kept: a file of SQLite, or a schema of PostgreSQL that many machines share.

    contract.py    what the store asks of either
    sqlite.py      the file
    address.py     how a schema is named
    postgres.py    the schema: its transactions
    driver.py      psycopg, where it is installed
    connecting.py  connections to it
    advisory.py    its locks
    tables.py      its tables, and putting aside those that are damaged
    checks.py      what `verify` asks of it
    explaining.py  what goes wrong with it, in our words

The statements are the store's, and the same for both.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from quoth.database.address import Address, parse_address
from quoth.database.contract import Database, Row, Schema, Types
from quoth.database.sqlite import SqliteDatabase, mark_of

__all__ = [
    "Address",
    "Database",
    "Guard",
    "Place",
    "Row",
    "Schema",
    "Types",
    "mark_of",
    "open_database",
    "parse_address",
]

Place = Path | Address
"""A file of SQLite, or a schema of PostgreSQL."""
Guard = Callable[[], None]
"""Raises StorageError once the lock is lost under which is written."""


def open_database(
    place: Place, schema: Schema, *, make: bool, guard: Guard | None = None
) -> Database:
    """Open what is at `place`.

    make: make the tables of `schema` where there are none; a file that is missing is always made.
    guard: called at the beginning of each change. Raises IndexMissingError, IndexDamagedError,
    StorageError; MissingExtraError if psycopg is not installed.
    """
    if isinstance(place, Path):
        return SqliteDatabase(place, schema)
    from quoth.database.postgres import PostgresDatabase  # brings psycopg, which is an extra

    return PostgresDatabase(place, schema, make=make, guard=guard)
