"""`OpenIndex`: what an index holds, for reading by any number of threads and processes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from quoth.calibration import Calibration
from quoth.checking import engine_problems, store_problems
from quoth.embedding import load_embedder
from quoth.engines import Engines
from quoth.errors import IndexDamagedError, IndexMismatchError
from quoth.freshness import FileChecks
from quoth.locations import Location, location_of
from quoth.records import Article, Check, Embedder, Floats, Progress
from quoth.rows import REMEDY, ArticleInfo
from quoth.state import State, View, unknown_source
from quoth.terms import content_words


def _opened_again(kind: type[OpenIndex], address: str, embedder: Embedder | None) -> OpenIndex:
    return kind(location_of(address), embedder)


class OpenIndex:
    """An index that is read. Each call, and all calls inside `reading`, see one whole state."""

    def __init__(self, location: Location, embedder: Embedder | None = None) -> None:
        self.location = location
        self._state = State(location)
        self._embedder, self._is_given = embedder, embedder is not None
        self._was_opened = False
        self._files = FileChecks(may_be_elsewhere=location.is_shared)
        self._loading = threading.RLock()

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        """Another process opens the index anew; a given embedder goes along."""
        embedder = self._embedder if self._is_given else None
        return _opened_again, (type(self), self.location.address, embedder)

    def close(self) -> None:
        """Release the files."""
        self._state.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # -- what is there

    @contextmanager
    def reading(self) -> Iterator[View]:
        """One state of the index: all that this thread asks of it inside is of that state.

        Raises IndexMissingError, IndexMismatchError, IndexDamagedError, StorageError.
        """
        with self._state.reading() as view:
            self._require_same(view)
            yield view

    def _require_same(self, view: View) -> None:
        """The model may have become another one: a given one is of no use then."""
        made, own = view.settings["fingerprint"], self._embedder
        if own is None or own.fingerprint == made:
            self._was_opened = True
        elif not self._is_given:
            self._embedder = None
        elif self._was_opened:
            raise IndexMismatchError(
                f"the index at {self.location.name!r} was built anew with another model: "
                "open it again"
            )
        else:
            self._state.require_same(own, view.settings)

    @property
    def embedder(self) -> Embedder:
        """The model that made the vectors, loaded on first use.

        Raises ModelError if it is not there, IndexMismatchError if it is another now.
        """
        with self._loading, self.reading() as view:
            if self._embedder is None:
                loaded = load_embedder(view.settings["model"])
                self._state.require_same(loaded, view.settings)
                self._embedder = loaded
            return self._embedder

    @property
    def engines(self) -> Engines:
        """What searches by meaning and by words, loaded on first use."""
        with self.reading() as view:
            return view.engines

    @property
    def settings(self) -> dict[str, str]:
        """What the index was made with: format, model, fingerprint, dimension and so on."""
        with self.reading() as view:
            return view.settings

    @property
    def path(self) -> Path:
        """The folder, or the one on this machine for what lies beside a shared store."""
        return self.location.folder

    def articles(
        self, most: int | None = None, *, skip: int = 0, containing: str = ""
    ) -> list[ArticleInfo]:
        """Articles by source: all, or so many after those to `skip`.

        containing: only those whose source or title has these words in it.
        """
        with self.reading() as view:
            return view.store.overview(most, skip=skip, containing=containing)

    def matching(self, containing: str) -> int:
        """How many articles there are whose source or title has these words in it."""
        with self.reading() as view:
            return view.store.matching(containing)

    def totals(self) -> tuple[int, int]:
        """How many articles there are, and how many passages."""
        with self.reading() as view:
            return view.store.totals()

    def article(self, source: str) -> Article:
        """The stored article, its text checked against its hash.

        Raises UsageError for an unknown source, IndexDamagedError if the text is not what was
        stored.
        """
        with self.reading() as view:
            article = view.store.article(source)
            if article is None:
                raise unknown_source(source, view.store.sources())
            return article

    def text(self, source: str) -> str:
        """The stored article's text, checked against its hash. Raises as `article` does."""
        with self.reading() as view:
            text = view.store.text(source)
            if text is None:
                raise unknown_source(source, view.store.sources())
            return text

    def sources(self) -> list[str]:
        """The sources of all articles, in order."""
        with self.reading() as view:
            return view.store.sources()

    def passage_vectors(self, ids: Sequence[int]) -> dict[int, Floats]:
        """Passage id → (1 + sentences, dimension): its own vector, then its sentences'.

        Raises IndexDamagedError if one is missing.
        """
        with self.reading() as view:
            found = view.store.passage_vectors(ids, int(view.settings["dimension"]))
        if len(found) < len(set(ids)):
            raise IndexDamagedError(
                f"vectors are missing from the index at {self.location.name!r}: {REMEDY}"
            )
        return found

    def words_nowhere(self, question: str) -> list[str]:
        """The content words of the question that occur in no article or title, as written."""
        words = self.engines.words
        return [
            question[span.start : span.end]
            for span, stems in content_words(question)
            if not any(words.knows(stem) for stem in stems)
        ]

    # -- calibration

    def calibration(self, reader: str) -> Calibration | None:
        """What `calibrate` stored for the reader of that name."""
        text = self.settings.get(f"calibration {reader}")
        if not text:
            return None
        try:
            return Calibration.from_json(text)
        except ValueError as error:
            raise IndexDamagedError(
                f"the calibration stored in {self.location.name!r} is damaged: "
                "run `quoth calibrate`"
            ) from error

    # -- checking

    def check(self, source: str) -> Check:
        """`verified` if the article's file still says what is stored, else `changed`.

        The file is read again only where its size or times of change differ from when it was
        stored. What came from no file is compared with nothing but its own hash.
        """
        with self.reading() as view:
            origin = view.store.origin(source)
        return "changed" if origin is None else self._files.check(source, origin)

    def verify(self, progress: Progress | None = None) -> list[str]:
        """Compare everything with everything; the problems found, one line each, [] for none."""
        with self.reading() as view:
            found = store_problems(view.store, progress)
            try:
                engines, name = view.engines, view.settings.get("engines", "")
            except IndexDamagedError as error:  # nothing can be made of what is damaged
                return found or [str(error)]
            home = self._state.home(view.settings)
            return found + engine_problems(home, name, view.store, engines)
