"""The store: what is staged and shown in one transaction, and kept to the byte."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres_server import PostgresServer
from stores import execute

from quoth.database import Address, Place, mark_of, parse_address
from quoth.errors import IndexBusyError, IndexDamagedError, StorageError, UsageError
from quoth.records import Article, Block, Floats, Passage, Span
from quoth.rows import Origin
from quoth.store import Replaced, Store, StoredFile, WritableStore
from quoth.store.schema import FORMAT, STAGED


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a store is to be: all tests that ask for it are run over both databases."""
    if request.param == "sqlite":
        return tmp_path / "quoth.sqlite"
    server: PostgresServer = request.getfixturevalue("postgres")
    return parse_address(server.address())


@pytest.fixture
def store(place: Place) -> Iterator[WritableStore]:
    store = WritableStore(place)
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


def stage(store: WritableStore, *articles: Article, path: str = "/x") -> int:
    """The id of a file that is staged with these articles, each of one passage."""
    with store.change():
        file = store.begin_file(path, "x", "stamp", "hash", "{}")
        for one in articles:
            store.stage(one, file, [(passage(one), one.source.encode())])
        store.finish_file(file)
    return file


def show(store: WritableStore, *files: int, gone: tuple[str, ...] = ()) -> Replaced:
    with store.change():
        return store.replace(files, (), gone, purge=False)


def put(store: WritableStore, *articles: Article) -> Replaced:
    """Articles of a file of their own."""
    return show(store, stage(store, *articles, path=f"/x/{articles[0].source}"))


def vectors(count: int) -> Floats:
    return np.arange(3 * count, dtype=np.float32).reshape(count, 3)


def test_what_is_put_comes_back(store: WritableStore) -> None:
    one = article()
    assert put(store, one).added == ("a.txt",)
    [number] = store.passage_ids().tolist()
    assert store.article("a.txt") == one
    assert store.text("a.txt") == one.text
    assert store.origin("a.txt") == Origin("/x/a.txt", "stamp", "hash", "{}", one.sha256)
    assert store.file("/x/a.txt") == StoredFile(1, "x", "stamp", "hash", "{}")
    assert store.passages([number, 99]) == {number: passage(one)}
    assert store.passages([number])[number].id == number
    assert store.digests() == {"a.txt": one.sha256}
    assert store.totals() == (1, 1)
    assert store.intact() == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    source=st.text("aé😀'\0\n%", min_size=1),
)
def test_any_text_is_kept_to_the_byte(store: WritableStore, text: str, source: str) -> None:
    """NUL too, though no loader lets it in; and a passage is cut from the bytes of the text."""
    one = article(text, source)
    put(store, one)
    assert store.article(source) == replace(one, path=f"/x/{source}")
    [info] = [info for info in store.overview() if info.source == source]
    assert info.characters == len(text)
    [number] = store.passage_ids_of([source]).tolist()
    assert store.passages([number])[number].text == text[:8]


def test_passages_of_any_place_are_cut_from_the_bytes(store: WritableStore) -> None:
    """In whatever order they are put, and where one overlaps another."""
    one = article("é😀 a drone, Ω ferry. " * 9)
    places = [(40, 60), (0, 9), (3, 30), (100, 171), (171, 171)]
    with store.change():
        file = store.begin_file("/x", "x", "", "", "")
        store.stage(one, file, [(passage(one, *place), b"") for place in places])
    found = store.passages([1, 2, 3, 4, 5])
    assert [one.text[start:end] for start, end in places] == [found[n].text for n in range(1, 6)]


def test_what_is_not_there_is_none(store: WritableStore) -> None:
    assert store.article("a.txt") is store.origin("a.txt") is store.article("\udcff") is None
    assert store.text("a.txt") is store.file("/x") is None
    assert store.passages([1]) == store.passage_vectors([1], 3) == {}
    assert (store.overview(), store.digests(), store.generation) == ([], {}, 0)


