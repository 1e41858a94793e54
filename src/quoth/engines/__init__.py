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
    Vectors,
    from_ranges,
    to_ranges,
)
from quoth.engines.choosing import DEFAULT, URI, EngineChoice, IndexKind, engine_settings
from quoth.engines.local import LocalEngines
from quoth.engines.memory import MemoryEngines, in_memory
from quoth.errors import IndexMismatchError
from quoth.locations import Location

__all__ = [
    "DEFAULT",
    "GONE",
    "HOMES",
    "EngineChoice",
    "EngineHome",
    "Engines",
    "LocalEngines",
    "StateGoneError",
    "Vectors",
    "engine_settings",
    "from_ranges",
    "home_of",
    "in_memory",
    "to_ranges",
]

Settings = Mapping[str, str]
_ADDRESS = "engine address"
"""In place of a setting, and never stored: where a server is, with the secret that it asks for."""


def _faiss(location: Location, settings: Settings) -> EngineHome:
    return MemoryEngines() if location.is_shared else LocalEngines(location.folder)


def _milvus(location: Location, settings: Settings) -> EngineHome:
    from quoth.engines.milvus.address import to_address
    from quoth.engines.milvus.home import MilvusEngines
    from quoth.engines.milvus.server import Server

    told = settings.get(_ADDRESS) or os.environ.get(URI) or settings.get("engine uri", "")
    kind: IndexKind = "flat" if settings.get("engine index") == "flat" else "hnsw"
    return MilvusEngines(Server(to_address(told)), kind, settings.get("identity", ""))


HOMES: dict[str, Callable[[Location, Settings], EngineHome]] = {DEFAULT: _faiss, "milvus": _milvus}
"""Name of an engine → what makes its home of the index's location and settings."""


def home_of(location: Location, settings: Settings, uri: str | None = None) -> EngineHome:
    """Where the engines of an index with these settings are kept.

    uri: the address of a server, in place of what the settings and QUOTH_ENGINE_URI say.
    Raises IndexMismatchError, UsageError.
    """
    name = settings.get("engine", DEFAULT)
    if name not in HOMES:
        raise IndexMismatchError(
            f"the index is searched by the engine {name!r}, which this quoth does not know: "
            f"it knows {', '.join(HOMES)}"
        )
    return HOMES[name](location, {**settings, _ADDRESS: uri} if uri else settings)
