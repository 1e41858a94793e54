"""What searches an index, and where that is kept: the protocols and what they share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from quoth.errors import EngineError
from quoth.records import Floats, Ints, Passage, Progress
from quoth.store import Store

_AT_ONCE = 4096
GONE = "engines gone"
"""The setting that names, by `to_ranges`, ids that the engines still have for the state before."""


class StateGoneError(EngineError):
    """What was searched is of a state that is not kept any more: look at the newest one."""


class Vectors(Protocol):
    """Dense search over the passages of a state. Ids are int64 and unique."""

    def search(self, queries: Floats, k: int, allowed: Ints | None = None) -> tuple[Floats, Ints]:
        """See `quoth.records.VectorEngine.search`."""
        ...

    def ids(self) -> Ints:
        """The ids that are there. int64 (n,)."""
        ...

    def differing(self, ids: Ints, vectors: Floats, tolerance: float) -> Ints:
        """Those of `ids` (n,) whose vector is not that of `vectors` (n, dimension).

        tolerance: in each place. What is not there at all differs, too.
        """
        ...

    def __len__(self) -> int: ...


class Words(Protocol):
    """Search by words over the passages of a state.

    note: why there is none, so that all is searched by meaning alone; "" where there is.
    """

    @property
    def note(self) -> str: ...

    def search(
        self, question: str, k: int, sources: Sequence[str] | None = None
    ) -> tuple[Floats, Ints]:
        """BM25 scores (k',) and ids (k',) of the best passages, k' <= k; equal scores by id.

        sources: look only into the articles of these names.
        """
        ...

    def passages_with(self, term: str) -> int:
        """In how many passages a stem of `terms.terms` occurs."""
        ...

    def knows(self, term: str) -> bool:
        """Whether a stem occurs in any passage, heading or title."""
        ...

    def spells(self, word: str) -> bool:
        """Whether a word occurs in some passage, its heading or title, in whatever case."""
        ...

    def spellings(self, prefix: str) -> list[tuple[str, int]]:
        """The words that begin with `prefix` in either case, with their numbers of passages."""
        ...

    def ids(self) -> Ints:
        """The ids that are there. int64 (n,)."""
        ...

    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Engines:
    """Both engines, at the same state."""

    vectors: Vectors
    words: Words


class EngineHome(Protocol):
    """Where the engines of an index are kept.

    What holds one generation's engines has a name, which the transaction that makes the generation
    stores in the setting `engines`. Nothing here is the truth: all can be made again from a store.

    is_shared: whether other machines read the same; then a reader who does not find them makes
    none. is_kept: whether they are anywhere but in the memory of processes.
    """

    @property
    def is_shared(self) -> bool: ...
    @property
    def is_kept(self) -> bool: ...

    def load(self, name: str, store: Store) -> Engines | None:
        """The engines of that name; None unless they are whole and the store's own."""
        ...

    def begun(self, store: Store) -> str | None:
        """The name of what `write` made a part of before it was interrupted, if there is any."""
        ...

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
        """Make engines of the store as it is inside this transaction; their name.

        old: the name of those that hold all but `added`, and `removed` (ids, ascending); None makes
        all anew. compact: leave nothing behind of what was removed, whatever it takes.
        Readers of `old` are not disturbed. Raises StorageError, EngineError.
        """
        ...

    def seen(
        self, engines: Engines, store: Store, newest: Callable[[], int] | None = None
    ) -> Engines:
        """The engines as a reader sees them who holds `store` at one state.

        newest: the newest generation that anybody has made; with it, what they do may raise
        StateGoneError.
        """
        ...

    def sweep(self, keep: Collection[str], removed: Ints) -> None:
        """Remove what is of no use once the transaction is over.

        keep: names that readers may still need. removed: ids that what was written last still has,
        and nobody needs.
        """
        ...

    def is_worn(self, name: str, engines: Engines) -> bool:
        """Whether many changes have left traces that cost time."""
        ...

    def problems(self, name: str, store: Store) -> list[str]:
        """What of that name is not as it was written, a line each."""
        ...


def stored_passages(
    store: Store, ids: Ints, progress: Progress | None = None
) -> Iterator[tuple[int, Passage]]:
    """(id, passage) of these ids, in their order, read some at a time."""
    done = 0
    for some in in_parts(ids):
        yield from sorted(store.passages(some.tolist()).items())
        done += len(some)
        if progress:
            progress("indexing words", done, len(ids))


def in_parts(ids: Ints) -> Iterator[Ints]:
    """The ids, so many at a time as are read at once."""
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def to_ranges(ids: Ints) -> str:
    """Ascending ids as text, `3-17,20-20`, short where many follow each other."""
    if not len(ids):
        return ""
    breaks = np.flatnonzero(np.diff(ids) != 1)
    firsts, lasts = ids[np.r_[0, breaks + 1]], ids[np.r_[breaks, len(ids) - 1]]
    return ",".join(f"{one}-{other}" for one, other in zip(firsts, lasts, strict=True))


def from_ranges(text: str) -> Ints:
    """The ids that `to_ranges` made a text of. int64 (n,), ascending."""
    pairs = (one.split("-") for one in text.split(",") if one)
    every = [np.arange(int(first), int(last) + 1, dtype=np.int64) for first, last in pairs]
    return np.concatenate([np.empty(0, np.int64), *every])
