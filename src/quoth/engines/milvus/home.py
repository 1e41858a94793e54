"""The collections of an index: made, filled and taken away as its store changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

import numpy as np

from quoth.engines.base import Engines, in_parts
from quoth.engines.choosing import IndexKind
from quoth.engines.milvus import collection as collections
from quoth.engines.milvus.held import StoreHeld
from quoth.engines.milvus.rows import TEXTS, Row, to_row
from quoth.engines.milvus.server import Server
from quoth.engines.milvus.vectors import MilvusVectors
from quoth.engines.milvus.words import MilvusWords, NoWords
from quoth.records import Ints, Progress
from quoth.store import Store

_COMPARED_AT_ONCE = 500
_LABEL = (*TEXTS, "start", "end", "boilerplate")


class MilvusEngines:
    """See `EngineHome`. One collection goes on from generation to generation.

    Rows are added before the transaction that shows their passages, and taken away one change after
    the one that hides them, so that whoever still reads the state before finds all of it.
    """

    is_shared, is_kept = True, True

    def __init__(self, server: Server, kind: IndexKind, identity: str = "") -> None:
        """identity: of the store; "" where `write` is called before it is needed."""
        self._server, self._kind, self._identity = server, kind, identity
        self._used: collections.Collection | None = None

    def load(self, name: str, store: Store) -> Engines | None:
        """See `EngineHome.load`. Raises EngineError where Milvus does not answer."""
        found = self._opened(name, store)
        return _bound(found, StoreHeld(store)) if found else None

    def begun(self, store: Store) -> str | None:
        """See `EngineHome.begun`."""
        settings = store.settings()
        named = {settings.get("engines"), settings.get("engines before")}
        return next((name for name in self._names(store) if name not in named), None)

    def write(
        self,
        store: Store,
        *,
        old: str | None,
        added: Ints,
        removed: Ints,
        compact: bool = False,
        progress: Progress | None = None,
    ) -> str:
        """See `EngineHome.write`; `removed` is for `sweep`."""
        settings = store.settings()
        self._identity = settings["identity"]
        self._used = self._opened(old or "", store)
        if self._used is None:
            name = collections.new_name(self._identity)
            self._used = collections.create(self._server, name, _dimension(store), self._kind)
        if self._used.name != settings.get("engines"):  # it is new, or was begun
            added = np.setdiff1d(store.passage_ids(), self._used.ids())
        self._used.upsert(_rows(store, added, self._used, progress))
        return self._used.name

    def seen(
        self, engines: Engines, store: Store, newest: Callable[[], int] | None = None
    ) -> Engines:
        """See `EngineHome.seen`."""
        assert isinstance(engines.vectors, MilvusVectors)
        return _bound(engines.vectors.collection, StoreHeld(store, newest))

    def sweep(self, keep: Collection[str], removed: Ints) -> None:
        """See `EngineHome.sweep`. Raises EngineError."""
        if self._used is not None and self._used.name in keep:
            self._used.delete(removed)
        for name in self._names():
            if name not in keep:
                self._server.call("drop_collection", name)

    def is_worn(self, name: str, engines: Engines) -> bool:
        """Never: Milvus merges its segments by itself."""
        return False

    def problems(self, name: str, store: Store) -> list[str]:
        """Whether the rows say of their passages what the store says."""
        found = self._opened(name, store)
        if found is None:
            return [f"Milvus's collection {name!r}: it is not there, or of another kind"]
        wrong = sum(_wrong(store, found, some) for some in _compared(store.passage_ids()))
        return [f"labels: {wrong} passages have others in Milvus"] if wrong else []

    def _names(self, store: Store | None = None) -> list[str]:
        """The names of all collections of the store."""
        identity = store.settings()["identity"] if store else self._identity
        begin = collections.prefix(identity)
        found = self._server.call("list_collections") if identity else []
        return sorted(name for name in found if name.startswith(begin))

    def _opened(self, name: str, store: Store) -> collections.Collection | None:
        if not name.startswith(collections.prefix(store.settings()["identity"])):
            return None
        found = collections.open_collection(self._server, name, _dimension(store))
        return found if found is not None and found.kind == self._kind else None


def _bound(collection: collections.Collection, held: StoreHeld) -> Engines:
    words = MilvusWords(collection, held) if collection.has_words else NoWords(held)
    return Engines(MilvusVectors(collection, held), words)


def _dimension(store: Store) -> int:
    return int(store.settings()["dimension"])


def _rows(
    store: Store, ids: Ints, collection: collections.Collection, progress: Progress | None
) -> Iterator[Row]:
    dimension, done = _dimension(store), 0
    for some in in_parts(ids):
        passages = store.passages(some.tolist())
        vectors = store.own_vectors(some, dimension)
        for number, vector in zip(some.tolist(), vectors, strict=True):
            yield to_row(number, passages[number], vector, words=collection.has_words)
        done += len(some)
        if progress:
            progress("filling Milvus", done, len(ids))


def _wrong(store: Store, collection: collections.Collection, ids: Ints) -> int:
    """How many of the rows that are there have another label."""
    nothing = np.empty(0, np.float32)
    passages, rows = store.passages(ids.tolist()), collection.labels(ids)
    return sum(
        any(row[name] != told[name] for name in _LABEL)
        for number, row in rows.items()
        if (told := to_row(number, passages[number], nothing, words=False))
    )


def _compared(ids: Ints) -> Iterator[Ints]:
    for start in range(0, len(ids), _COMPARED_AT_ONCE):
        yield ids[start : start + _COMPARED_AT_ONCE]
