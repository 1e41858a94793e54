"""The durable truth of an index: articles, passages, vectors and settings in one SQLite file.

FAISS and tantivy hold only what can be remade from here. Vectors are addressed by content (the
key of what was embedded), so the same words are embedded once, and finished vectors survive an
interrupted build. Articles and passages change in one transaction, which also counts up
`generation`; whatever was interrupted is undone by SQLite at the next open.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from quoth.errors import IndexBusyError, IndexDamagedError, StorageError
from quoth.records import Article, Block, Floats, Ints, Passage, Span

_SCHEMA = """
create table if not exists setting (name text primary key, value text not null) without rowid;
create table if not exists article (
    id integer primary key, source text not null unique, title text not null, text blob not null,
    sha256 text not null, path text not null, stamp text not null, encoding text not null,
    blocks text not null);
create table if not exists passage (
    id integer primary key autoincrement,
    article integer not null references article (id) on delete cascade,
    start integer not null, end integer not null, section text not null, sentences blob not null,
    headings integer not null, boilerplate integer not null, key blob not null);
create index if not exists passage_article on passage (article, start);
create table if not exists vector (key blob primary key, data blob not null);
"""
_BUSY_SECONDS = 10.0
_AT_ONCE = 500  # SQLite's oldest limit on the parameters of one statement is 999
PassageRow = tuple[Passage, bytes]
_Item = TypeVar("_Item")


class Origin(NamedTuple):
    """Where an article came from.

    stamp: size and time of change of the file when it was read; `""` where unknown.
    """

    path: str
    stamp: str
    encoding: str
    sha256: str


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """SQLite's errors as ours, each one line."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _operational(path, error) from error
    except sqlite3.DatabaseError as error:
        raise IndexDamagedError(
            f"the index file {str(path)!r} is damaged ({error}): build it again"
        ) from error


def _operational(path: Path, error: sqlite3.OperationalError) -> Exception:
    words = str(error)
    if "locked" in words:
        return IndexBusyError(
            f"another process is writing to {str(path)!r}: wait until it has finished"
        )
    if "full" in words:
        return StorageError(f"the disk is full while writing {str(path)!r}: free some space")
    if "readonly" in words or "unable to open" in words:
        return StorageError(f"cannot write {str(path)!r} ({words}): check its permissions")
    if "disk I/O" in words:
        return StorageError(f"cannot read or write {str(path)!r} ({words}): check the disk")
    return IndexDamagedError(f"the index file {str(path)!r} is damaged ({words}): build it again")


