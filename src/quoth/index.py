"""`Index`: articles made searchable, kept in a folder.

    index/quoth.sqlite   the truth (store.py): articles, passages, vectors, settings
    index/vectors.faiss  ┐ remade from it whenever they do not fit (derived.py)
    index/words/         ┘
    index/lock           held by whoever writes

A change embeds first (finished vectors are kept), then writes one transaction, then brings the
engines up to date. Killed anywhere, the folder holds either the state before or the state after.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from quoth import articles as reading_files
from quoth import derived
from quoth.embedding import load_embedder
from quoth.errors import (
    IndexBusyError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    StorageError,
    UsageError,
)
from quoth.passages import cut, embedded_texts
from quoth.records import Article, Check, Embedder, Floats, Passage, PathLike, Progress
from quoth.store import Store
from quoth.terms import content_words

FORMAT = "1"
"""Counts up when an index of an older quoth can no longer be used."""
_CUTTING = "1"  # counts up when passages or what is embedded of them change
_LOCK_SECONDS = 10.0
_PASSAGES_AT_ONCE = 256  # embedded between two writes: what an interruption can cost
_RACY_SECONDS = 2.0  # a file changed this recently may change again without its stamp showing it


@dataclass(frozen=True, slots=True)
class Changes:
    """What a build, add or remove did; sources in order. skipped: (path, reason)."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ArticleInfo:
    """One line of a list of articles. characters: code points."""

    source: str
    title: str
    characters: int
    passages: int


