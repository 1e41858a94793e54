"""The durable truth of an index: articles, passages, vectors and settings in one SQLite file.

FAISS and tantivy hold only what can be remade from here. Vectors are addressed by content (the
key of what was embedded), so the same words are embedded once, and finished vectors survive an
interrupted build. Articles and passages change in one transaction, which also counts up
`generation`; whatever was interrupted is undone by SQLite at the next open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

import numpy as np

from quoth import rows
from quoth.database import Database, Row
from quoth.records import Article, Floats, Ints, Passage
from quoth.rows import ArticleInfo, Origin

_SCHEMA = """
create table if not exists setting (name text primary key, value text not null) without rowid;
create table if not exists article (
    id integer primary key, source text not null unique, title text not null, text blob not null,
    characters integer not null, sha256 text not null, path text not null, stamp text not null,
    encoding text not null, blocks text not null);
create table if not exists passage (
    id integer primary key autoincrement,
    article integer not null references article (id) on delete cascade,
    start integer not null, end integer not null, section text not null, sentences blob not null,
    headings integer not null, boilerplate integer not null, key blob not null);
create index if not exists passage_article on passage (article, start);
create table if not exists vector (key blob primary key, data blob not null);
insert or ignore into setting values ('identity', lower(hex(randomblob(16))));
"""
_AT_ONCE = 500  # SQLite's oldest limit on the parameters of one statement is 999
PassageRow = tuple[Passage, bytes]
_Item = TypeVar("_Item")


class Store:
    """The SQLite file at `path`; safe to read from several threads."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises IndexDamagedError, StorageError.
        """
        self.path = path
        self._database = Database(path, _SCHEMA)

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    def change(self) -> AbstractContextManager[None]:
        """One transaction: all of what is done inside, or nothing. Lets go of `pin`."""
        return self._database.change()

    def pin(self) -> None:
        """Read the present state from now on, whatever others write."""
        self._database.pin()

    def unpin(self) -> None:
        """Read the newest state again."""
        self._database.unpin()

    # -- settings

    def settings(self) -> dict[str, str]:
        """All settings by name."""
        return dict(self._database.rows("select name, value from setting"))

    def set(self, settings: Mapping[str, str]) -> None:
        """Write settings; call inside `change`."""
        self._database.run_each("insert or replace into setting values (?, ?)", settings.items())

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
        found = self._database.rows(
            "select source, sha256, title, path from article order by source"
        )
        return {source: (sha256, title, path) for source, sha256, title, path in found}

    def origin(self, source: str) -> Origin | None:
        """Where the article came from; None if there is none of that source."""
        found = self._of("path, stamp, encoding, sha256", source)
        return Origin(*found[0]) if found else None

    def overview(self) -> list[ArticleInfo]:
        """All articles, by source."""
        found = self._database.rows(
            "select source, title, characters, "
            "(select count(*) from passage where article = article.id) "
            "from article order by source"
        )
        return [ArticleInfo(*row) for row in found]

    def article(self, source: str) -> Article | None:
        """The article of that source; None if there is none."""
        found = self._of("source, title, text, sha256, path, blocks", source)
        return rows.to_article(found[0]) if found else None

    def is_sound(self, source: str) -> bool:
        """Whether the article's text is what its hash says and its passages have their vectors."""
        found = self._of("text, sha256", source)
        bare = self._database.rows(
            "select 1 from article join passage on passage.article = article.id "
            "where source = ? and not exists (select 1 from vector where vector.key = passage.key) "
            "limit 1",
            (source,),
        )
        return bool(found) and rows.is_sound(*found[0]) and not bare

    def put(
        self, article: Article, *, stamp: str, encoding: str, passages: Iterable[PassageRow]
    ) -> None:
        """Add an article and its passages, instead of one of the same source.

        Call inside `change`. Ids of passages are never used again.
        """
        self.remove([article.source])
        number = self._database.run(
            "insert into article (source, title, text, characters, sha256, path, stamp, encoding, "
            "blocks) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                article.source, article.title, rows.from_text(article.text), len(article.text),
                article.sha256, article.path, stamp, encoding, rows.from_blocks(article.blocks),
            ),
        )  # fmt: skip
        self._database.run_each(
            "insert into passage (article, start, end, section, sentences, headings, "
            "boilerplate, key) values (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    number, one.start, one.end, one.section, rows.from_sentences(one.sentences),
                    one.headings, one.boilerplate, key,
                )
                for one, key in passages
            ),
        )  # fmt: skip

    def restamp(self, stamps: Mapping[str, str], encoding: str) -> None:
        """source → stamp of files whose content was found unchanged; call inside `change`."""
        self._database.run_each(
            "update article set stamp = ?, encoding = ? where source = ?",
            ((stamp, encoding, source) for source, stamp in stamps.items()),
        )

    def remove(self, sources: Sequence[str]) -> None:
        """Remove articles and their passages; call inside `change`."""
        self._database.run_each(
            "delete from article where source = ?", [(source,) for source in sources]
        )

    def _of(self, columns: str, source: str) -> list[Row]:
        try:
            return self._database.rows(f"select {columns} from article where source = ?", (source,))
        except UnicodeEncodeError:  # a lone surrogate: no article can have that source
            return []

    # -- passages

    def passage_ids(self) -> Ints:
        """The ids of all passages, ascending. int64 (n,)."""
        found = self._database.rows("select id from passage order by id")
        return np.array([number for (number,) in found], np.int64)

    def passage_ids_of(self, sources: Sequence[str]) -> Ints:
        """The ids of the passages of these articles, ascending. int64 (n,)."""
        found = self._in_parts(
            "select passage.id from passage join article on article.id = passage.article "
            "where source in",
            sources,
        )
        return np.array(sorted(number for (number,) in found), np.int64)

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """id → passage; ids that are not there are left out."""
        found = list(
            self._in_parts(
                "select passage.id, source, title, section, start, end, sentences, headings, "
                "boilerplate from passage join article on article.id = passage.article "
                "where passage.id in",
                ids,
            )
        )
        texts = self._texts(sorted({row[1] for row in found}))
        return {row[0]: rows.to_passage(row, texts) for row in found}

    def _texts(self, sources: Sequence[str]) -> dict[str, str]:
        found = self._in_parts("select source, text from article where source in", sources)
        return {source: rows.to_text(data, source) for source, data in found}

    # -- vectors

    def present(self, keys: Sequence[bytes]) -> frozenset[bytes]:
        """Those of `keys` that have vectors."""
        found = self._in_parts("select key from vector where key in", keys)
        return frozenset(key for (key,) in found)

    def passage_vectors(self, ids: Sequence[int], dimension: int) -> dict[int, Floats]:
        """Passage id → its vectors (1 + sentences, dimension) float32, for those that are there."""
        found = self._in_parts(
            "select passage.id, data from passage join vector on vector.key = passage.key "
            "where passage.id in",
            ids,
        )
        return {number: rows.to_vectors(data, dimension) for number, data in found}

    def put_vectors(self, keys: Sequence[bytes], vectors: Sequence[Floats]) -> None:
        """Keep vectors, (n, dimension) for each key, in a transaction of their own."""
        pairs = [(key, rows.from_vectors(some)) for key, some in zip(keys, vectors, strict=True)]
        with self.change():
            self._database.run_each("insert or replace into vector values (?, ?)", pairs)

    def drop_unused_vectors(self) -> None:
        """Forget the vectors that no passage has; call inside `change`."""
        self._database.run("delete from vector where key not in (select key from passage)")

    # -- all of it

    def intact(self) -> list[str]:
        """What SQLite's own checks find wrong; [] is nothing."""
        found = [line for (line,) in self._database.rows("pragma integrity_check")]
        orphans = self._database.rows("pragma foreign_key_check")
        lines = [] if found == ["ok"] else [f"SQLite: {line}" for line in found]
        return lines + [f"SQLite: passage {row[1]} belongs to no article" for row in orphans]

    def _in_parts(self, query: str, items: Sequence[_Item]) -> Iterator[Row]:
        """The rows of a query that ends in `in`, for so many items at once as SQLite takes."""
        for start in range(0, len(items), _AT_ONCE):
            some = tuple(items[start : start + _AT_ONCE])
            yield from self._database.rows(f"{query} ({','.join('?' * len(some))})", some)
