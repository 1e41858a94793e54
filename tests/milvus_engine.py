"""A collection behind the interface of an engine in memory, to be tested as these are."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from quoth.engines.choosing import IndexKind
from quoth.engines.milvus.collection import Collection, create, new_name
from quoth.engines.milvus.rows import to_row
from quoth.engines.milvus.server import Server
from quoth.engines.milvus.vectors import MilvusVectors
from quoth.engines.milvus.words import MilvusWords
from quoth.records import Floats, Ints, Passage

PASSAGE = Passage("a.txt", "A title", "A section", 3, 9, "A text", ())


# As in a store, no two states have the same one: what is known of a collection by its
# generation, as how new a search has to be, would be taken for what another test left in it.
_GENERATIONS = itertools.count(1)


class HeldIds:
    """A `Held` of the ids that a test says are there."""

    def __init__(self) -> None:
        self.ids: set[int] = set()
        self.sources: dict[str, list[int]] = {}
        self.changed()

    def changed(self) -> None:
        """Another state: it has another generation."""
        self.generation = str(next(_GENERATIONS))

    @property
    def gone(self) -> Ints:
        return np.empty(0, np.int64)

    def among(self, ids: Ints) -> Ints:
        return np.array(sorted(self.ids & set(ids.tolist())), np.int64)

    def of(self, sources: Sequence[str]) -> Ints:
        return np.array(sorted(n for one in sources for n in self.sources[one]), np.int64)

    def require_kept(self) -> None:
        """Nothing is taken away from a test."""

    def __len__(self) -> int:
        return len(self.ids)


class Collections:
    """One collection for each dimension and kind, as making one takes seconds."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._made: dict[tuple[int, IndexKind], Collection] = {}

    def empty(self, dimension: int, kind: IndexKind = "flat") -> Collection:
        """One without rows."""
        key = dimension, kind
        if key not in self._made:
            self._made[key] = create(self.server, new_name("f" * 32), dimension, kind)
        self._made[key].delete(self._made[key].ids())
        return self._made[key]


class InMilvus:
    """Writes rows at each change; only one of a dimension may be in use."""

    def __init__(self, collection: Collection) -> None:
        self.collection, self.held = collection, HeldIds()
        self.vectors = MilvusVectors(collection, self.held)
        self.words = MilvusWords(collection, self.held)

    def add(self, ids: Ints, vectors: Floats, passages: Sequence[Passage] | None = None) -> None:
        """passages: one for each id, in place of `PASSAGE`."""
        told = passages or [PASSAGE] * len(ids)
        words = self.collection.has_words
        self.collection.upsert(
            to_row(number, passage, vector, words=words)
            for number, passage, vector in zip(ids.tolist(), told, vectors, strict=True)
        )
        self.held.ids |= set(ids.tolist())
        self.held.changed()

    def remove(self, ids: Ints) -> None:
        self.held.ids -= set(ids.tolist())
        self.held.changed()
        self.collection.delete(ids)

    def search(self, queries: Floats, k: int, allowed: Ints | None = None) -> tuple[Floats, Ints]:
        return self.vectors.search(queries, k, allowed)

    def __len__(self) -> int:
        assert len(self.collection) == len(self.held)
        return len(self.vectors)