class Index:
    """An index in a folder. Reading is safe from several threads; use `build` or `open`."""

    def __init__(self, path: Path, store: Store, embedder: Embedder | None = None) -> None:
        self.path = path
        self.store = store
        self.settings = store.settings()
        self.changes = Changes()
        self._embedder = embedder
        self._engines: derived.Engines | None = None
        self._checked: dict[tuple[str, str], Check] = {}

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
        progress: Progress | None = None,
    ) -> Index:
        """Make the index hold exactly the articles of `paths`; no work where nothing changed.

        model: name or folder of a sentence-transformers model; None keeps the index's own, or
        takes the packaged one. embedder: use this one instead of loading `model`.
        Raises ArticleError, ModelError, IndexBusyError, StorageError.
        """
        folder = Path(path)
        read = reading_files.read_articles(paths, encoding=encoding)
        with _locked(folder):
            store = _usable_store(folder)
            name = model or store.settings().get("model")
            chosen = embedder or load_embedder(name, progress=progress)
            index = cls(folder, store, chosen)
            index.settings = _settings(chosen)
            gone = set(store.fingerprints()) - {article.source for article in read.articles}
            index.changes = index._change(read, sorted(gone), encoding, progress)
        return index

    @classmethod
    def open(cls, path: PathLike = "index", *, embedder: Embedder | None = None) -> Index:
        """The index in that folder.

        embedder: use this one instead of loading the model that the index names.
        Raises IndexMissingError, IndexMismatchError, IndexDamagedError, ModelError.
        """
        folder = Path(path)
        if not (folder / "quoth.sqlite").is_file():
            raise IndexMissingError(
                f"no index at {str(path)!r}: run 'quoth build PATH --index {path}' first"
            )
        store = Store(folder / "quoth.sqlite")
        _require_format(folder, store)
        index = cls(folder, store, embedder)
        if embedder is not None:
            index._require_same(embedder)
        return index

    def add(
        self,
        paths: PathLike | Sequence[PathLike],
        *,
        encoding: str = "utf-8",
        progress: Progress | None = None,
    ) -> Changes:
        """Add the articles of `paths`, or replace those of the same source.

        Raises ArticleError, ModelError, IndexBusyError, StorageError.
        """
        read = reading_files.read_articles(paths, encoding=encoding)
        with _locked(self.path):
            self.changes = self._change(read, [], encoding, progress)
        return self.changes

    def remove(self, sources: Sequence[str]) -> Changes:
        """Remove articles by source.

        Raises UsageError for a source that is not there (and removes none), IndexBusyError.
        """
        with _locked(self.path):
            known = self.store.fingerprints()
            for source in sources:
                self._require_known(source, known)
            gone = sorted(set(sources))
            with self.store.change():
                self._write(gone)
            self._engines = derived.remake(self.path, self.store)
            self.changes = Changes(removed=tuple(gone))
        return self.changes

    def close(self) -> None:
        """Release the files."""
        self.store.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # -- what is there

    @property
    def embedder(self) -> Embedder:
        """The model that made the vectors, loaded on first use.

        Raises ModelError if it is not there, IndexMismatchError if it is another now.
        """
        if self._embedder is None:
            loaded = load_embedder(self.settings["model"])
            self._require_same(loaded)
            self._embedder = loaded
        return self._embedder

    @property
    def engines(self) -> derived.Engines:
        """FAISS and tantivy at the store's state, loaded on first use."""
        if self._engines is None:
            self._engines = derived.load(self.path, self.store) or self._mended()
        return self._engines

    def articles(self) -> list[ArticleInfo]:
        """All articles, by source."""
        return [ArticleInfo(*row) for row in self.store.overview()]

    def article(self, source: str) -> Article:
        """The stored article, its text checked against its hash.

        Raises UsageError for an unknown source, IndexDamagedError if the text is not what was
        stored.
        """
        article = self.store.article(source)
        if article is None:
            self._require_known(source, self.store.fingerprints())
            raise UsageError(f"no article {source!r} in the index")
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
        """The content words of the question that occur in no passage, as they were written."""
        words = self.engines.words
        return [
            question[span.start : span.end]
            for span, stems in content_words(question)
            if not any(words.passages_with(stem) for stem in stems)
        ]

    # -- checking

    def check(self, source: str) -> Check:
        """`verified` if the article's file still says what is stored, else `changed`.

        The file is read again only where its size or time of change differ from when it was
        stored.
        """
        origin = self.store.origin(source)
        if origin is None:
            return "changed"
        stamp = _stamp(origin.path)
        if stamp and stamp == origin.stamp:
            return "verified"
        if (source, stamp) not in self._checked:
            again = reading_files.reread(Path(origin.path), source, origin.encoding)
            same = again is not None and again.sha256 == origin.sha256
            self._checked[source, stamp] = "verified" if same else "changed"
        return self._checked[source, stamp]

    def verify(self, progress: Progress | None = None) -> list[str]:
        """Compare everything with everything; the problems found, one line each, [] for none."""
        from quoth.checking import problems

        return problems(self.store, self.engines, progress)

    # -- inside

    def _change(
        self,
        read: reading_files.ReadResult,
        gone: list[str],
        encoding: str,
        progress: Progress | None,
    ) -> Changes:
        remade = any(self.store.settings().get(k) != v for k, v in self.settings.items())
        before = {} if remade else self.store.fingerprints()
        new = [a for a in read.articles if before.get(a.source) != (a.sha256, a.title, a.path)]
        rows = self._rows(new, progress)
        self._embed_missing([row for some in rows for row in some], progress)
        if new or gone or remade:
            with self.store.change():
                self.store.set(self.settings)
                for article, some in zip(new, rows, strict=True):
                    stamp = _stamp(article.path)
                    self.store.put(article, stamp=stamp, encoding=encoding, passages=some)
                self._write(gone)
        self._engines = derived.load(self.path, self.store) or derived.remake(self.path, self.store)
        names = {article.source for article in new}
        return Changes(
            added=tuple(sorted(names - set(before))),
            updated=tuple(sorted(names & set(before))),
            removed=tuple(gone),
            unchanged=tuple(a.source for a in read.articles if a.source not in names),
            skipped=tuple(read.skipped),
        )

    def _write(self, gone: list[str]) -> None:
        self.store.remove(gone)
        self.store.drop_unused_vectors()
        self.store.count_up()

    def _rows(
        self, new: list[Article], progress: Progress | None
    ) -> list[list[tuple[Passage, bytes]]]:
        rows = []
        for number, article in enumerate(new, 1):
            limit = self.embedder.max_tokens
            found = cut(article, count_tokens=self.embedder.count_tokens, limit=limit)
            rows.append([(passage, self._key(passage)) for passage in found])
            if progress:
                progress("cutting", number, len(new))
        return rows

    def _embed_missing(self, rows: list[tuple[Passage, bytes]], progress: Progress | None) -> None:
        unique = {key: passage for passage, key in rows}
        present = self.store.vectors(list(unique), int(self.settings["dimension"]))
        missing = [(key, passage) for key, passage in unique.items() if key not in present]
        for start in range(0, len(missing), _PASSAGES_AT_ONCE):
            some = missing[start : start + _PASSAGES_AT_ONCE]
            made = _embed([passage for _, passage in some], self.embedder)
            self.store.put_vectors([key for key, _ in some], made)
            if progress:
                progress("embedding", start + len(some), len(missing))

    def _key(self, passage: Passage) -> bytes:
        """Names what is embedded of a passage: the same key, the same vectors."""
        digest = hashlib.sha256(f"{_CUTTING}\0{self.settings['fingerprint']}\0".encode())
        for text in embedded_texts(passage, limit=self.embedder.max_tokens):
            digest.update(f"{text}\0".encode())
        return digest.digest()[:16]

    def _mended(self) -> derived.Engines:
        try:
            with _locked(self.path):
                current = derived.load(self.path, self.store)
                return current or derived.remake(self.path, self.store)
        except StorageError:  # a folder one may only read still answers
            return derived.in_memory(self.store)

    def _require_same(self, embedder: Embedder) -> None:
        if embedder.fingerprint != self.settings["fingerprint"]:
            raise IndexMismatchError(
                f"the index at {str(self.path)!r} was made with the model "
                f"{self.settings['model']!r} ({self.settings['dimension']} dimensions), this "
                f"is {embedder.name!r} ({embedder.dimension}): build it again, or use that model"
            )

    def _require_known(self, source: str, known: Iterable[str]) -> None:
        if source not in set(known):
            from difflib import get_close_matches

            near = get_close_matches(source, list(known), 1)
            hint = f"did you mean {near[0]!r}?" if near else "'quoth list' shows what is there"
            raise UsageError(f"no article {source!r} in the index: {hint}")


