"""Which engine an index is to have: what the user says over what its settings say."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from quoth.errors import UsageError

EngineName = Literal["faiss", "milvus"]
IndexKind = Literal["hnsw", "flat"]
DEFAULT = "faiss"
URI = "QUOTH_ENGINE_URI"


def engine_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """Those of the settings that say which engine an index has: `engine`, and `engine …`.

    {} is the default.
    """
    found = {k: v for k, v in settings.items() if k == "engine" or k.startswith("engine ")}
    return {} if found == {"engine": DEFAULT} else found


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """None keeps what the index has.

    uri: of a Milvus server; it may hold a secret, which no setting ever does. kind: of Milvus's
    index over the vectors, near (hnsw) or exact (flat).
    """

    name: EngineName | None = None
    uri: str | None = None
    kind: IndexKind | None = None

    def over(self, settings: Mapping[str, str]) -> dict[str, str]:
        """The settings of the engine, see `engine_settings`, where an index has these.

        Raises UsageError for a choice that cannot be meant.
        """
        name = self.name or settings.get("engine", DEFAULT)
        if name not in get_args(EngineName) and self != EngineChoice():
            raise UsageError(f"unknown engine {name!r}: choose {_listed(EngineName)}")
        if name == "milvus":
            return {
                "engine": name,
                "engine uri": self._uri(settings),
                "engine index": self._kind(settings),
            }
        if self.uri is not None or self.kind is not None:
            given = "an address" if self.uri is not None else f"the index {self.kind!r}"
            raise UsageError(f"{given} is for the engine milvus: choose that, too")
        return {} if name == DEFAULT else engine_settings(settings)

    def _kind(self, settings: Mapping[str, str]) -> str:
        kind = self.kind or settings.get("engine index", "hnsw")
        if kind not in get_args(IndexKind):
            raise UsageError(f"unknown index {kind!r}: choose {_listed(IndexKind)}")
        return kind

    def _uri(self, settings: Mapping[str, str]) -> str:
        """Without a secret."""
        from quoth.engines.milvus.address import to_address

        told = self.uri or settings.get("engine uri") or os.environ.get(URI)
        if not told:
            raise UsageError(
                "the engine milvus needs the address of its server: name it with --engine-uri "
                f"or {URI}, such as http://localhost:19530"
            )
        return to_address(told).uri


def _listed(names: object) -> str:
    return " or ".join(get_args(names))
