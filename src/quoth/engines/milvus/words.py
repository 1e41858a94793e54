"""Search by words in a collection, with what `LexicalIndex` offers to retrieval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quoth.engines.milvus.collection import Collection
from quoth.engines.milvus.consistency import STRONG
from quoth.engines.milvus.held import Held
from quoth.engines.milvus.whole import Found, k_best
from quoth.records import Floats, Ints
from quoth.terms import terms

NO_WORDS = "this server has no BM25; searched by meaning only"


class MilvusWords:
    """BM25 over the stems of passages, headings and titles, all of the same weight.

    Spelling is not corrected: Milvus gives no list of its words.
    """

    note = ""

    def __init__(self, collection: Collection, held: Held) -> None:
        self._collection, self._held = collection, held

    def search(
        self, question: str, k: int, sources: Sequence[str] | None = None
    ) -> tuple[Floats, Ints]:
        """See `LexicalIndex.search`. Raises EngineError."""
        words = " ".join(dict.fromkeys(terms(question)))
        allowed = None if sources is None else self._held.of(sources)
        if not words or (allowed is not None and not len(allowed)):
            return np.empty(0, np.float32), np.empty(0, np.int64)

        def find(limit: int, newest: bool) -> Found:
            level = STRONG if newest else self._collection.consistency.level(self._held.generation)
            return self._collection.with_words(words, limit, level, allowed)

        # Nobody knows how many passages have these words.
        where = f"Milvus's collection {self._collection.name!r}"
        scores, ids = k_best(find, k, self._held, lambda: 0, where)
        return scores[0], ids[0]

    def passages_with(self, term: str) -> int:
        """In how many passages, with their headings and titles, a stem occurs."""
        return self._collection.count_with(term)

    def knows(self, term: str) -> bool:
        """Whether a stem occurs in any passage, heading or title."""
        return self.passages_with(term) > 0

    def spells(self, word: str) -> bool:
        """True, so that no word is corrected."""
        return True

    def spellings(self, prefix: str) -> list[tuple[str, int]]:
        """None."""
        return []

    def ids(self) -> Ints:
        """The ids of all rows, but for those that are kept for the state before. Ascending."""
        return np.setdiff1d(self._collection.ids(), self._held.gone)

    def __len__(self) -> int:
        return len(self._held)


class NoWords:
    """In place of words where the server ranks none: nothing is found, nothing is unknown."""

    note = NO_WORDS

    def __init__(self, held: Held) -> None:
        self._held = held

    def search(
        self, question: str, k: int, sources: Sequence[str] | None = None
    ) -> tuple[Floats, Ints]:
        """Nothing."""
        return np.empty(0, np.float32), np.empty(0, np.int64)

    def passages_with(self, term: str) -> int:
        """0, so that all words weigh the same."""
        return 0

    def knows(self, term: str) -> bool:
        """True: nobody can say that it does not occur."""
        return True

    def spells(self, word: str) -> bool:
        """True, so that no word is corrected."""
        return True

    def spellings(self, prefix: str) -> list[tuple[str, int]]:
        """None."""
        return []

    def ids(self) -> Ints:
        """None."""
        return np.empty(0, np.int64)

    def __len__(self) -> int:
        return len(self._held)
