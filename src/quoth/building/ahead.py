"""Embedding what is new before the lock of a shared store is held, so that machines do it at once.

Only vectors are written, under keys that name what was embedded: the change that follows under the
lock finds them. Some may be taken away meanwhile; then they are embedded again.
"""

from __future__ import annotations

from collections.abc import Iterable

from quoth.building import staging
from quoth.building.embedding import passage_rows
from quoth.building.staging import Flushed, put_missing
from quoth.records import Article, Embedder
from quoth.store import WritableStore
from quoth.store.writing import PassageRow


class Ahead:
    """Keeps the vectors of articles in a store, and nothing else of them."""

    def __init__(
        self, store: WritableStore, embedder: Embedder, *, target: int, anew: bool
    ) -> None:
        """target: tokens of a passage. anew: also of articles that are there unchanged."""
        self._store, self._embedder = store, embedder
        self._target, self._anew = target, anew
        self._rows: list[PassageRow] = []
        self._size = 0

    def add(self, articles: Iterable[Article], flushed: Flushed) -> None:
        """Embed what is new in the articles. Raises what reading them raises.

        flushed: called with the characters of text that were embedded by then.
        """
        for article in articles:
            if self._anew or self._store.same(article) is None:
                self._rows += passage_rows(article, self._embedder, self._target)
            self._size += len(article.text)
            if len(self._rows) >= staging.PASSAGES_AT_ONCE:
                self.flush(flushed)

    def flush(self, flushed: Flushed) -> None:
        """Embed what waits."""
        put_missing(self._store, self._embedder, self._rows, {})
        flushed(self._size)
        self._rows, self._size = [], 0
