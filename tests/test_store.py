"""The store: transactions, what is kept to the byte, and a full disk."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_indexes import ARTICLES, answers, answers_at, build, opened, sources, write

from quoth.errors import IndexBusyError, IndexDamagedError, StorageError, UsageError
from quoth.records import Article, Block, Floats, Passage, Span
from quoth.rows import Origin
from quoth.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "quoth.sqlite")
    yield store
    store.close()


def article(text: str = "A drone. A ferry.", source: str = "a.txt") -> Article:
    digest = hashlib.sha256(text.encode()).hexdigest()
    blocks = (Block("heading", 0, 1, 2), Block("paragraph", 1, len(text)))
    return Article(source, "Title", text, digest, f"/x/{source}", blocks)


def passage(of: Article, start: int = 0, end: int = 8) -> Passage:
    spans = (Span(start, start + 3), Span(start + 4, end))
    text = of.text[start:end]
    return Passage(of.source, of.title, "Part", start, end, text, spans, 1, True)


def put(store: Store, *articles: Article, stamp: str = "s") -> None:
    with store.change():
        for one in articles:
            row = (passage(one), one.source.encode())
            store.put(one, stamp=stamp, encoding="utf-8", passages=[row])


def test_what_is_put_comes_back(store: Store) -> None:
    one = article()
    put(store, one)
    [number] = store.passage_ids().tolist()
    assert store.article("a.txt") == one
    assert store.origin("a.txt") == Origin("/x/a.txt", "s", "utf-8", one.sha256)
    assert store.passages([number, 99]) == {number: passage(one)}
    assert store.passages([number])[number].id == number
    assert store.fingerprints() == {"a.txt": (one.sha256, "Title", "/x/a.txt")}
    assert store.intact() == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"])), source=st.text("aé😀'\0\n%", min_size=1)
)
def test_any_text_is_kept_to_the_byte(store: Store, text: str, source: str) -> None:
    """NUL too, though no loader lets it in."""
    one = article(text, source)
    put(store, one)
    assert store.article(source) == one
    info = next(info for info in store.overview() if info.source == source)
    assert info.characters == len(text)
    assert store.is_sound(source) is False  # its passage has no vectors


def test_what_is_not_there_is_none(store: Store) -> None:
    assert store.article("a.txt") is store.origin("a.txt") is store.article("\udcff") is None
    assert store.passages([1]) == store.passage_vectors([1], 3) == {}
    assert (store.overview(), store.fingerprints(), store.generation) == ([], {}, 0)


def test_a_failed_change_leaves_nothing(store: Store) -> None:
    put(store, article())

    def interrupted() -> None:
        with store.change():
            store.remove(["a.txt"])
            store.count_up()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(store.fingerprints()) == ["a.txt"]
    assert store.generation == 0


def test_passage_ids_are_never_used_again(store: Store) -> None:
    put(store, article(), article(source="b.txt"))
    with store.change():
        store.remove(["b.txt"])
    put(store, article(source="c.txt"))
    assert store.passage_ids().tolist() == [1, 3]
    assert store.passage_ids_of(["c.txt", "b.txt"]).tolist() == [3]


def test_more_ids_than_a_statement_takes(store: Store) -> None:
    put(store, *(article(source=f"{n}.txt") for n in range(1203)))
    ids = store.passage_ids().tolist()
    assert len(store.passages(ids)) == len(ids) == 1203
    assert store.passage_ids_of([f"{n}.txt" for n in range(1203)]).tolist() == ids


def test_vectors_are_kept_by_key_until_unused(store: Store) -> None:
    rows: Floats = np.arange(6, dtype=np.float32).reshape(2, 3)
    put(store, article())
    store.put_vectors([b"a.txt", b"other"], [rows, rows[:1]])
    assert store.present([b"a.txt", b"other", b"none"]) == {b"a.txt", b"other"}
    np.testing.assert_array_equal(store.passage_vectors([1], 3)[1], rows)
    assert store.is_sound("a.txt")
    with store.change():
        store.drop_unused_vectors()
    assert store.present([b"a.txt", b"other"]) == {b"a.txt"}


def test_a_pinned_store_shows_one_state(store: Store, tmp_path: Path) -> None:
    put(store, article())
    store.pin()
    other = Store(tmp_path / "quoth.sqlite")
    put(other, article(source="b.txt"))
    other.close()
    assert list(store.fingerprints()) == ["a.txt"]
    store.unpin()
    assert list(store.fingerprints()) == ["a.txt", "b.txt"]


def test_a_second_writer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quoth.database._BUSY_SECONDS", 0.05)
    one, other = Store(tmp_path / "quoth.sqlite"), Store(tmp_path / "quoth.sqlite")
    with one.change(), pytest.raises(IndexBusyError, match="another process is writing"):
        put(other, article())
    put(other, article())
    one.close()
    other.close()


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "quoth.sqlite")
    store.close()
    with pytest.raises(UsageError, match="was closed"):
        store.settings()


@pytest.mark.parametrize("data", [b"no database" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_store_is_damaged(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "quoth.sqlite").write_bytes(data)
    with pytest.raises(IndexDamagedError, match=r"is damaged .*: build it again"):
        Store(tmp_path / "quoth.sqlite").settings()
    assert (tmp_path / "quoth.sqlite").read_bytes() == data


def test_a_database_of_something_else_is_damaged(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "quoth.sqlite")) as database:
        database.execute("pragma user_version = 7")
    store = Store(tmp_path / "quoth.sqlite")
    with pytest.raises(IndexDamagedError, match="no such table: setting"):
        store.settings()
    store.close()


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "quoth.sqlite").mkdir()
    with pytest.raises(StorageError, match="unable to open database file"):
        Store(tmp_path / "quoth.sqlite")


# -- a full disk

BIG = {f"{n}.txt": f"Note {n}\n\n" + f"A drone and a ferry, number {n}. " * 200 for n in range(40)}

CHANGE = """
import sys, resource
sys.path.insert(0, {tests!r})
from small_indexes import *
from quoth.errors import StorageError
limit = {limit}
if limit: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    build(Path({folder!r}), Path({path!r})).close()
except StorageError as error:
    print(error)
