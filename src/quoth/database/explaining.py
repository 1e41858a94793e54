"""PostgreSQL's errors as ours, each one line and without a password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from quoth.database.address import Address, hide_passwords
from quoth.database.driver import psycopg
from quoth.errors import IndexBusyError, IndexDamagedError, QuothError, StorageError
from quoth.text import one_line

_LONGEST = 200
_FULL = ("53100", "53200", "53300")  # disk, memory, connections
_REFUSED = ("25006", "42501", "42502")  # read-only, no privilege
_BUSY = ("55P03", "40P01", "40001")  # lock timeout, deadlock, serialization
_STOPPED = ("57P01", "57P02", "57P03", "57P05")  # the server ends, or begins
_CANCELED = "57014"
_DAMAGED = ("42P01", "42703", "42883", "42804", "3F000", "21000", "22", "23", "XX001", "XX002")
"""A missing or altered table, or what cannot have been written by us; the first two letters of a
class stand for all of it."""


@contextmanager
def explained(address: Address) -> Iterator[None]:
    """The errors of what is done inside as IndexDamagedError, IndexBusyError, StorageError."""
    try:
        yield
    except psycopg.Error as error:
        raise _translated(address, error) from error
    except UnicodeDecodeError as error:
        raise damaged(address, "a text is not what was written") from error


def damaged(address: Address, reason: str) -> IndexDamagedError:
    """The error for a schema that cannot be used."""
    return IndexDamagedError(
        f"the index at {address.shown!r} is damaged ({reason}): run 'quoth build' again"
    )


def lost(address: Address) -> StorageError:
    """The error where the server went away in the middle of something."""
    return StorageError(
        f"the connection to {address.shown!r} was lost: see that the server runs, then try again"
    )


def cannot_connect(address: Address, error: Exception) -> StorageError:
    """The error where there is no connection."""
    said = _said(address, error)
    if isinstance(error, psycopg.ProgrammingError):
        remedy = "write it as 'postgresql://USER@HOST/DATABASE?schema=NAME'"
    elif "password" in said or "authentication" in said:
        remedy = "check the user, and the password in PGPASSWORD or ~/.pgpass"
    else:
        remedy = "check the address, and that the server runs"
    return StorageError(f"cannot connect to {address.shown!r} ({said}): {remedy}")


def _translated(address: Address, error: psycopg.Error) -> QuothError:
    code, said, name = error.sqlstate or "", _said(address, error), address.shown
    if code.startswith(_BUSY):
        return IndexBusyError(f"another process is writing to {name!r}: wait until it has finished")
    if code.startswith(_FULL):
        return StorageError(f"the server of {name!r} is full ({said}): free some space")
    if code.startswith(_REFUSED):
        return StorageError(
            f"the server of {name!r} refuses ({said}): check the rights of its user"
        )
    if code == _CANCELED:
        return StorageError(f"the server of {name!r} gave up ({said}): ask for less, or again")
    if code.startswith(_DAMAGED):
        return damaged(address, said)
    is_cut = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and not code
    if code.startswith(_STOPPED) or is_cut:
        return lost(address)
    return StorageError(f"the server of {name!r} failed ({said}): see its log")


def _said(address: Address, error: Exception) -> str:
    """PostgreSQL's own words, on one line; they may quote what it found in place of text."""
    told = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    line = one_line(hide_passwords(told or str(error), address.server), _LONGEST)
    return "".join(one if one.isprintable() else "?" for one in line)
