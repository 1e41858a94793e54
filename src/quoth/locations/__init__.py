"""Where an index is kept: a folder, by default.

base.py      `Location`, what all of them do
folder.py    a folder of this machine, with its store in SQLite
postgres.py  a schema of a PostgreSQL database, which several machines share
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from quoth.errors import UsageError
from quoth.locations.base import Location
from quoth.locations.folder import FolderLocation
from quoth.locations.postgres import PostgresLocation
from quoth.records import PathLike

__all__ = ["SCHEMES", "Location", "location_of"]

SCHEMES: dict[str, Callable[[str], Location]] = {
    "postgresql": PostgresLocation,
    "postgres": PostgresLocation,
}
"""How an address begins, before `://` → what makes a location of it."""


def location_of(address: PathLike) -> Location:
    """The location that a folder's name or an address with a scheme of `SCHEMES` says.

    Raises UsageError for an address with another, rather than make a folder of that name.
    """
    told = os.fspath(address)
    scheme, separator, _ = told.partition("://")
    if not (separator and scheme.isalnum()):
        return FolderLocation(Path(told))
    if scheme not in SCHEMES:  # what follows may hold a password
        known = " or ".join(f"{one}://" for one in SCHEMES)
        raise UsageError(f"no index can be at '{scheme}://…': name a folder, or begin with {known}")
    return SCHEMES[scheme](told)