def test_sources_are_in_order_of_their_code_points(store: WritableStore) -> None:
    names = ["Z", "a", "\0", "\1", "\2", "a\0", "a\1b", "ä", "é", "ﬀ", "😀", "_", "-", "a b", "aB"]
    put(store, *(article(source=name) for name in names))
    assert store.sources() == [info.source for info in store.overview()] == sorted(names)
    page = store.overview(3, skip=2)
    assert [info.source for info in page] == sorted(names)[2:5]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["Über.txt", "über.txt", "WHEAT_1.txt", "50%.txt"]),
        ("wheat", ["WHEAT_1.txt"]),
        ("T_1", ["WHEAT_1.txt"]),
        ("%", ["50%.txt"]),
        ("Ü", ["Über.txt"]),
        ("ü", ["über.txt"]),
        ("title", ["Über.txt", "über.txt", "WHEAT_1.txt", "50%.txt"]),
        ("\udcff", []),
        ("\0", []),
        ("'; drop table article; --", []),
    ],
)
def test_words_of_a_source_or_title_are_found(
    words: str, found: list[str], store: WritableStore
) -> None:
    """Capitals from A to Z count for small letters; nothing in the words has another meaning."""
    put(
        store,
        *(article(source=name) for name in ("50%.txt", "WHEAT_1.txt", "Über.txt", "über.txt")),
    )
    assert [info.source for info in store.overview(containing=words)] == sorted(found)
    assert store.matching(words) == len(found)


def test_a_failed_change_leaves_nothing(store: WritableStore) -> None:
    put(store, article())

    def interrupted() -> None:
        with store.change():
            store.replace((), (), ["a.txt"], purge=False)
            store.set({"generation": "7"})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert store.sources() == ["a.txt"]
    assert store.generation == 0


def test_nobody_sees_what_is_staged_until_it_is_shown(store: WritableStore) -> None:
    file = stage(store, article())
    assert store.sources() == store.overview() == store.paths() == []
    assert store.passage_ids().tolist() == []
    assert store.article("a.txt") is store.file("/x") is None
    assert store.file("/x", STAGED) == StoredFile(file, "x", "stamp", "hash", "{}")
    assert store.has_staged()
    assert show(store, file).added == ("a.txt",)
    assert store.sources() == ["a.txt"]
    assert not store.has_staged()


def test_a_file_takes_the_place_of_what_it_said_before(store: WritableStore) -> None:
    put(store, article(), article(source="b.txt"))
    file = stage(store, article("New text.", "b.txt"), article(source="c.txt"), path="/x/a.txt")
    done = show(store, file)
    assert (done.added, done.updated, done.removed) == (("c.txt",), ("b.txt",), ("a.txt",))
    assert (done.passages_added.tolist(), done.passages_removed.tolist()) == ([3, 4], [1, 2])
    assert store.sources() == ["b.txt", "c.txt"]
    assert store.text("b.txt") == "New text."
    assert store.paths() == ["/x/a.txt"]


def test_what_is_kept_keeps_its_passages(store: WritableStore) -> None:
    one = article()
    put(store, one, article(source="b.txt"))
    number = store.same(one)
    assert number == 1
    assert store.same(replace(one, title="Other")) is None
    file = stage(store, article("New text.", "b.txt"), path="/x/a.txt")
    with store.change():
        store.keep(number, file)
    assert sorted(store.staged_sources(file)) == ["a.txt", "b.txt"]
    assert store.kept_sources(file) == ["a.txt"]
    done = show(store, file)
    assert (done.added, done.updated, done.removed) == ((), ("b.txt",), ())
    assert store.passage_ids_of(["a.txt"]).tolist() == [1]
    assert store.owners([file]) == {"a.txt": "/x/a.txt", "b.txt": "/x/a.txt"}


def test_a_file_that_lost_its_only_article_to_another_is_forgotten(store: WritableStore) -> None:
    put(store, article())
    show(store, stage(store, article("New text."), path="/y"))
    assert store.paths() == ["/y"]


def test_a_file_that_lost_one_of_its_articles_is_to_be_read_again(store: WritableStore) -> None:
    put(store, article(), article(source="b.txt"))
    show(store, stage(store, article("New text."), path="/y"))
    left = store.file("/x/a.txt")
    assert left is not None
    assert (left.stamp, left.sha256) == ("", "")
    assert store.origin("b.txt") is not None


def test_passage_ids_are_never_used_again(store: WritableStore) -> None:
    put(store, article())
    put(store, article(source="b.txt"))
    show(store, gone=("b.txt",))
    put(store, article(source="c.txt"))
    assert store.passage_ids().tolist() == [1, 3]
    assert store.passage_ids_of(["c.txt", "b.txt"]).tolist() == [3]


