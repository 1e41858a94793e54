"""`WritableStore`: staging new articles, and the one transaction that shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager

from quoth import rows
from quoth.database import Guard, Place, open_database
from quoth.records import Article, Floats, Passage
from quoth.rows import Head
from quoth.store.reading import Store
from quoth.store.replacing import Replaced, replace
from quoth.store.schema import SEAL, STAGED, UNFINISHED, schema

_SET = "insert into setting values (?, ?) on conflict (name) do update set value = excluded.value"
_PUT = "insert into vector values (?, ?) on conflict (key) do nothing"
_CUT = ", ".join(f'"{name}"' for name in rows.Cut._fields)
PassageRow = tuple[Passage, bytes]
"""A passage and the key of its vectors."""


class WritableStore(Store):
    """A store that is changed; one at a time, under the index's lock."""

    def __init__(self, place: Place, guard: Guard | None = None) -> None:
        """Open it, or make it. guard: raises once the lock is lost.

        Raises IndexDamagedError, StorageError.
        """
        self._database = open_database(place, schema, make=True, guard=guard)

    def change(self) -> AbstractContextManager[None]:
        """One transaction: all of what is done inside, or nothing."""
        return self._database.change()

    def set(self, settings: Mapping[str, str]) -> None:
        """Write settings; call inside `change`."""
        self._database.run_each(_SET, settings.items())
        self._seal()

    def forget(self, name: str) -> None:
        """Take a setting out; call inside `change`."""
        self._database.run("delete from setting where name = ?", (name,))
        self._seal()

    def _seal(self) -> None:
        found: dict[str, str] = dict(self._database.rows("select name, value from setting"))
        found.pop(SEAL, "")
        told = (SEAL, rows.seal_settings(found))
        self._database.run(_SET, told)

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
        return self._database.insert(
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
        number = self._database.insert(
            f"insert into article ({', '.join(Head._fields)}, seal, file, live, blocks, text) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*head, rows.seal(head), file, STAGED, rows.from_blocks(article.blocks), data),
        )
        self._database.run_each(
            f"insert into passage ({_CUT}, seal) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
        found = self._database.rows_in("select key from vector where key in", keys)
        return frozenset(key for (key,) in found)

    def vector_keys(self) -> bytes:
        """The keys of all vectors, in order, one after the other."""
        return b"".join(
            key for (key,) in self._database.rows("select key from vector order by key")
        )

    def put_vectors(self, keys: Sequence[bytes], vectors: Sequence[Floats]) -> None:
        """Keep vectors, (n, dimension) for each key that has none.

        Keys name what was embedded, so this needs no lock: who writes at the same time writes the
        same.
        """
        pairs = zip(keys, vectors, strict=True)
        self.copy_vectors((key, rows.from_vectors(some)) for key, some in pairs)

    def copy_vectors(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep vectors as another store kept them, where there are none yet."""
        # All write in the order of the keys, so that no two wait for each other.
        self._database.run_each(_PUT, sorted(pairs))

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
        return replace(self._database, staged, gone_files, gone_sources, purge=purge)


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
