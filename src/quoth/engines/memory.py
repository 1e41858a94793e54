"""FAISS and tantivy in the memory of a process, made from the store."""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import uuid4

from quoth.engines.base import Engines, in_parts, stored_passages
from quoth.lexical import LexicalIndex
from quoth.records import Ints, Progress
from quoth.store import Store
from quoth.vectors import FaissVectors


def in_memory(store: Store) -> Engines:
    """Fresh engines that leave the disk alone."""
    dimension, ids = int(store.settings()["dimension"]), store.passage_ids()
    vectors, words = FaissVectors(dimension), LexicalIndex()
    for some in in_parts(ids):
        vectors.add(some, store.own_vectors(some, dimension))
    words.change(stored_passages(store, ids))
    return Engines(vectors, words)


class MemoryEngines:
    """See `EngineHome`: for a store that several machines share, of which each makes its own."""

    is_shared, is_kept = False, False

    def load(self, name: str, store: Store) -> Engines | None:
        """See `EngineHome.load`."""
        return in_memory(store) if name else None

    def begun(self, store: Store) -> str | None:
        """See `EngineHome.begun`: they are written whole or not at all."""
        return None

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
        """A new name, as those of the generation before do not fit any more."""
        return f"memory-{store.generation}-{uuid4().hex[:8]}"

    def seen(
        self, engines: Engines, store: Store, newest: Callable[[], int] | None = None
    ) -> Engines:
        """See `EngineHome.seen`: they are of one state."""
        return engines

    def sweep(self, keep: Collection[str], removed: Ints) -> None:
        """Nothing is kept."""

    def is_worn(self, name: str, engines: Engines) -> bool:
        """Never: they are always made anew."""
        return False

    def problems(self, name: str, store: Store) -> list[str]:
        """None: nothing is kept that could be damaged."""
        return []
