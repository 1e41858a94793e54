"""Which of a collection's rows are passages of the store, at the state that is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from quoth.records import Ints
from quoth.store import Store


class Held(Protocol):
    """What a state of the store holds. Rows of a collection that it does not hold are no hits."""

    @property
    def generation(self) -> str:
        """Another one for another state."""
        ...

    def among(self, ids: Ints) -> Ints:
        """Those of `ids` (n,) that are held, ascending. (m,)."""
        ...

    def of(self, sources: Sequence[str]) -> Ints:
        """The ids of the passages of these articles, ascending."""
        ...

    @property
    def gone(self) -> Ints:
        """Ids that are not held, and still have rows for whoever reads the state before."""
        ...

    def require_kept(self) -> None:
        """Raises StateGoneError once rows that are held may have been taken away."""
        ...

    def __len__(self) -> int: ...


class StoreHeld:
    """A store's own, at the state that it is pinned to."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.generation = str(store.generation)
        self._size = store.totals()[1]

    def among(self, ids: Ints) -> Ints:
        """See `Held.among`."""
        return np.array(sorted(self._store.live_among(ids.tolist())), np.int64)

    def of(self, sources: Sequence[str]) -> Ints:
        """See `Held.of`."""
        return self._store.passage_ids_of(sources)

    def __len__(self) -> int:
        return self._size
