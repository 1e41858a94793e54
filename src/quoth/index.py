"""`Index`: articles made searchable, kept in a folder.

    index/quoth.sqlite   the truth (store.py): articles, passages, vectors, settings
    index/vectors.faiss  ┐
    index/words/         │ remade from it whenever they do not fit (derived.py)
    index/derived.json   ┘
    index/lock           held by whoever writes

A change embeds first (finished vectors are kept), then writes one transaction, then brings the
engines up to date. Killed anywhere, the folder holds either the state before or the state after.
An open index goes on showing one state, whatever others write: that at which it was opened, or,
if others wrote before its first search, the newest at that search.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from quoth import building
from quoth.articles import ReadResult, read_articles
from quoth.building import FORMAT, Changes
from quoth.calibration import Calibration
from quoth.checking import problems
from quoth.derived import Engines
from quoth.embedding import load_embedder
from quoth.errors import IndexDamagedError, UsageError
from quoth.freshness import FileChecks
from quoth.locking import locked
from quoth.records import Article, Check, Embedder, Floats, PathLike, Progress
from quoth.rows import ArticleInfo
from quoth.state import State, unknown_source
from quoth.store import Store
from quoth.terms import content_words

__all__ = ["FORMAT", "ArticleInfo", "Changes", "Index"]


@dataclass(frozen=True, slots=True)
class _Given:
    """What an index is to hold. read_at: when reading began, in seconds."""

    read: ReadResult
    read_at: float
    encoding: str
    passage_tokens: int | None
    progress: Progress | None


def _require_size(passage_tokens: int | None) -> None:
    if passage_tokens is not None and not 16 <= passage_tokens <= 4096:
        raise UsageError(f"passage_tokens is {passage_tokens}: it must be from 16 to 4096")


class Index:
    """An index in a folder; use `build` or `open`.

    Safe to read from several threads, as long as none writes through the same `Index`.
    """

    def __init__(self, state: State, embedder: Embedder | None = None) -> None:
        self.changes = Changes()
        self._state = state
        self._embedder = embedder
        self._files = FileChecks()
        self._loading = threading.RLock()

    # -- making and opening

    @classmethod
    def build(
        cls,
        paths: PathLike | Sequence[PathLike],
        path: PathLike = "index",
        *,
        model: str | None = None,
        encoding: str = "utf-8",
        embedder: Embedder | None = None,
        passage_tokens: int | None = None,
        progress: Progress | None = None,
    ) -> Index:
        """Make the index hold exactly the articles of `paths`; no work where nothing changed.

        model: name or folder of a sentence-transformers model; None keeps the index's own, or
        takes the packaged one. embedder: use this one instead of loading `model`.
        passage_tokens: that a passage should have; None keeps the index's own, or takes 160.
        Raises ArticleError, ModelError, IndexBusyError, StorageError.
        """
        _require_size(passage_tokens)
        read_at, read = time.time(), read_articles(paths, encoding=encoding)
        given = _Given(read, read_at, encoding, passage_tokens, progress)
        return cls._made(Path(path), given, model, embedder)

    @classmethod
    def of(
        cls,
        articles: Sequence[Article],
        path: PathLike,
        *,
        embedder: Embedder | None = None,
        passage_tokens: int | None = None,
        progress: Progress | None = None,
    ) -> Index:
        """As `build`, of articles that are in memory."""
        _require_size(passage_tokens)
        read = ReadResult(list(articles), [])
        given = _Given(read, time.time(), "utf-8", passage_tokens, progress)
        return cls._made(Path(path), given, None, embedder)

    @classmethod
    def _made(
        cls, folder: Path, given: _Given, model: str | None, embedder: Embedder | None
    ) -> Index:
        with locked(folder):
            index = cls(State(folder, building.usable_store(folder)), embedder)
            with index._closing_on_error():
                name = model or index.settings.get("model")
                index._embedder = embedder or load_embedder(name, progress=given.progress)
                try:
                    index._hold(given)
                except IndexDamagedError:  # which is why one builds again
                    index.close()
                    index._state = State(folder, building.fresh_store(folder))
                    index._hold(given)
        return index

    @classmethod
    def open(cls, path: PathLike = "index", *, embedder: Embedder | None = None) -> Index:
        """The index in that folder.

        embedder: use this one instead of loading the model that the index names.
        Raises IndexMissingError, IndexMismatchError, IndexDamagedError, StorageError; ModelError
        on the first use of a model that cannot be loaded.
        """
        index = cls(State.open(Path(path)), embedder)
        if embedder is not None:
            with index._closing_on_error():
                index._state.require_same(embedder)
        return index

    def add(
        self,
        paths: PathLike | Sequence[PathLike],
        *,
        encoding: str = "utf-8",
        progress: Progress | None = None,
    ) -> Changes:
        """Add the articles of `paths`, or replace those of the same source.

        Raises ArticleError, ModelError, IndexMismatchError, IndexMissingError, IndexBusyError,
        StorageError.
        """
        read_at, read = time.time(), read_articles(paths, encoding=encoding)
        with self._state.writing():
            self.changes = building.update(
                self.store, self.embedder, read,
                read_at=read_at, encoding=encoding, progress=progress,
            )  # fmt: skip
        return self.changes

    def remove(self, sources: str | Sequence[str]) -> Changes:
        """Remove articles by source, one or several; [] removes nothing.

        Raises UsageError for a source that is not there (and removes none), IndexMismatchError,
        IndexMissingError, IndexBusyError, StorageError.
        """
        gone = sorted({sources} if isinstance(sources, str) else set(sources))
        if not gone:
            self.changes = Changes()
            return self.changes
        with self._state.writing():
            known = self.store.fingerprints()
            for source in gone:
                if source not in known:
                    raise unknown_source(source, known)
            with self.store.change():
                building.drop(self.store, gone)
            self.changes = Changes(removed=tuple(gone))
        return self.changes

    def close(self) -> None:
        """Release the files."""
        self.store.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # -- what is there

    @property
    def embedder(self) -> Embedder:
        """The model that made the vectors, loaded on first use.

        Raises ModelError if it is not there, IndexMismatchError if it is another now.
        """
        with self._loading:
            if self._embedder is None:
                loaded = load_embedder(self.settings["model"])
                self._state.require_same(loaded)
                self._embedder = loaded
            return self._embedder

    @property
    def engines(self) -> Engines:
        """FAISS and tantivy at the store's state, loaded on first use.

        Raises IndexMismatchError if they are of another model by then.
        """
        return self._state.engines

    @property
    def store(self) -> Store:
        """Articles, passages and vectors, at the state that the index shows."""
        return self._state.store

    @property
    def settings(self) -> dict[str, str]:
        """What the index was made with: format, model, fingerprint, dimension and so on."""
        return self._state.settings

    @property
    def path(self) -> Path:
        """The folder."""
        return self._state.folder

    def articles(self) -> list[ArticleInfo]:
        """All articles, by source."""
        return self.store.overview()

    def article(self, source: str) -> Article:
        """The stored article, its text checked against its hash.

        Raises UsageError for an unknown source, IndexDamagedError if the text is not what was
        stored.
        """
        article = self.store.article(source)
        if article is None:
            raise unknown_source(source, self.sources())
        if hashlib.sha256(article.text.encode()).hexdigest() != article.sha256:
            raise IndexDamagedError(
                f"the stored text of {source!r} is damaged: build the index again"
            )
        return article

    def sources(self) -> list[str]:
        """The sources of all articles, in order."""
        return list(self.store.fingerprints())

    def passage_vectors(self, ids: Sequence[int]) -> dict[int, Floats]:
        """Passage id → (1 + sentences, dimension): its own vector, then its sentences'.

        Raises IndexDamagedError if one is missing.
        """
        found = self.store.passage_vectors(ids, int(self.settings["dimension"]))
        if len(found) < len(set(ids)):
            raise IndexDamagedError(
                f"vectors are missing from the index at {str(self.path)!r}: build it again"
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
                f"the calibration stored in {str(self.path)!r} is damaged: run `quoth calibrate`"
            ) from error

    def calibrate(self, calibration: Calibration) -> None:
        """Store it, in the place of an older one for that reader.

        Raises IndexMismatchError, IndexMissingError, IndexBusyError, StorageError.
        """
        with self._state.writing(), self.store.change():
            self.store.set({f"calibration {calibration.reader}": calibration.to_json()})

    def forget_calibration(self, reader: str) -> None:
        """Take out what `calibrate` stored for the reader of that name, if anything. Raises as it
        does."""
        with self._state.writing(), self.store.change():
            self.store.set({f"calibration {reader}": ""})

    # -- checking

    def check(self, source: str) -> Check:
        """`verified` if the article's file still says what is stored, else `changed`.

        The file is read again only where its size or times of change differ from when it was
        stored.
        """
        origin = self.store.origin(source)
        return "changed" if origin is None else self._files.check(source, origin)

    def verify(self, progress: Progress | None = None) -> list[str]:
        """Compare everything with everything; the problems found, one line each, [] for none."""
        return problems(self.store, self.engines, progress)

    # -- inside

    def _hold(self, given: _Given) -> None:
        """Make the index hold exactly what was read; call under the lock."""
        names = {article.source for article in given.read.articles}
        self.changes = building.update(
            self.store, self.embedder, given.read,
            gone=sorted(set(self.sources()) - names),
            read_at=given.read_at, encoding=given.encoding, progress=given.progress,
            passage_tokens=given.passage_tokens,
        )  # fmt: skip
        self._state.settle()

    @contextmanager
    def _closing_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise
