"""Advisory locks of PostgreSQL: the server lets go of one when the connection that holds it ends.

write    held by whoever changes the index, on a connection of its own
change   shared by each transaction under `write`; who takes `write` waits for the last of them,
         should the one before have lost its lock in the middle of it
make     while tables are made
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256

from quoth.database.address import Address
from quoth.database.connecting import Connection, connected
from quoth.database.driver import psycopg
from quoth.database.explaining import explained, lost
from quoth.errors import IndexBusyError
from quoth.text import one_line

_LONGEST_NAME = 63  # of an application, to PostgreSQL


@contextmanager
def held(
    address: Address,
    doing: str,
    waiting: Callable[[str], None] | None = None,
    seconds: float | None = None,
) -> Iterator[Callable[[], None]]:
    """Hold the `write` lock of the schema, waiting as long as another who holds it lives.

    waiting: called every two seconds with who that is. seconds: wait no longer than this. Gives
    what raises StorageError once the lock is lost. Raises IndexBusyError, StorageError.
    """
    until = None if seconds is None else time.monotonic() + seconds
    told = f"{doing} by process {os.getpid()} on {socket.gethostname()}"
    connection = connected(address, told[:_LONGEST_NAME])

    def guard() -> None:
        try:
            connection.execute("select 1")
        except psycopg.Error as error:
            raise lost(address) from error

    try:
        with explained(address):
            _acquire(connection, address, waiting, until)
            connection.execute("select pg_advisory_lock(%s)", (_key(address, "change"),))
            connection.execute("select pg_advisory_unlock(%s)", (_key(address, "change"),))
        yield guard
    finally:
        connection.close()


def share(connection: Connection, address: Address) -> None:
    """Take the `change` lock, shared, until the end of the transaction."""
    connection.execute("select pg_advisory_xact_lock_shared(%s)", (_key(address, "change"),))


def make_alone(connection: Connection, address: Address) -> None:
    """Take the `make` lock until the end of the transaction."""
    connection.execute("select pg_advisory_xact_lock(%s)", (_key(address, "make"),))


def _acquire(
    connection: Connection,
    address: Address,
    waiting: Callable[[str], None] | None,
    until: float | None,
) -> None:
    key = _key(address, "write")
    [(is_ours,)] = connection.execute("select pg_try_advisory_lock(%s)", (key,)).fetchall()
    connection.execute("set lock_timeout = '2s'")
    while not is_ours:
        holder = _holder(connection, key)
        if until is not None and time.monotonic() > until:
            raise IndexBusyError(
                f"{holder} is writing to the index at {address.shown!r}: wait until it has finished"
            )
        if waiting:
            waiting(holder)
        try:
            connection.execute("select pg_advisory_lock(%s)", (key,))
            is_ours = True
        except psycopg.errors.LockNotAvailable:
            continue
    connection.execute("set lock_timeout = 0")


def _holder(connection: Connection, key: int) -> str:
    """`quoth add by process 4711 on host, since 12:01:33`; `another process` where unknown."""
    found = connection.execute(
        "select application_name, to_char(backend_start, 'HH24:MI:SS')"
        " from pg_locks join pg_stat_activity using (pid)"
        " where locktype = 'advisory' and granted and objsubid = 1 and pg_locks.database ="
        " (select oid from pg_database where datname = current_database())"
        " and (classid::bigint << 32) | objid::bigint = %s",
        (key,),
    ).fetchall()
    if not found or not found[0][0]:
        return "another process"
    name, since = found[0]
    return f"{one_line(name, _LONGEST_NAME)}, since {since}"


def _key(address: Address, what: str) -> int:
    """Advisory locks have numbers for names: 64 bits with a sign."""
    digest = sha256(f"quoth {what} {address.schema}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
