"""The write path: files → articles → passages → vectors → the store and its engines.

    comparing.py  which files are new, by stamp and hash
    staging.py    articles are cut, embedded and staged, some at a time
    ahead.py      of a shared store, embedded before its lock is held
    finishing.py  the one transaction that shows what was staged

A change costs what is new in it; interrupted, it goes on where it stopped.
"""

from quoth.building.ahead import Ahead
from quoth.building.comparing import Compared, NewFile, absolute, compare
from quoth.building.finishing import ensure_engines, finish, remake_engines
from quoth.building.settings import (
    LOOSE,
    Changes,
    is_made_otherwise,
    made_from,
    made_with,
    target_of,
)
from quoth.building.staging import Staging, begin

__all__ = [
    "LOOSE",
    "Ahead",
    "Changes",
    "Compared",
    "NewFile",
    "Staging",
    "absolute",
    "begin",
    "compare",
    "ensure_engines",
    "finish",
    "is_made_otherwise",
    "made_from",
    "made_with",
    "remake_engines",
    "target_of",
]
