"""Articles → passages → vectors, staged in the store some at a time.

What is staged survives an interruption: the next change that meets the same file goes on from it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from quoth.building.comparing import NewFile
from quoth.building.settings import CUTTING, EMBEDDING, LOOSE
from quoth.errors import ArticleError
from quoth.passages import cut, embedded_texts
from quoth.records import Article, Embedder, Floats, Passage
from quoth.store import WritableStore
from quoth.store.schema import STAGED
from quoth.store.writing import PassageRow
from quoth.text import one_line

PASSAGES_AT_ONCE = 256
"""Embedded between two writes: what an interruption can cost."""
Flushed = Callable[[int], None]


@dataclass(slots=True)
class _File:
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
        self._waiting: list[_File] = []
        self._passages = 0

    def add(self, new: NewFile, articles: Iterable[Article], flushed: Flushed) -> None:
        """Stage a file. Raises ArticleError, and stages nothing, if it cannot be read.

        flushed: called with the characters of text that were embedded by then.
        """
        known = self._store.file(new.path, STAGED)
        told = (new.found.source, new.sha256, self._options)
        if known is not None and (known.source, known.sha256, known.options) == told:
            self._take_staged(known.id, new.path)
            return
        file = _File(new)
        self._waiting.append(file)
        try:
            for article in articles:
                self._take(article, file, flushed)
        except ArticleError:
            self._give_up(file)
            raise
        file.is_whole = True
        if self._passages >= PASSAGES_AT_ONCE:
            self.flush(flushed)

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

    def _take_staged(self, file: int, path: str) -> None:
        """What an interrupted change has staged of a file is as good as new."""
        for source in self._store.staged_sources(file):
            self._require_own(source, path)
        self.unchanged += self._store.kept_sources(file)
        self.staged.append(file)

    def _take(self, article: Article, file: _File, flushed: Flushed) -> None:
        self._require_own(article.source, file.new.path)
        doubted = self._anew or article.source in self._doubted
        same = None if doubted else self._store.same(article)
        if same is not None:
            file.kept.append(same)
            self.unchanged.append(article.source)
            return
        rows = passage_rows(article, self._embedder, self._target)
        file.articles.append((article, rows))
        self._passages += len(rows)
        if self._passages >= PASSAGES_AT_ONCE:
            self.flush(flushed)

    def _require_own(self, source: str, path: str) -> None:
        other = self._owners.setdefault(source, path)
        if other != path:
            raise ArticleError(
                f"two articles have the source '{one_line(source, 100)}', the other is in "
                f"'{other}': rename one, or give the folder that holds both"
            )

    def _give_up(self, file: _File) -> None:
        self._waiting.remove(file)
        for source in [name for name, path in self._owners.items() if path == file.new.path]:
            del self._owners[source]

    def _write(self, file: _File) -> int:
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


def passage_rows(article: Article, embedder: Embedder, target: int) -> list[PassageRow]:
    """The article's passages, of about `target` tokens, with the keys of their vectors."""
    passages = cut(
        article, count_tokens=embedder.count_tokens, limit=embedder.max_tokens, target=target
    )
    return [(passage, _key(passage, embedder)) for passage in passages]


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
        vectors = _embed([passage for _, passage in some], embedder)
        with store.change():
            store.put_vectors([key for key, _ in some], vectors)
            if settings:
                store.set(settings)


def _embed(passages: Sequence[Passage], embedder: Embedder) -> list[Floats]:
    """The vectors of each passage, (1 + sentences, dimension)."""
    texts = [embedded_texts(passage, limit=embedder.max_tokens) for passage in passages]
    vectors = embedder.embed_passages([text for some in texts for text in some])
    made, start = [], 0
    for some in texts:
        made.append(vectors[start : start + len(some)])
        start += len(some)
    return made


def _key(passage: Passage, embedder: Embedder) -> bytes:
    """Names what is embedded of a passage: the same key, the same vectors."""
    digest = hashlib.sha256(f"{CUTTING}\0{embedder.fingerprint}\0".encode())
    for text in embedded_texts(passage, limit=embedder.max_tokens):
        digest.update(f"{text}\0".encode())
    return digest.digest()[:16]
