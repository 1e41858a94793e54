"""An index as the adapters hold it: named by its folder, opened on first use."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from functools import partial
from typing import TypedDict, get_type_hints

from quoth.answering import Answerer
from quoth.errors import MissingExtraError, UsageError
from quoth.index import Index
from quoth.records import Answer, Hit, Mode, PathLike, Turn
from quoth.retrieval import Retriever


class Chosen(TypedDict, total=False):
    """Which articles are searched, and what was asked before, as for `Retriever.search`."""

    source: str | None
    after: str | None
    before: str | None
    history: Sequence[str | Turn]


class SearchOptions(Chosen, total=False):
    """What a search may be given beside its question, as for `Retriever.search`."""

    k: int
    mode: Mode


class AskOptions(Chosen, total=False):
    """What a question may be given beside its words, as for `Answerer.ask`."""

    quotes: int


class Library:
    """Searches and asks the index in a folder, which is opened when that is first done.

    Safe to use from several threads. A copy, or one in another process, opens the index anew.
    """

    def __init__(
        self, index: PathLike | Index, *, reader: str | None = None, threshold: float | None = None
    ) -> None:
        """index: the folder of one, or one that is open. reader, threshold: as for `Answerer`."""
        self._index = index if isinstance(index, Index) else None
        self.address = index.location.address if isinstance(index, Index) else os.fspath(index)
        self._reader, self._threshold = reader, threshold
        self._retriever: Retriever | None = None
        self._answerer: Answerer | None = None
        self._opening = threading.RLock()

    def __reduce__(self) -> tuple[object, ...]:
        made = partial(Library, self.address, reader=self._reader, threshold=self._threshold)
        return made, ()

    @property
    def index(self) -> Index:
        """The index. Raises what `Index.open` raises."""
        with self._opening:
            if self._index is None:
                self._index = Index.open(self.address)
            return self._index

    @property
    def retriever(self) -> Retriever:
        """The retriever, with the embedding model loaded."""
        with self._opening:
            if self._retriever is None:
                _ = self.index.embedder
                self._retriever = Retriever(self.index)
            return self._retriever

    @property
    def answerer(self) -> Answerer:
        """The answerer, with its models loaded."""
        with self._opening:
            if self._answerer is None:
                self._answerer = Answerer(
                    self.index, reader=self._reader, threshold=self._threshold
                )
            return self._answerer

    def search(self, question: str, options: SearchOptions) -> list[Hit]:
        """As `Retriever.search`. Raises UsageError for an option that there is none of."""
        _check_names(options, SearchOptions)
        return self.retriever.search(question, **options)

    def ask(self, question: str, options: AskOptions) -> Answer:
        """As `Answerer.ask`. Raises UsageError for an option that there is none of."""
        _check_names(options, AskOptions)
        return self.answerer.ask(question, **options)


def missing(extra: str) -> MissingExtraError:
    """The error where the framework of that extra is not installed."""
    return MissingExtraError(
        f"quoth.adapters.{extra.replace('-', '_')} needs a framework that is not installed: "
        f"run pip install 'quoth[{extra}]'"
    )


def _check_names(options: SearchOptions | AskOptions, known: type) -> None:
    names = get_type_hints(known)
    for name in options:
        if name not in names:
            raise UsageError(f"unknown option {name!r}: choose from {', '.join(sorted(names))}")
