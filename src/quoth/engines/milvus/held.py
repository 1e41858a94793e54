"""Which of a collection's rows are passages of the store, at the state that is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Protocol

import numpy as np

from quoth.engines.base import GONE, StateGoneError, from_ranges
from quoth.records import Ints
from quoth.store import Store

_KEPT_FOR = 1
"""Changes after which the rows of what was removed are still there."""


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

    def __init__(self, store: Store, newest: Callable[[], int] | None = None) -> None:
        """newest: the newest generation that anybody has made."""
        self._store, self._newest = store, newest
        settings = store.settings()
        self.generation = settings.get("generation", "0")
        self._gone = settings.get(GONE, "")

    def among(self, ids: Ints) -> Ints:
        """See `Held.among`."""
        return np.array(sorted(self._store.live_among(ids.tolist())), np.int64)

    def of(self, sources: Sequence[str]) -> Ints:
        """See `Held.of`."""
        return self._store.passage_ids_of(sources)

    @property
    def gone(self) -> Ints:
        """See `Held.gone`."""
        return from_ranges(self._gone)

    def require_kept(self) -> None:
        """See `Held.require_kept`."""
        if self._newest is not None and self._newest() > int(self.generation) + _KEPT_FOR:
            raise StateGoneError("the index changed while it was searched: ask again")

    @cached_property
    def _size(self) -> int:
        return self._store.totals()[1]

    def __len__(self) -> int:
        return self._size
