"""The part of a transaction that shows what was staged, and takes out what it replaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from quoth.database import Database, Row
from quoth.records import Ints
from quoth.store.schema import STAGED, UNFINISHED

_Select = Callable[[str], list[Row]]
_CHOSEN = {
    "wanted_file": "id from file",
    "old_file": "id from file",
    "gone_article": "id from article",
    "losing_file": "id from file",
    "spare_key": "key from passage",
}
"""Temporary tables → what they hold some of."""


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


def replace(
    database: Database,
    staged: Sequence[int],
    gone_files: Sequence[int],
    gone_sources: Sequence[str],
    *,
    purge: bool,
) -> Replaced:
    """See `WritableStore.replace`."""
    run, select = database.run, database.rows
    _choose(database, staged, gone_files, gone_sources)
    new = _sources(select, "live = 0 and file in (select id from wanted_file)")
    lost = _sources(select, "id in (select id from gone_article)")
    removed = _ids(select, "article in (select id from gone_article)")
    _move_kept(database)
    _drop_unseen(database, purge)
    added = _ids(
        select,
        "article in (select id from article where live = 0"
        " and file in (select id from wanted_file))",
    )
    run("update article set live = 1 where live = 0 and file in (select id from wanted_file)")
    run("update file set live = 1 where id in (select id from wanted_file)")
    return Replaced(
        tuple(sorted(new - lost)), tuple(sorted(new & lost)), tuple(sorted(lost - new)),
        added, removed,
    )  # fmt: skip


def _choose(
    database: Database,
    staged: Sequence[int],
    gone_files: Sequence[int],
    gone_sources: Sequence[str],
) -> None:
    """Fill the tables but `spare_key`, which is left empty."""
    run, each = database.run, database.run_each
    for name, column in _CHOSEN.items():
        run(f"create temp table if not exists {name} as select {column} where 1 = 0")
        run(f"delete from {name}")
    each("insert into wanted_file values (?)", ((one,) for one in staged))
    each("insert into old_file values (?)", ((one,) for one in gone_files))
    run(
        "insert into old_file select id from file where live = 1"
        " and path in (select path from file where id in (select id from wanted_file))"
    )
    each(
        "insert into gone_article select id from article where live = 1 and source = ?",
        ((source,) for source in gone_sources),
    )
    run(
        "insert into gone_article select id from article where live = 1"
        " and file in (select id from old_file) and id not in"
        " (select article from kept where file in (select id from wanted_file))"
    )
    run(
        "insert into gone_article select id from article where live = 1 and source in"
        " (select source from article where live = 0 and file in (select id from wanted_file))"
    )
    run(
        "insert into losing_file select file from article"
        " where id in (select id from gone_article) or id in"
        " (select article from kept where file in (select id from wanted_file))"
    )


def _move_kept(database: Database) -> None:
    run = database.run
    run(
        "update article set file ="
        " (select min(file) from kept where kept.article = article.id"
        "  and file in (select id from wanted_file)) where id in"
        " (select article from kept where file in (select id from wanted_file))"
    )
    run("delete from kept where file in (select id from wanted_file)")


def _drop_unseen(database: Database, purge: bool) -> None:
    """Delete what is gone or was staged in vain, and the vectors that nothing has then."""
    run = database.run
    same = "path in (select path from file where id in (select id from wanted_file))"
    run(
        "insert into old_file select id from file"
        " where live < 1 and id not in (select id from wanted_file)"
        + ("" if purge else f" and {same}")
    )
    # A staged file that holds an article which goes is of use for its vectors only.
    run(
        f"update file set live = {UNFINISHED} where live = {STAGED}"
        " and id not in (select id from wanted_file) and id in"
        " (select min(file) from kept where article in (select id from gone_article))"
    )
    run(
        "insert into gone_article select id from article"
        " where file in (select id from old_file) and live < 1"
    )
    run(
        "insert into spare_key select key from passage"
        " where article in (select id from gone_article)"
    )
    run("delete from article where id in (select id from gone_article)")
    # A file that is left without one of its articles is to be read again, should it be met.
    run("update file set sha256 = '', stamp = '' where id in (select id from losing_file)")
    run(
        "delete from file where id in (select id from losing_file)"
        " and not exists (select 1 from article where article.file = file.id)"
    )
    run("delete from file where id in (select id from old_file)")
    run(
        "delete from vector where key in (select key from spare_key)"
        " and not exists (select 1 from passage where passage.key = vector.key)"
    )


def _sources(select: _Select, where: str) -> set[str]:
    return {source for (source,) in select(f"select source from article where {where}")}


def _ids(select: _Select, where: str) -> Ints:
    found = select(f"select id from passage where {where} order by id")
    return np.fromiter((number for (number,) in found), np.int64, len(found))
