"""What searches an index: made from its store, and remade from it at will.

    base.py       `EngineHome`, where engines are kept, and `Engines`
    local.py      FAISS and tantivy in the folder of the index
    memory.py     the same in the memory of a process
    wholeness.py  whether a folder of engines is as it was written

The settings of an index say which of `HOMES` it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from quoth.engines.base import EngineHome, Engines, Vectors
from quoth.engines.local import LocalEngines
from quoth.engines.memory import MemoryEngines, in_memory
from quoth.errors import IndexMismatchError
from quoth.locations import Location

__all__ = [
    "DEFAULT",
    "HOMES",
    "EngineHome",
    "Engines",
    "LocalEngines",
    "MemoryEngines",
    "Vectors",
    "engine_settings",
    "home_of",
    "in_memory",
]

DEFAULT = "faiss"
Settings = Mapping[str, str]


def _faiss(location: Location, settings: Settings) -> EngineHome:
    return MemoryEngines() if location.is_shared else LocalEngines(location.folder)


HOMES: dict[str, Callable[[Location, Settings], EngineHome]] = {DEFAULT: _faiss}
"""Name of an engine → what makes its home of the index's location and settings."""


def engine_settings(settings: Settings) -> dict[str, str]:
    """Those of the settings that say which engine an index has: `engine`, and `engine …`.

    {} is the default.
    """
    found = {k: v for k, v in settings.items() if k == "engine" or k.startswith("engine ")}
    return {} if found == {"engine": DEFAULT} else found


def home_of(location: Location, settings: Settings) -> EngineHome:
    """Where the engines of an index with these settings are kept. Raises IndexMismatchError."""
    name = settings.get("engine", DEFAULT)
    if name not in HOMES:
        raise IndexMismatchError(
            f"the index is searched by the engine {name!r}, which this quoth does not know: "
            f"it knows {', '.join(HOMES)}"
        )
    return HOMES[name](location, settings)