class Store:
    """The SQLite file at `path`; safe to read from several threads."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises IndexDamagedError, StorageError.
        """
        self.path = path
        self._lock = threading.RLock()
        with _explained(path):
            self._database = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, check_same_thread=False, isolation_level=None
            )
            self._database.execute("pragma journal_mode = wal")
            self._database.execute("pragma foreign_keys = on")
            self._database.executescript(_SCHEMA)

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """One transaction: all of what is done inside, or nothing."""
        with self._lock, _explained(self.path):
            self._database.execute("begin immediate")
            try:
                yield
                self._database.execute("commit")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("rollback")
                raise

    # -- settings

    def settings(self) -> dict[str, str]:
        """All settings by name."""
        return dict(self._rows("select name, value from setting"))

    def set(self, settings: Mapping[str, str]) -> None:
        """Write settings; call inside `change`."""
        self._database.executemany(
            "insert or replace into setting values (?, ?)", list(settings.items())
        )

    @property
    def generation(self) -> int:
        """How many changes the articles have had."""
        return int(self.settings().get("generation", "0"))

    def count_up(self) -> None:
        """The next generation; call inside `change`."""
        self.set({"generation": str(self.generation + 1)})

    # -- articles

    def fingerprints(self) -> dict[str, tuple[str, str, str]]:
        """source → (sha256 of the text, title, path) of every article."""
        rows = self._rows("select source, sha256, title, path from article order by source")
        return {source: (sha256, title, path) for source, sha256, title, path in rows}

    def origin(self, source: str) -> Origin | None:
        """Where the article came from; None if there is none of that source."""
        rows = self._rows(
            "select path, stamp, encoding, sha256 from article where source = ?", (source,)
        )
        return Origin(*rows[0]) if rows else None

    def overview(self) -> list[tuple[str, str, int, int]]:
        """(source, title, characters, passages) of every article, by source."""
        return self._rows(
            "select source, title, length(cast(text as text)), "
            "(select count(*) from passage where article = article.id) "
            "from article order by source"
        )

    def article(self, source: str) -> Article | None:
        """The article of that source; None if there is none."""
        rows = self._rows(
            "select source, title, text, sha256, path, blocks from article where source = ?",
            (source,),
        )
        if not rows:
            return None
        name, title, data, sha256, path, blocks = rows[0]
        return Article(name, title, self._decoded(data, source), sha256, path, _blocks(blocks))

    def put(
        self, article: Article, *, stamp: str, encoding: str, passages: Iterable[PassageRow]
    ) -> None:
        """Add an article and its passages, instead of one of the same source.

        Call inside `change`. Ids of passages are never used again.
        """
        self.remove([article.source])
        number = self._database.execute(
            "insert into article (source, title, text, sha256, path, stamp, encoding, blocks) "
            "values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                article.source, article.title, article.text.encode(), article.sha256,
                article.path, stamp, encoding, json.dumps([_flat(b) for b in article.blocks]),
            ),
        ).lastrowid  # fmt: skip
        for passage, key in passages:
            self._put_passage(number, passage, key)

    def _put_passage(self, article: int | None, passage: Passage, key: bytes) -> None:
        sentences = np.array(passage.sentences, "<i4").tobytes()
        self._database.execute(
            "insert into passage (article, start, end, section, sentences, headings, "
            "boilerplate, key) values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                article, passage.start, passage.end, passage.section, sentences,
                passage.headings, passage.boilerplate, key,
            ),
        )  # fmt: skip

    def remove(self, sources: Sequence[str]) -> None:
        """Remove articles and their passages; call inside `change`."""
        self._database.executemany(
            "delete from article where source = ?", [(source,) for source in sources]
        )

    # -- passages

    def passage_ids(self) -> Ints:
        """The ids of all passages, ascending. int64 (n,)."""
        rows = self._rows("select id from passage order by id")
        return np.array([number for (number,) in rows], np.int64)

    def passage_ids_of(self, sources: Sequence[str]) -> Ints:
        """The ids of the passages of these articles, ascending. int64 (n,)."""
        found = [
            number
            for names in _in_parts(sources)
            for (number,) in self._rows(
                "select passage.id from passage join article on article.id = passage.article "
                f"where source in ({_marks(names)})",
                tuple(names),
            )
        ]
        return np.array(sorted(found), np.int64)

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """id → passage; ids that are not there are left out."""
        rows = [
            row
            for numbers in _in_parts(ids)
            for row in self._rows(
                "select passage.id, source, title, section, start, end, sentences, headings, "
                "boilerplate from passage join article on article.id = passage.article "
                f"where passage.id in ({_marks(numbers)})",
                tuple(numbers),
            )
        ]
        texts = {source: self._text(source) for source in {row[1] for row in rows}}
        return {row[0]: _passage(row, texts[row[1]]) for row in rows}

    def _text(self, source: str) -> str:
        rows = self._rows("select text from article where source = ?", (source,))
        return self._decoded(rows[0][0], source)

    def _decoded(self, data: bytes, source: str) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise IndexDamagedError(
                f"the stored text of {source!r} is damaged: build the index again"
            ) from error

    # -- vectors

    def vectors(self, keys: Sequence[bytes], dimension: int) -> dict[bytes, Floats]:
        """key → vectors (n, dimension) float32, for the keys that are there."""
        return {
            key: np.frombuffer(data, "<f4").reshape(-1, dimension)
            for some in _in_parts(list(dict.fromkeys(keys)))
            for key, data in self._rows(
                f"select key, data from vector where key in ({_marks(some)})", tuple(some)
            )
        }

    def passage_vectors(self, ids: Sequence[int], dimension: int) -> dict[int, Floats]:
        """Passage id → its vectors (1 + sentences, dimension) float32, for those that are there."""
        return {
            number: np.frombuffer(data, "<f4").reshape(-1, dimension)
            for some in _in_parts(ids)
            for number, data in self._rows(
                "select passage.id, data from passage join vector on vector.key = passage.key "
                f"where passage.id in ({_marks(some)})",
                tuple(some),
            )
        }

    def put_vectors(self, keys: Sequence[bytes], vectors: Sequence[Floats]) -> None:
        """Keep vectors, (n, dimension) for each key, in a transaction of their own."""
        rows = [
            (key, some.astype("<f4").tobytes()) for key, some in zip(keys, vectors, strict=True)
        ]
        with self.change():
            self._database.executemany("insert or replace into vector values (?, ?)", rows)

    def drop_unused_vectors(self) -> None:
        """Forget the vectors that no passage has; call inside `change`."""
        self._database.execute("delete from vector where key not in (select key from passage)")

    def intact(self) -> list[str]:
        """What SQLite's own check finds wrong; [] is nothing."""
        rows = self._rows("pragma integrity_check")
        return [] if rows == [("ok",)] else [f"SQLite: {line}" for (line,) in rows]

    def _rows(self, statement: str, values: tuple[object, ...] = ()) -> list[tuple]:  # type: ignore[type-arg]
        with self._lock, _explained(self.path):
            return self._database.execute(statement, values).fetchall()


def _in_parts(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]


def _marks(items: Sequence[object]) -> str:
    return ",".join("?" * len(items))


def _flat(block: Block) -> tuple[str, int, int, int]:
    return (block.kind, block.start, block.end, block.level)


def _blocks(text: str) -> tuple[Block, ...]:
    return tuple(Block(*values) for values in json.loads(text))


def _passage(row: tuple, text: str) -> Passage:  # type: ignore[type-arg]
    number, source, title, section, start, end, sentences, headings, boilerplate = row
    spans = np.frombuffer(sentences, "<i4").reshape(-1, 2).tolist()
    return Passage(
        source, title, section, start, end, text[start:end],
        tuple(Span(*span) for span in spans), headings, bool(boilerplate), number,
    )  # fmt: skip
