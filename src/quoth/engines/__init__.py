"""What searches an index: made from its store, and remade from it at will.

    base.py       `EngineHome`, where engines are kept, and `Engines`
    local.py      FAISS and tantivy in the folder of the index
    memory.py     the same in the memory of a process
    wholeness.py  whether a folder of engines is as it was written
    milvus/       a Milvus server
    choosing.py   which of them an index is to have

The settings of an index say which of `HOMES` it has.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from quoth.engines.base import (
    GONE,
    EngineHome,
    Engines,
    StateGoneError,
    from_ranges,
    to_ranges,
)
from quoth.engines.choosing import URI, EngineChoice, IndexKind
from quoth.engines.local import LocalEngines
from quoth.engines.memory import MemoryEngines, in_memory
from quoth.errors import IndexMismatchError
from quoth.locations import Location

__all__ = [
    "GONE",
    "HOMES",
    "EngineChoice",
    "EngineHome",
    "Engines",
    "LocalEngines",
    "StateGoneError",
    "from_ranges",
    "home_of",
    "in_memory",
    "to_ranges",
]

DEFAULT = "faiss"
Settings = Mapping[str, str]


def _faiss(location: Location, settings: Settings, uri: str | None) -> EngineHome:
    return MemoryEngines() if location.is_shared else LocalEngines(location.folder)


def _milvus(location: Location, settings: Settings, uri: str | None) -> EngineHome:
    from quoth.engines.milvus.address import to_address
    from quoth.engines.milvus.home import MilvusEngines
    from quoth.engines.milvus.server import Server

    address = to_address(uri or os.environ.get(URI) or settings.get("engine_uri", ""))
    kind: IndexKind = "flat" if settings.get("engine_index") == "flat" else "hnsw"
    kept = {name: settings.get(name, "") for name in ("engine", "engine_uri", "engine_index")}
    return MilvusEngines(Server(address), kind, kept, settings.get("identity", ""))


HOMES: dict[str, Callable[[Location, Settings, str | None], EngineHome]] = {
    DEFAULT: _faiss,
    "milvus": _milvus,
}
"""Name of an engine → what makes its home of the index's location and settings, and an address."""


def home_of(location: Location, settings: Settings, uri: str | None = None) -> EngineHome:
    """Where the engines of an index with these settings are kept.

    uri: where they are, in place of what the settings and QUOTH_ENGINE_URI say.
    Raises IndexMismatchError, UsageError.
    """
    name = settings.get("engine", DEFAULT)
    if name not in HOMES:
        raise IndexMismatchError(
            f"the index is searched by the engine {name!r}, which this quoth does not know: "
            f"it knows {', '.join(HOMES)}"
        )
    return HOMES[name](location, settings, uri)
