"""Killed at any instant, an index answers as before the change or as after it.

About twenty kills; QUOTH_KILLS=200 makes it as many (some minutes).
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from changes import CHANGES, MORE, made, prepare, restore
from small_indexes import (
    Answers,
    CountingEmbedder,
    answers,
    answers_at,
    build,
    opened,
    write,
)

from quoth.errors import IndexDamagedError, IndexMissingError

KILLS = int(os.environ.get("QUOTH_KILLS", "18"))
TOLD = {"quoth.sqlite", "quoth.sqlite-wal", "quoth.sqlite-shm", "lock", "lock.json"}
"""What lies in the folder of an index beside its engines."""

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")


@pytest.mark.parametrize("change", [name for name in CHANGES if name != "repair"])
def test_a_kill_leaves_the_state_before_or_after(change: str, tmp_path: Path) -> None:
    start, folder = prepare(tmp_path, change)
    path, done = tmp_path / "index", tmp_path / "done"
    shutil.copytree(start, done)
    made(change, done, folder)
    states = [answers_at(start), answers_at(done)]
    assert states[0] != states[1]
    shutil.rmtree(done)
    shutil.copytree(start, done)
    seconds = made(change, done, folder)
    fresh = fresh_answers(folder, tmp_path)
    chance = random.Random(change)
    for number in range(KILLS // 6):
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(start, path)
        for _ in range(1 + (number % 3 == 2)):  # and once more, upon what the first left
            made(change, path, folder, chance.uniform(0, seconds))
        check_state(path, states)
        check_it_goes_on(path, folder, fresh)


def fresh_answers(folder: Path, place: Path) -> Answers:
    with build(folder, place / "fresh") as index:
        return answers(index)


def check_state(path: Path, states: list[Answers]) -> None:
    """An index that is whole, and the same again when it is opened again."""
    with opened(path) as index:
        found = answers(index)
        assert found in states
        assert index.verify() == []
    assert answers_at(path) == found


def check_it_goes_on(path: Path, folder: Path, fresh: Answers) -> None:
    """The next build gives what it gives on a fresh index, and leaves nothing else behind."""
    with build(folder, path) as index:
        assert index.changes.failed == ()
        assert index.verify() == []
        assert answers(index) == fresh
    check_nothing_else(path)


def check_nothing_else(path: Path) -> None:
    engines = {place.name for place in path.glob("engines-*")}
    assert len(engines) <= 2
    assert {place.name for place in path.iterdir()} - engines <= TOLD
    with closing(sqlite3.connect(path / "quoth.sqlite")) as database:
        rows = database.execute(
            "select (select count(*) from file where live < 1), (select count(*) from kept),"
            " (select count(*) from article where live < 1),"
            " (select count(*) from vector) - (select count(distinct key) from passage)"
        ).fetchall()
    assert rows == [(0, 0, 0, 0)]


def test_a_killed_repair_is_repaired_by_the_next(tmp_path: Path) -> None:
    start, folder = prepare(tmp_path, "repair")
    path, done = tmp_path / "index", tmp_path / "done"
    fresh = fresh_answers(folder, tmp_path)
    for _ in range(2):
        shutil.rmtree(done, ignore_errors=True)
        shutil.copytree(start, done)
        seconds = made("repair", done, folder)
    check_state(done, [fresh])
    chance = random.Random("repair")
    for number in range(KILLS // 6):
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(start, path)
        for _ in range(1 + (number % 3 == 2)):
            made("repair", path, folder, chance.uniform(0, seconds))
        try:
            assert answers_at(path) == fresh
        except IndexDamagedError as error:
            assert "run 'quoth repair'" in str(error)  # noqa: PT017 - both ends are right
        with opened(path) as index:
            index.repair()
        check_state(path, [fresh])
        check_it_goes_on(path, folder, fresh)


def test_a_first_build_that_was_killed_is_told_or_whole(tmp_path: Path) -> None:
    """And goes on where it stopped: what is stored already is not embedded again."""
    folder, path = write(tmp_path / "new", MORE), tmp_path / "index"
    for name in ("first", "second"):
        seconds = made("build", tmp_path / name, folder)
    whole = answers_at(tmp_path / "second")
    chance = random.Random(0)
    for _ in range(max(1, KILLS // 6)):
        shutil.rmtree(path, ignore_errors=True)
        made("build", path, folder, chance.uniform(0, seconds))
        try:
            check_state(path, [whole])
        except IndexMissingError as error:
            assert "run 'quoth build PATH" in str(error)  # noqa: PT017 - both ends are right
        kept, embedder = embedded(path), CountingEmbedder()
        build(folder, path, embedder).close()
        assert answers_at(path) == whole
        check_nothing_else(path)
        after = embedded(path)
        assert kept.items() <= after.items()
        assert len(embedder.embedded) == sum(after.values()) - sum(kept.values())


def embedded(path: Path) -> dict[bytes, int]:
    """The key of each passage whose vectors are stored → how many these are."""
    size = 4 * CountingEmbedder().dimension
    if not (path / "quoth.sqlite").exists():
        return {}
    with closing(sqlite3.connect(path / "quoth.sqlite")) as database:
        if not database.execute("select 1 from sqlite_schema where name = 'vector'").fetchall():
            return {}
        found = database.execute("select key, length(data) - 4 from vector").fetchall()
    return {key: length // size for key, length in found}


def test_the_folder_as_it_was_gives_the_answers_there_were(tmp_path: Path) -> None:
    """After a kill in the middle of a sync, and a sync back."""
    start, folder = prepare(tmp_path, "sync")
    before = answers_at(start)
    seconds = made("sync", Path(shutil.copytree(start, tmp_path / "done")), folder)
    made("sync", start, folder, seconds / 2)
    with opened(start) as index:
        index.sync(restore(tmp_path))
        assert answers(index) == before
        assert index.verify() == []
