"""Which engine an index is to have: what the user says over what its settings say."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from quoth.errors import UsageError

EngineName = Literal["faiss", "milvus"]
IndexKind = Literal["hnsw", "flat"]
URI = "QUOTH_ENGINE_URI"


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
        """The settings with this choice. Raises UsageError for one that cannot be meant."""
        name = self.name or settings.get("engine", "faiss")
        if name not in get_args(EngineName):
            raise UsageError(f"unknown engine {name!r}: choose {_listed(EngineName)}")
        if name != "milvus":
            if self.uri is not None or self.kind is not None:
                given = "an address" if self.uri is not None else f"the index {self.kind!r}"
                raise UsageError(f"{given} is for the engine milvus: choose that, too")
            return {**settings, "engine": name}
        kind = self.kind or settings.get("engine_index", "hnsw")
        if kind not in get_args(IndexKind):
            raise UsageError(f"unknown index {kind!r}: choose {_listed(IndexKind)}")
        return {**settings, "engine": name, "engine_uri": self._uri(settings), "engine_index": kind}

    def _uri(self, settings: Mapping[str, str]) -> str:
        """Without a secret."""
        from quoth.engines.milvus.address import to_address

        told = self.uri or settings.get("engine_uri") or os.environ.get(URI)
        if not told:
            raise UsageError(
                "the engine milvus needs the address of its server: name it with --engine-uri "
                f"or {URI}, such as http://localhost:19530"
            )
        return to_address(told).uri


def _listed(names: object) -> str:
    return " or ".join(get_args(names))