def _embed(passages: Sequence[Passage], embedder: Embedder) -> list[Floats]:
    texts = [embedded_texts(passage, limit=embedder.max_tokens) for passage in passages]
    vectors = embedder.embed_passages([text for some in texts for text in some])
    made, start = [], 0
    for some in texts:
        made.append(vectors[start : start + len(some)])
        start += len(some)
    return made


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, making the folder where it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock")
        lock.acquire(timeout=_LOCK_SECONDS)
    except Timeout as error:
        raise IndexBusyError(
            f"another process is writing to the index at {str(folder)!r}: "
            "wait until it has finished"
        ) from error
    except OSError as error:
        raise StorageError(
            f"cannot write the index at {str(folder)!r} ({error.strerror}): "
            "free some space, check its permissions or choose another --index"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _usable_store(folder: Path) -> Store:
    """The folder's store; one that is damaged or of another version is put aside, not lost."""
    path = folder / "quoth.sqlite"
    try:
        store = Store(path)
        if store.settings().get("format", FORMAT) == FORMAT:
            return store
        store.close()
    except IndexDamagedError:
        pass
    aside = folder / f"quoth.sqlite.aside-{time.strftime('%Y%m%d-%H%M%S')}"
    for suffix in ("", "-wal", "-shm"):
        old = folder / f"quoth.sqlite{suffix}"
        if old.exists():
            os.replace(old, f"{aside}{suffix}")
    return Store(path)


def _settings(embedder: Embedder) -> dict[str, str]:
    """What an index is made with: if any of it changes, all articles are cut and embedded anew."""
    return {
        "format": FORMAT,
        "cutting": _CUTTING,
        "model": embedder.name,
        "fingerprint": embedder.fingerprint,
        "dimension": str(embedder.dimension),
    }


def _require_format(folder: Path, store: Store) -> None:
    made = store.settings().get("format")
    if made is None:
        raise IndexMissingError(
            f"the index at {str(folder)!r} was never finished: run 'quoth build PATH' again"
        )
    if made != FORMAT:
        raise IndexMismatchError(
            f"the index at {str(folder)!r} has format {made}, this quoth reads {FORMAT}: "
            "build it again"
        )


def _stamp(path: str) -> str:
    """Size and time of change of a file; "" where it is gone or was changed just now."""
    try:
        status = os.stat(path)
    except OSError:
        return ""
    if time.time() - status.st_mtime < _RACY_SECONDS:
        return ""
    return json.dumps([status.st_size, status.st_mtime_ns])
