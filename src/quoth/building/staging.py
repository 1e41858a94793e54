"""Articles → passages → vectors, staged in the store some at a time.

What is staged survives an interruption: the next change that meets the same file goes on from it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from quoth.building.comparing import NewFile
from quoth.building.embedding import passage_rows
from quoth.building.settings import EMBEDDING, LOOSE
from quoth.errors import ArticleError
from quoth.passages import vectors_of
from quoth.records import Article, Embedder, Floats
from quoth.store import WritableStore
from quoth.store.schema import STAGED
from quoth.store.writing import PassageRow
from quoth.text import one_line

PASSAGES_AT_ONCE = 256
"""Embedded between two writes: what an interruption can cost."""
Flushed = Callable[[int], None]


@dataclass(slots=True)
class StagedFile:
    """A file that is being staged. id: 0 until something of it is written."""

    new: NewFile
    id: int = 0
    kept: list[int] = field(default_factory=list)
    articles: list[tuple[Article, list[PassageRow]]] = field(default_factory=list)
    is_whole: bool = False


def begin(store: WritableStore, made: Mapping[str, str]) -> None:
    """What was staged with another model or cutting is of no use but for its vectors."""
    told, settings = json.dumps(made, sort_keys=True), store.settings()
    if settings.get("staging") != told:
        with store.change():
            store.spoil_staged()
            store.set({"staging": told, LOOSE: "yes"})
    elif EMBEDDING in settings and LOOSE not in settings:
        with store.change():
            store.set({LOOSE: "yes"})


class Staging:
    """Stages files; `staged` are the ids to show in the end.

    unchanged: the sources of articles found as they are stored, in files that have changed.
    """

    def __init__(
        self,
        store: WritableStore,
        embedder: Embedder,
        *,
        target: int,
        options: str,
        anew: bool,
        owners: dict[str, str],
        doubted: frozenset[str] = frozenset(),
    ) -> None:
        """target: tokens of a passage. options: how files are read. anew: keep no article that
        is there. owners: source → path of articles that other files have. doubted: sources of
        articles that are not to be kept either.
        """
        self.staged: list[int] = []
        self.unchanged: list[str] = []
        self._store, self._embedder = store, embedder
        self._target, self._options, self._anew = target, options, anew
        self._owners, self._doubted = owners, doubted
        self._waiting: list[StagedFile] = []
        self._passages = 0

    def add(self, new: NewFile, articles: Iterable[Article], flushed: Flushed) -> None:
        """Stage a file. Raises ArticleError, and stages nothing, if it cannot be read.

        flushed: called with the characters of text that were embedded by then.
        """
        if self.has(new):
            return
        file = self.open(new)
        try:
            for article in articles:
                self.take(article, file, flushed)
        except ArticleError:
            self.give_up(file)
            raise
        self.close(file, flushed)

    def has(self, new: NewFile) -> bool:
        """Whether an interrupted change has staged the file, which is then as good as new.

        Raises ArticleError if another file has its articles.
        """
        known = self._store.file(new.path, STAGED)
        told = (new.found.source, new.sha256, self._options)
        if known is None or (known.source, known.sha256, known.options) != told:
            return False
        for source in self._store.staged_sources(known.id):
            self._require_own(source, new.path)
        self.unchanged += self._store.kept_sources(known.id)
        self.staged.append(known.id)
        return True

    def open(self, new: NewFile) -> StagedFile:
        """A file of which articles are to come, until it is closed or given up."""
        self._waiting.append(file := StagedFile(new))
        return file

    def take(
        self,
        article: Article,
        file: StagedFile,
        flushed: Flushed,
        rows: list[PassageRow] | None = None,
    ) -> None:
        """Stage an article of the file. Raises ArticleError if another file has it.

        rows: its passages, where it is cut already; what of them has vectors (see `put`) is not
        embedded again.
        """
        self._require_own(article.source, file.new.path)
        doubted = self._anew or article.source in self._doubted
        same = None if doubted else self._store.same(article)
        if same is not None:
            file.kept.append(same)
            self.unchanged.append(article.source)
            return
        found = passage_rows(article, self._embedder, self._target) if rows is None else rows
        file.articles.append((article, found))
        self._passages += len(found)
        if self._passages >= PASSAGES_AT_ONCE:
            self.flush(flushed)

    def put(self, keys: Sequence[bytes], vectors: Sequence[Floats]) -> None:
        """Keep the vectors of passages that are still to come, if nothing comes between."""
        with self._store.change():
            self._store.put_vectors(keys, vectors)
            self._store.set({EMBEDDING: "yes", LOOSE: "yes"})

    def known_keys(self) -> bytes:
        """The keys of all passages that have vectors, sorted, one after the other."""
        return self._store.vector_keys()

    def close(self, file: StagedFile, flushed: Flushed) -> None:
        """All of the file is there."""
        file.is_whole = True
        if self._passages >= PASSAGES_AT_ONCE:
            self.flush(flushed)

    def give_up(self, file: StagedFile) -> None:
        """Nothing of the file is to go in."""
        self._waiting.remove(file)
        for source in [name for name, path in self._owners.items() if path == file.new.path]:
            del self._owners[source]

    def flush(self, flushed: Flushed) -> None:
        """Embed what waits, and write it."""
        rows = [row for file in self._waiting for _, some in file.articles for row in some]
        put_missing(self._store, self._embedder, rows, {EMBEDDING: "yes"})
        size = 0
        with self._store.change():
            for file in self._waiting:
                size += self._write(file)
        self.staged += [file.id for file in self._waiting if file.is_whole]
        self._waiting = [file for file in self._waiting if not file.is_whole]
        self._passages = 0
        flushed(size)

    def _require_own(self, source: str, path: str) -> None:
        other = self._owners.setdefault(source, path)
        if other != path:
            raise ArticleError(
                f"two articles have the source '{one_line(source, 100)}', the other is in "
                f"'{other}': rename one, or give the folder that holds both"
            )

    def _write(self, file: StagedFile) -> int:
        """Stage what is read of the file so far; the bytes of its text. Inside `change`."""
        new, store = file.new, self._store
        file.id = file.id or store.begin_file(
            new.path, new.found.source, new.stamp, new.sha256, self._options
        )
        for number in file.kept:
            store.keep(number, file.id)
        for article, rows in file.articles:
            store.stage(article, file.id, rows)
        size = sum(len(article.text) for article, _ in file.articles)
        file.kept, file.articles = [], []
        if file.is_whole:
            store.finish_file(file.id)
        return size


def put_missing(
    store: WritableStore,
    embedder: Embedder,
    rows: Sequence[PassageRow],
    settings: Mapping[str, str],
) -> None:
    """Embed those passages that have no vectors yet, and keep these, some at a time.

    settings: set together with vectors.
    """
    unique = {key: passage for passage, key in rows}
    present = store.present(list(unique))
    missing = [(key, passage) for key, passage in unique.items() if key not in present]
    for start in range(0, len(missing), PASSAGES_AT_ONCE):
        some = missing[start : start + PASSAGES_AT_ONCE]
        vectors = vectors_of([passage for _, passage in some], embedder)
        with store.change():
            store.put_vectors([key for key, _ in some], vectors)
            if settings:
                store.set(settings)
