"""`Store`: what an index holds, read from its database."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from quoth import database, rows
from quoth.database import Row
from quoth.errors import IndexDamagedError
from quoth.records import Article, Floats, Ints, Passage
from quoth.rows import ArticleInfo, Head, Origin, Place
from quoth.store.schema import LIVE, SEAL, is_unsealed, schema

_HEAD = ", ".join(f"article.{name}" for name in Head._fields)
_CUT = ", ".join(f'passage."{name}"' for name in rows.Cut._fields)
_CONTAINING = "live = 1 and (instr(lower(source), ?) > 0 or instr(lower(title), ?) > 0)"
_SMALL = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


class StoredFile(NamedTuple):
    """A file that articles came from. source: its name; stamp, sha256, options: see `Origin`."""

    id: int
    source: str
    stamp: str
    sha256: str
    options: str


class Store:
    """The database at that place; safe to read from several threads."""

    def __init__(self, place: database.Place) -> None:
        """Open it.

        place: the SQLite file, made where it is missing, or the address of a PostgreSQL schema.
        Raises IndexMissingError, IndexDamagedError, StorageError.
        """
        self._database = database.open_database(place, schema, make=False)

    @property
    def is_shared(self) -> bool:
        """Whether several machines may write to it."""
        return self._database.is_shared

    def close(self) -> None:
        """Release what was opened."""
        self._database.close()

    def pin(self) -> None:
        """Read the present state from now on, whatever others write."""
        self._database.pin()

    def unpin(self) -> None:
        """Read the newest state again."""
        self._database.unpin()

    # -- settings

    def settings(self) -> dict[str, str]:
        """All settings by name. Raises IndexDamagedError if they are not what was written."""
        found: dict[str, str] = dict(self._database.rows("select name, value from setting"))
        told = found.pop(SEAL, "")
        if told != rows.seal_settings(found) and not is_unsealed(found):
            raise self._database.damaged("its settings are not what was written")
        return found

    @property
    def generation(self) -> int:
        """How many changes the articles have had."""
        return int(self.settings().get("generation", "0"))

    # -- articles

    def sources(self) -> list[str]:
        """The sources of all articles, in order."""
        found = self._database.rows("select source from article where live = 1 order by source")
        return [source for (source,) in found]

    def overview(
        self, most: int | None = None, *, skip: int = 0, containing: str = ""
    ) -> list[ArticleInfo]:
        """Articles by source: all, or so many after those to `skip`.

        containing: words of the source or the title; capitals of other letters than a to z count.
        """
        found = self._database.rows(
            f"select {_HEAD}, seal from article where {_CONTAINING} "
            "order by source limit ? offset ?",
            (*_words(containing), sys.maxsize if most is None else most, skip),
        )
        return [_info(rows.to_head(row)) for row in found]

    def matching(self, containing: str) -> int:
        """How many articles `overview` has of these words."""
        [(number,)] = self._database.rows(
            f"select count(*) from article where {_CONTAINING}", _words(containing)
        )
        return int(number)

    def dates(self) -> dict[str, str]:
        """source → date of every article, in order of source; "" where it has none."""
        found = self._database.rows(
            "select source, metadata from article where live = 1 order by source"
        )
        return {source: rows.to_metadata(told, source).date for source, told in found}

    def totals(self) -> tuple[int, int]:
        """How many articles there are, and how many passages."""
        [(articles, passages)] = self._database.rows(
            "select count(*), cast(coalesce(sum(passages), 0) as bigint) from article "
            "where live = 1"
        )
        return articles, passages

    def digests(self) -> dict[str, str]:
        """source → sha256 of the text, of every article."""
        return dict(self._database.rows("select source, sha256 from article where live = 1"))

    def article(self, source: str) -> Article | None:
        """The article of that source, its text compared with its hash; None if there is none."""
        found = self._of(f"{_HEAD}, seal, text, blocks", source)
        if not found:
            return None
        *head, text, blocks = found[0]
        origin = self.origin(source)
        return rows.to_article(
            rows.to_head(tuple(head)), text, blocks, origin.path if origin else ""
        )

    def text(self, source: str) -> str | None:
        """The article's text, compared with its hash; None if there is no such article."""
        found = self._of(f"{_HEAD}, seal, text", source)
        if not found:
            return None
        *head, text = found[0]
        return rows.to_text(text, rows.to_head(tuple(head)).sha256, source)

    def origin(self, source: str) -> Origin | None:
        """Where the article came from; None if there is none of that source."""
        try:
            found = self._database.rows(
                "select coalesce(path, ''), coalesce(stamp, ''), coalesce(file.sha256, ''), "
                "coalesce(options, ''), article.sha256 from article "
                "left join file on file.id = article.file "
                "where article.source = ? and article.live = 1",
                (source,),
            )
        except UnicodeEncodeError:
            return None
        return Origin(*found[0]) if found else None

    def _of(self, columns: str, source: str) -> list[Row]:
        try:
            return self._database.rows(
                f"select {columns} from article where source = ? and live = 1", (source,)
            )
        except UnicodeEncodeError:  # a lone surrogate: no article can have that source
            return []

    # -- files

    def file(self, path: str, live: int = LIVE) -> StoredFile | None:
        """What is known of the file at `path`; None if no article came from it."""
        found = self._database.rows(
            "select id, source, stamp, sha256, options from file where path = ? and live = ?",
            (path, live),
        )
        return StoredFile(*found[0]) if found else None

    def files(self, paths: Sequence[str]) -> dict[str, StoredFile]:
        """path → what is known of the file there, for those from which articles came."""
        found = self._database.rows_in(
            "select path, id, source, stamp, sha256, options from file where live = 1 and path in",
            paths,
        )
        return {path: StoredFile(*values) for path, *values in found}

    def paths(self) -> list[str]:
        """The paths of all files that articles came from."""
        return [path for (path,) in self._database.rows("select path from file where live = 1")]

    def sources_of(self, file: int) -> list[str]:
        """The sources of the articles that came from the file of that id, in order."""
        found = self._database.rows(
            "select source from article where live = 1 and file = ? order by source", (file,)
        )
        return [source for (source,) in found]

    def owners(self, files: Sequence[int]) -> dict[str, str]:
        """source → path of the articles that came from these files."""
        return dict(
            self._database.rows_in(
                "select article.source, path from article join file on file.id = article.file "
                "where article.live = 1 and file in",
                files,
            )
        )

    # -- passages

    def passage_ids(self) -> Ints:
        """The ids of all passages, ascending. int64 (n,)."""
        found = self._database.rows(
            "select passage.id from passage join article on article.id = passage.article "
            "where live = 1"
        )
        return np.sort(np.fromiter((number for (number,) in found), np.int64, len(found)))

    def passage_ids_of(self, sources: Sequence[str]) -> Ints:
        """The ids of the passages of these articles, ascending. int64 (n,)."""
        found = self._database.rows_in(
            "select passage.id from passage join article on article.id = passage.article "
            "where live = 1 and source in",
            sources,
        )
        return np.array(sorted(number for (number,) in found), np.int64)

    def passages_told(self, source: str) -> int:
        """How many passages the article was stored with; -1 if it is not there."""
        found = self._of("passages", source)
        return int(found[0][0]) if found else -1

    def places(self, ids: Sequence[int]) -> dict[int, Place]:
        """id → where the passage stands; ids that are not there are left out."""
        found = self._database.rows_in(
            "select passage.id, article.source, start, boilerplate "
            "from passage join article on article.id = passage.article where passage.id in",
            ids,
        )
        return {
            number: Place(source, start, rows.to_mark(mark))
            for number, source, start, mark in found
        }

    def passages(self, ids: Sequence[int]) -> dict[int, Passage]:
        """id → passage; ids that are not there are left out."""
        found = self._database.rows_in(
            f"select passage.id, passage.seal, {_CUT}, {_HEAD}, article.seal, "
            "substr(text, cast(place + 1 as integer), cast(size as integer)) "
            "from passage join article on article.id = passage.article where passage.id in",
            ids,
        )
        return {row[0]: _passage(row) for row in found}

    def keyed_passages(self, source: str) -> list[tuple[Passage, bytes]]:
        """The article's passages, in order of id, each with the key of its vectors."""
        ids = self.passage_ids_of([source]).tolist()
        passages = self.passages(ids)
        found = self._database.rows_in("select id, key from passage where id in", ids)
        keys: dict[int, bytes] = dict(found)
        return [(passages[number], keys[number]) for number in ids]

    def keys_of(self, sources: Sequence[str]) -> list[bytes]:
        """The keys of the vectors of these articles' passages, each once, ascending."""
        found = self._database.rows_in(
            "select key from passage join article on article.id = passage.article "
            "where live = 1 and source in",
            sources,
        )
        return sorted({key for (key,) in found})

    # -- vectors

    def stored_vectors(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Key → vectors as they are kept, for those that are there."""
        return dict(self._database.rows_in("select key, data from vector where key in", keys))

    def passage_vectors(self, ids: Sequence[int], dimension: int) -> dict[int, Floats]:
        """Passage id → its vectors (1 + sentences, dimension) float32, for those that are there."""
        found = self._database.rows_in(
            "select passage.id, data from passage join vector on vector.key = passage.key "
            "where passage.id in",
            ids,
        )
        return {number: rows.to_vectors(data, dimension) for number, data in found}

    def own_vectors(self, ids: Ints, dimension: int) -> Floats:
        """The passages' own vectors, (n, dimension): the first row of what is kept for each.

        Raises IndexDamagedError if one is missing.
        """
        found = self.passage_vectors(ids.tolist(), dimension)
        if len(found) < len(ids):
            raise IndexDamagedError(
                f"vectors are missing from {self._database.name!r}: {rows.REMEDY}"
            )
        return np.stack([found[number][0] for number in ids.tolist()])

    # -- all of it

    def intact(self) -> list[str]:
        """What the database's own checks find wrong; [] is nothing."""
        return self._database.problems()


def _words(containing: str) -> tuple[str, str]:
    """What `_CONTAINING` is given; no source and no title holds a lone surrogate."""
    words = containing.encode("utf-8", "replace").decode().translate(_SMALL)
    return words, words


def _info(head: Head) -> ArticleInfo:
    metadata = rows.to_metadata(head.metadata, head.source)
    return ArticleInfo(head.source, head.title, head.characters, head.passages, metadata)


def _passage(row: Row) -> Passage:
    """(id, seal, the columns of Cut, of Head, the article's seal, words) → passage."""
    number, written, *rest = row
    cut = rows.Cut._make(rest[: len(rows.Cut._fields)])
    *head, words = rest[len(rows.Cut._fields) :]
    return rows.to_passage(number, cut, written, words, rows.to_head(tuple(head)))