"""


def change(folder: Path, path: Path, limit: int = 0) -> str:
    """What a build in a process of its own says to a limit of so many bytes a file."""
    values = {"folder": str(folder), "path": str(path), "limit": limit}
    code = CHANGE.format(tests=str(Path(__file__).parent), **values)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def check_refused(said: str, path: Path, folder: Path) -> None:
    """One line; then the old articles or, if they were in already, the new; then it works."""
    assert said.count("\n") == 1
    assert re.search("disk is full|cannot read or write|free some space", said)
    old, new = list(ARTICLES), sorted(ARTICLES | BIG)
    with opened(path) as index:
        assert index.verify() == []
        assert sources(index) in (old, new)
        assert len(answers(index)) > len(ARTICLES)
    with build(folder, path) as index:
        assert index.verify() == []
        assert sources(index) == new


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on file sizes there")
@pytest.mark.parametrize("limit", [1, 20_000, 120_000, 200_000])
def test_files_that_may_not_grow(limit: int, tmp_path: Path) -> None:
    folder, path = write(tmp_path / "articles"), tmp_path / "index"
    build(folder, path).close()
    write(folder, BIG)
    check_refused(change(folder, path, limit), path, folder)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 600 KiB; the test is skipped where none can be mounted."""
    place = tempfile.mkdtemp()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", place]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        os.rmdir(place)
        pytest.skip("only root can mount a small disk")
    yield Path(place)
    subprocess.run(["umount", place], check=True)
    os.rmdir(place)


def test_a_full_disk(small_disk: Path, tmp_path: Path) -> None:
    folder, path = write(tmp_path / "articles"), small_disk / "index"
    build(folder, path).close()
    before = answers_at(path)
    write(folder, BIG)
    said = change(folder, path)
    assert said.count("\n") == 1
    assert "disk is full" in said
    assert answers_at(path) == before
    with opened(path) as index:
        assert index.verify() == []