def test_more_ids_than_a_statement_takes(store: WritableStore) -> None:
    put(store, *(article(source=f"{n}.txt") for n in range(1203)))
    ids = store.passage_ids().tolist()
    assert len(store.passages(ids)) == len(ids) == 1203
    assert store.passage_ids_of([f"{n}.txt" for n in range(1203)]).tolist() == ids


def test_vectors_go_with_the_last_passage_that_has_them(store: WritableStore) -> None:
    put(store, article())
    with store.change():
        store.put_vectors([b"a.txt", b"other"], [vectors(2), vectors(1)])
    assert store.present([b"a.txt", b"other", b"none"]) == {b"a.txt", b"other"}
    np.testing.assert_array_equal(store.passage_vectors([1], 3)[1], vectors(2))
    np.testing.assert_array_equal(store.own_vectors(np.array([1]), 3), vectors(1))
    show(store, gone=("a.txt",))
    assert store.present([b"a.txt", b"other"]) == {b"other"}
    with store.change():
        store.drop_loose_vectors()
    assert store.present([b"a.txt", b"other"]) == frozenset()


def test_vectors_that_are_missing_are_told(store: WritableStore) -> None:
    put(store, article())
    with pytest.raises(IndexDamagedError, match=r"vectors are missing from .*run 'quoth repair'"):
        store.own_vectors(np.array([1]), 3)


def test_only_damaged_vectors_are_dropped(store: WritableStore, place: Place) -> None:
    put(store, article(), article(source="b.txt"))
    with store.change():
        store.put_vectors([b"a.txt", b"b.txt"], [vectors(2), vectors(2)])
    execute(place, "update vector set data = ? where key = ?", bytes(28), b"a.txt")
    with store.change():
        store.drop_damaged_vectors("a.txt")
        store.drop_damaged_vectors("b.txt")
    assert store.present([b"a.txt", b"b.txt"]) == {b"b.txt"}


def test_a_pinned_store_shows_one_state(store: WritableStore, place: Place) -> None:
    put(store, article())
    store.pin()
    other = WritableStore(place)
    put(other, article(source="b.txt"))
    other.close()
    assert store.sources() == ["a.txt"]
    store.unpin()
    assert store.sources() == ["a.txt", "b.txt"]


def test_a_second_writer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quoth.database.sqlite._BUSY_SECONDS", 0.05)
    one, other = (WritableStore(tmp_path / "quoth.sqlite") for _ in range(2))
    with one.change(), pytest.raises(IndexBusyError, match="another process is writing"):
        put(other, article())
    put(other, article())
    one.close()
    other.close()


def test_a_closed_store_says_so(store: WritableStore) -> None:
    store.close()
    with pytest.raises(UsageError, match="was closed"):
        store.settings()


CHANGED = [
    "update setting set value = '9' where name = 'generation'",
    "update setting set name = 'generatiom' where name = 'generation'",
    "update setting set name = 'sael' where name = 'seal'",
    "delete from setting where name = 'generation'",
]


@pytest.mark.parametrize("statement", CHANGED)
def test_changed_settings_are_damage(statement: str, store: WritableStore, place: Place) -> None:
    with store.change():
        store.set({"generation": "1", "format": FORMAT})
    assert store.settings()["generation"] == "1"
    assert execute(place, statement) == 1
    with pytest.raises(IndexDamagedError, match="its settings are not what was written"):
        store.settings()
    assert isinstance(place, Address) or mark_of(place).exists()


@pytest.mark.parametrize("data", [b"no database" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_store_is_damaged(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "quoth.sqlite").write_bytes(data)
    with pytest.raises(IndexDamagedError, match=r"is damaged .*: run 'quoth build' again"):
        Store(tmp_path / "quoth.sqlite").settings()
    assert (tmp_path / "quoth.sqlite").read_bytes() == data


def test_damaged_text_in_a_row_is_told_in_one_printable_line(tmp_path: Path) -> None:
    """SQLite quotes the bytes that it cannot decode, line ends and all."""
    store = WritableStore(tmp_path / "quoth.sqlite")
    put(store, article())
    store.close()
    with closing(sqlite3.connect(tmp_path / "quoth.sqlite")) as database:
        database.execute("update article set sha256 = cast(x'61ff0a7f01' as text)")
        database.commit()
    with pytest.raises(IndexDamagedError) as found:
        Store(tmp_path / "quoth.sqlite").digests()
    assert str(found.value).isprintable()


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
