"""`WritableStore`: staging new articles, and the one transaction that shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

from quoth import rows
from quoth.database import Row
from quoth.records import Article, Floats, Ints, Passage
from quoth.rows import Head
from quoth.store.reading import Store
from quoth.store.schema import STAGED, UNFINISHED

PassageRow = tuple[Passage, bytes]
"""A passage and the key of its vectors."""
_Select = Callable[[str], list[Row]]


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a change of the articles did.

    added, updated, removed: sources, in order. passages_added, passages_removed: ids, ascending.
    """

    added: tuple[str, ...]
    updated: tuple[str, ...]
    removed: tuple[str, ...]
    passages_added: Ints
    passages_removed: Ints


class WritableStore(Store):
    """A store that is changed; one at a time, under the index's lock."""

    def change(self) -> AbstractContextManager[None]:
        """One transaction: all of what is done inside, or nothing."""
        return self._database.change()

    def set(self, settings: Mapping[str, str]) -> None:
        """Write settings; call inside `change`."""
        self._database.run_each("insert or replace into setting values (?, ?)", settings.items())

    def forget(self, name: str) -> None:
        """Take a setting out; call inside `change`."""
        self._database.run("delete from setting where name = ?", (name,))

    def restamp(self, stamps: Mapping[int, str]) -> None:
        """File id → its new stamp, of files whose bytes are the same; call inside `change`."""
        self._database.run_each(
            "update file set stamp = ? where id = ?", ((s, file) for file, s in stamps.items())
        )

    def doubt_files(self, paths: Sequence[str]) -> None:
        """The next change that meets these files reads them again; call inside `change`."""
        self._database.run_each(
            "update file set sha256 = '', stamp = '' where path = ?", ((path,) for path in paths)
        )

    def drop_damaged_vectors(self, source: str) -> None:
        """Forget those vectors of an article that are not as they were; inside `change`."""
        found = self._database.rows(
            "select key, data from vector where key in (select key from passage where article ="
            " (select id from article where source = ? and live = 1))",
            (source,),
        )
        self._database.run_each(
            "delete from vector where key = ?",
            ((key,) for key, data in found if not rows.is_whole(data)),
        )

    # -- staging: each method is a part of a transaction of the caller's, inside `change`

    def spoil_staged(self) -> None:
        """Take what is staged for no more than vectors that may be needed again."""
        self._database.run("update file set live = ? where live = ?", (UNFINISHED, STAGED))

    def begin_file(self, path: str, source: str, stamp: str, sha256: str, options: str) -> int:
        """The id under which a file's articles are to be staged."""
        return self._database.run(
            "insert into file (path, source, stamp, sha256, options, live) "
            "values (?, ?, ?, ?, ?, ?)",
            (path, source, stamp, sha256, options, UNFINISHED),
        )

    def finish_file(self, file: int) -> None:
        """All of the file's articles are staged."""
        self._database.run("update file set live = ? where id = ?", (STAGED, file))

    def keep(self, article: int, file: int) -> None:
        """The file holds an article that is there already, unchanged."""
        self._database.run("insert into kept values (?, ?)", (file, article))

    def stage(self, article: Article, file: int, passages: Sequence[PassageRow]) -> None:
        """An article that is new or changed, with its passages."""
        data = rows.from_text(article.text)
        head = Head(
            article.source, article.title, len(article.text), article.sha256,
            rows.from_metadata(article.metadata), len(passages),
        )  # fmt: skip
        number = self._database.run(
            f"insert into article ({', '.join(Head._fields)}, seal, file, live, blocks, text) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*head, rows.seal(head), file, STAGED, rows.from_blocks(article.blocks), data),
        )
        self._database.run_each(
            f"insert into passage ({', '.join(rows.Cut._fields)}, seal) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            _passage_rows(number, article.text, data, passages),
        )

    def staged_sources(self, file: int) -> list[str]:
        """The sources of all articles of a file that is staged: new, changed and kept."""
        found = self._database.rows("select source from article where file = ?", (file,))
        return [source for (source,) in found] + self.kept_sources(file)

    def kept_sources(self, file: int) -> list[str]:
        """The sources of the articles that a staged file holds unchanged."""
        found = self._database.rows(
            "select source from kept join article on article.id = kept.article where kept.file = ?",
            (file,),
        )
        return [source for (source,) in found]

    def same(self, article: Article) -> int | None:
        """The id of the article that is there and says just the same; None if there is none."""
        found = self._of(f"article.id, {', '.join(Head._fields)}, seal, blocks", article.source)
        if not found:
            return None
        number, *head, blocks = found[0]
        kept = rows.to_head(tuple(head))
        told = (kept.title, kept.sha256, kept.metadata, blocks)
        own = (article.title, article.sha256, rows.from_metadata(article.metadata))
        return number if told == (*own, rows.from_blocks(article.blocks)) else None

    def present(self, keys: Sequence[bytes]) -> frozenset[bytes]:
        """Those of `keys` that have vectors."""
        found = self._in_parts("select key from vector where key in", keys)
        return frozenset(key for (key,) in found)

    def put_vectors(self, keys: Sequence[bytes], vectors: Sequence[Floats]) -> None:
        """Keep vectors, (n, dimension) for each key."""
        self._database.run_each(
            "insert or replace into vector values (?, ?)",
            ((key, rows.from_vectors(some)) for key, some in zip(keys, vectors, strict=True)),
        )

    def copy_vectors(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep vectors as another store kept them."""
        self._database.run_each("insert or ignore into vector values (?, ?)", pairs)

    def drop_loose_vectors(self) -> None:
        """Forget all vectors that no passage has; looks at every one."""
        self._database.run(
            "delete from vector where not exists"
            " (select 1 from passage where passage.key = vector.key)"
        )

    # -- the transaction that shows what was staged; all inside `change`

    def has_staged(self) -> bool:
        """Whether a change that was interrupted has left something."""
        return bool(self._database.rows("select 1 from file where live < 1 limit 1"))

    def drop_staged(self) -> None:
        """Forget all that was staged."""
        self._database.run("delete from file where live < 1")

    def replace(
        self,
        staged: Sequence[int],
        gone_files: Sequence[int],
        gone_sources: Sequence[str],
        *,
        purge: bool,
    ) -> Replaced:
        """Show the files `staged`, and take out what they replace and what is gone.

        Vectors that no passage has any more go too. purge: drop all else that was staged, and not
        only what is of the same files.
        """
        run, select = self._database.run, self._database.rows
        self._choose(staged, gone_files, gone_sources)
        new = _sources(select, "live = 0 and file in (select id from temp.wanted)")
        lost = _sources(select, "id in (select id from temp.gone)")
        removed = _ids(select, "article in (select id from temp.gone)")
        self._move_kept()
        self._drop_unseen(purge)
        added = _ids(
            select,
            "article in (select id from article where live = 0"
            " and file in (select id from temp.wanted))",
        )
        run("update article set live = 1 where live = 0 and file in (select id from temp.wanted)")
        run("update file set live = 1 where id in (select id from temp.wanted)")
        return Replaced(
            tuple(sorted(new - lost)), tuple(sorted(new & lost)), tuple(sorted(lost - new)),
            added, removed,
        )  # fmt: skip

    def _choose(
        self, staged: Sequence[int], gone_files: Sequence[int], gone_sources: Sequence[str]
    ) -> None:
        """Fill the tables: wanted files, old files, gone articles, files that have lost some."""
        run, each = self._database.run, self._database.run_each
        for name in ("wanted", "old", "gone", "loser"):
            run(f"create temp table if not exists {name} (id integer primary key)")
            run(f"delete from temp.{name}")
        each("insert or ignore into temp.wanted values (?)", ((one,) for one in staged))
        each("insert or ignore into temp.old values (?)", ((one,) for one in gone_files))
        run(
            "insert or ignore into temp.old select id from file where live = 1"
            " and path in (select path from file where id in (select id from temp.wanted))"
        )
        each(
            "insert or ignore into temp.gone select id from article where live = 1 and source = ?",
            ((source,) for source in gone_sources),
        )
        run(
            "insert or ignore into temp.gone select id from article where live = 1"
            " and file in (select id from temp.old) and id not in"
            " (select article from kept where file in (select id from temp.wanted))"
        )
        run(
            "insert or ignore into temp.gone select id from article where live = 1 and source in"
            " (select source from article where live = 0 and file in (select id from temp.wanted))"
        )
        run(
            "insert or ignore into temp.loser select file from article"
            " where id in (select id from temp.gone)"
        )

    def _move_kept(self) -> None:
        run = self._database.run
        run(
            "update article set file ="
            " (select file from kept where kept.article = article.id"
            "  and file in (select id from temp.wanted)) where id in"
            " (select article from kept where file in (select id from temp.wanted))"
        )
        run("delete from kept where file in (select id from temp.wanted)")

    def _drop_unseen(self, purge: bool) -> None:
        """Delete what is gone or was staged in vain, and the vectors that nothing has then."""
        run = self._database.run
        same = "path in (select path from file where id in (select id from temp.wanted))"
        run(
            "insert or ignore into temp.old select id from file"
            " where live < 1 and id not in (select id from temp.wanted)"
            + ("" if purge else f" and {same}")
        )
        # A staged file that holds an article which goes is of use for its vectors only.
        run(
            f"update file set live = {UNFINISHED} where live = {STAGED}"
            " and id not in (select id from temp.wanted) and id in"
            " (select file from kept where article in (select id from temp.gone))"
        )
        run(
            "insert or ignore into temp.gone select id from article"
            " where file in (select id from temp.old) and live < 1"
        )
        run("create temp table if not exists spare (key blob primary key)")
        run("delete from temp.spare")
        run(
            "insert or ignore into temp.spare select key from passage"
            " where article in (select id from temp.gone)"
        )
        run("delete from article where id in (select id from temp.gone)")
        # A file that is left without one of its articles is to be read again, should it be met.
        run("update file set sha256 = '', stamp = '' where id in (select id from temp.loser)")
        run(
            "delete from file where id in (select id from temp.loser)"
            " and not exists (select 1 from article where article.file = file.id)"
        )
        run("delete from file where id in (select id from temp.old)")
        run(
            "delete from vector where key in (select key from temp.spare)"
            " and not exists (select 1 from passage where passage.key = vector.key)"
        )


def _passage_rows(
    article: int, text: str, data: bytes, passages: Iterable[PassageRow]
) -> Iterable[tuple[object, ...]]:
    """The rows of an article's passages; `data` is `text` in UTF-8."""
    ascii_only = len(text) == len(data)
    at, place = 0, 0  # the same place in characters and in bytes
    for passage, key in passages:
        if ascii_only:
            place = passage.start
        elif passage.start >= at:
            place += len(text[at : passage.start].encode())
        else:
            place -= len(text[passage.start : at].encode())
        at = passage.start
        words = passage.text.encode()
        cut = rows.from_passage(passage, article, place, len(words), key)
        yield (*cut, rows.seal(cut, words))


def _sources(select: _Select, where: str) -> set[str]:
    return {source for (source,) in select(f"select source from article where {where}")}


def _ids(select: _Select, where: str) -> Ints:
    found = select(f"select id from passage where {where} order by id")
    return np.fromiter((number for (number,) in found), np.int64, len(found))
