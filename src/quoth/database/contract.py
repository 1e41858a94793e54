"""What the store asks of a database, and the few words in which databases differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from quoth.errors import IndexDamagedError

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Types:
    """How a database says what a table is made of.

    id: a number that each new row is given; new_id: one that is never given twice. number: at
    least 63 bits and a sign. text: ordered by code point. one_each: (name, table, column, of which
    rows) → the statement by which no two of these rows have the same text in that column, which
    may be long. also: statements that come after all others.
    """

    id: str
    new_id: str
    number: str
    data: str
    text: str
    one_each: Callable[[str, str, str, str], str]
    also: str = ""


Schema = Callable[[Types], str]
"""The statements that make the tables, each ended by a semicolon."""


class Database(Protocol):
    """A database that holds one store; safe to use from several threads.

    Statements are plain SQL with `?` for each value; `instr` finds text in text. All methods raise
    IndexDamagedError, IndexBusyError, StorageError; UsageError after `close`.
    """

    name: str
    """The file or the address, as messages say it."""
    is_shared: bool
    """Whether several machines may write to it."""

    def damaged(self, reason: str) -> IndexDamagedError:
        """The error for a database that cannot be used; the next build will begin a new one."""
        ...

    def close(self) -> None:
        """Release the connection."""
        ...

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows that a query gives."""
        ...

    def rows_in(self, query: str, items: Sequence[Any]) -> Iterator[Row]:
        """The rows of a query that ends in `in`, for any number of items."""
        ...

    def run(self, statement: str, values: Sequence[object] = ()) -> None:
        """Run a statement that writes, inside `change`."""
        ...

    def run_each(self, statement: str, values: Iterable[Sequence[object]]) -> None:
        """Run a statement that writes for each of `values`, inside `change`."""
        ...

    def insert(self, statement: str, values: Sequence[object]) -> int:
        """Insert one row into a table that has an `id`, inside `change`; the new id."""
        ...

    def change(self) -> AbstractContextManager[None]:
        """One transaction: all of what is done inside, or nothing. Lets go of `pin`."""
        ...

    def pin(self) -> None:
        """Read the present state from now on, whatever others write."""
        ...

    def unpin(self) -> None:
        """Read the newest state again."""
        ...

    def problems(self) -> list[str]:
        """What the database's own checks find wrong, a line each; [] is nothing."""
        ...
