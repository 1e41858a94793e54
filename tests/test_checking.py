"""`check` and `verify`: what is noticed, planted damage by planted damage."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from fakes import WordEmbedder
from small_indexes import (
    ARTICLES,
    VOCABULARY,
    CountingEmbedder,
    answers,
    build,
    opened,
    write,
)

from quoth import Index, freshness
from quoth.articles import ReadOptions, make_article
from quoth.checking import engine_problems
from quoth.database.sqlite import TYPES
from quoth.engines import Engines, LocalEngines
from quoth.errors import IndexDamagedError, QuothError
from quoth.freshness import FileChecks, stamp
from quoth.rows import from_vectors
from quoth.store import Store
from quoth.store.schema import schema
from quoth.vectors import FaissVectors


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "articles")


@pytest.fixture
def path(tmp_path: Path, folder: Path) -> Path:
    build(folder, tmp_path / "index").close()
    return tmp_path / "index"


# -- check


def test_a_file_as_it_was_is_verified(path: Path) -> None:
    with opened(path) as index:
        assert [index.check(info.source) for info in index.articles()] == ["verified"] * 3


def test_a_changed_file_is_changed(path: Path, folder: Path) -> None:
    with opened(path) as index:
        assert index.check("wheat.txt") == "verified"
        text = (folder / "wheat.txt").read_text()
        (folder / "wheat.txt").write_text(text.replace("W", "w"))  # as long as before
        assert index.check("wheat.txt") == "changed"
        (folder / "wheat.txt").write_text(text)
        assert index.check("wheat.txt") == "verified"


def test_a_touched_file_is_verified(path: Path, folder: Path) -> None:
    os.utime(folder / "wheat.txt", (1, 1))
    with opened(path) as index:
        assert index.check("wheat.txt") == "verified"


def test_a_deleted_file_is_changed(path: Path, folder: Path) -> None:
    with opened(path) as index:
        assert index.check("wheat.txt") == "verified"
        (folder / "wheat.txt").unlink()
        assert index.check("wheat.txt") == "changed"


def test_no_article_is_changed(path: Path) -> None:
    with opened(path) as index:
        assert index.check("nowhere.txt") == "changed"


def test_a_record_of_a_corpus_is_checked_alone(tmp_path: Path) -> None:
    lines = [
        '{"_id": "a", "title": "A", "text": "A drone."}',
        '{"_id": "b", "title": "B", "text": "A ferry."}',
    ]
    corpus = write(tmp_path / "corpus", {"corpus.jsonl": "\n".join(lines)})
    with build(corpus, tmp_path / "index") as index:
        write(corpus, {"corpus.jsonl": "\n".join(lines).replace("ferry", "wherry")})
        assert (index.check("a"), index.check("b")) == ("verified", "changed")


def test_the_same_text_in_another_encoding_is_verified(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "cafe.txt").write_bytes("Café\n\nA drone.\n".encode("cp1252"))
    embedder = WordEmbedder(VOCABULARY)
    with Index.build([folder], tmp_path / "i", embedder=embedder, encoding="cp1252") as index:
        assert index.check("cafe.txt") == "verified"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sources whose files were read again."""
    seen: list[str] = []
    real = freshness.reread

    def reread(path: Path, source: str, options: ReadOptions) -> object:
        seen.append(source)
        return real(path, source, options)

    monkeypatch.setattr(freshness, "reread", reread)
    return seen


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the clock be so much later, so that files are old."""
    now = freshness.time.time()
    monkeypatch.setattr(freshness.time, "time", lambda: now + seconds)


def test_an_old_file_is_not_read_again(
    folder: Path, path: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch, 10)
    with build(folder, path) as index:  # nothing changed, but now the stamps can be trusted
        assert index.changes.unchanged
        assert index.settings["generation"] == "1"
        assert index.check("wheat.txt") == "verified"
        assert reads == []
        write(folder, {"wheat.txt": ARTICLES["wheat.txt"] + "\n"})
        os.utime(folder / "wheat.txt", (1, 1))
        assert [index.check("wheat.txt") for _ in range(3)] == ["changed"] * 3
        assert reads == ["wheat.txt"]


def test_a_file_of_the_same_bytes_is_not_parsed_again(
    folder: Path, path: Path, reads: list[str]
) -> None:
    os.utime(folder / "wheat.txt", (1, 1))
    with opened(path) as index:
        assert index.check("wheat.txt") == "verified"
    assert reads == []


def test_an_article_from_an_address_is_compared_with_itself(path: Path) -> None:
    with opened(path) as index:
        index.add_article(
            make_article("Page\n\nA drone.\n", "page", "Page", ()), "https://example.org/page"
        )
        assert index.check("page") == "verified"


def test_a_file_changed_after_it_was_read_has_no_stamp(folder: Path) -> None:
    """However long the build took after that."""
    status = (folder / "wheat.txt").stat()
    changed = max(status.st_mtime, status.st_ctime)
    file = str(folder / "wheat.txt")
    assert stamp(file, read_at=changed - 60) == ""
    assert stamp(file, read_at=changed + 1) == ""
    assert stamp(file, read_at=changed + 3) != ""
    assert stamp(str(folder / "gone.txt")) == stamp("") == stamp("a\0b") == ""


def test_a_check_of_a_file_just_changed_is_not_remembered(path: Path, folder: Path) -> None:
    store = Store(path / "quoth.sqlite")
    origin = store.origin("wheat.txt")
    store.close()
    assert origin is not None
    checks = FileChecks()
    text = (folder / "wheat.txt").read_text()
    for content, told in [(text, "verified"), (text.upper(), "changed"), (text, "verified")]:
        (folder / "wheat.txt").write_text(content)
        assert checks.check("wheat.txt", origin) == told


# -- verify

WHERE = "where article = (select id from article where source = 'wheat.txt')"
ROW = "the stored article 'wheat.txt' is damaged: run 'quoth repair'"
PASSAGE = "passage 3 of 'wheat.txt' is damaged: run 'quoth repair'"
VECTOR = "a stored vector is damaged: run 'quoth repair'"
PLANTED = {
    "update article set sha256 = 'x' where source = 'wheat.txt'": [ROW],
    "update article set characters = 5 where source = 'wheat.txt'": [ROW],
    "update article set title = 'x' where source = 'wheat.txt'": [ROW],
    "update article set metadata = 'x' where source = 'wheat.txt'": [ROW],
    "update article set passages = 2 where source = 'wheat.txt'": [ROW],
    "update article set text = x'ff' where source = 'wheat.txt'": [
        "the stored text of 'wheat.txt' is damaged: run 'quoth repair'"
    ],
    "update article set text = 5 where source = 'wheat.txt'": [
        "the stored text of 'wheat.txt' is damaged: run 'quoth repair'"
    ],
    "update article set blocks = '[[' where source = 'wheat.txt'": [
        "the stored outline of 'wheat.txt' is damaged: run 'quoth repair'"
    ],
    f"update passage set end = 99 {WHERE}": [PASSAGE],
    f"update passage set start = 1 {WHERE}": [PASSAGE],
    f"update passage set start = 'x' {WHERE}": [PASSAGE],
    f"update passage set place = 1 {WHERE}": [PASSAGE],
    f"update passage set size = 9 {WHERE}": [PASSAGE],
    f"update passage set section = 'x' {WHERE}": [PASSAGE],
    f"update passage set headings = 9 {WHERE}": [PASSAGE],
    f"update passage set boilerplate = 1 {WHERE}": [PASSAGE],
    f"update passage set sentences = x'00' {WHERE}": [PASSAGE],
    f"update passage set key = x'00' {WHERE}": [PASSAGE],
    f"update passage set id = 77 {WHERE}": [
        "vectors: 1 passages are missing",
        "vectors: 1 passages should not be there",
        "words: 1 passages are missing",
        "words: 1 passages should not be there",
        "vectors: another vector is held for passage 77",
    ],
    f"delete from passage {WHERE}": [
        "wheat.txt: it has 0 passages, not 1",
        "vectors: 1 passages should not be there",
        "words: 1 passages should not be there",
    ],
    f"update vector set key = x'00' where key = (select key from passage {WHERE})": [
        "wheat.txt: passage 0-64: its vectors are missing"
    ],
    "update vector set data = x'0000'": [VECTOR] * 4,
    "update vector set data = x''": [VECTOR] * 4,
    "update vector set data = zeroblob(length(data))": [VECTOR] * 4,
}


def test_a_good_index_has_no_problems(path: Path) -> None:
    seen = []
    with opened(path) as index:
        assert index.verify(lambda *step: seen.append(step)) == []
    assert seen == [("verifying", 1, 3), ("verifying", 2, 3), ("verifying", 3, 3)]


def plant(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path / "quoth.sqlite")) as database, database:
        assert database.execute(statement, values).rowcount > 0


@pytest.mark.parametrize(("statement", "problems"), PLANTED.items(), ids=PLANTED)
def test_planted_damage_is_found_and_repaired(
    statement: str, problems: list[str], path: Path, folder: Path
) -> None:
    with opened(path) as index:
        before = answers(index)
    plant(path, statement)
    with opened(path) as index:
        assert index.verify() == problems
        index.repair()
        assert index.verify() == []
        assert answers(index) == before


def columns() -> list[tuple[str, str]]:
    """Every column of every table that the answers come from."""
    tables = {"setting": 2, "file": 7, "article": 12, "passage": 12, "vector": 2}
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(schema(TYPES))
        found = [
            (table, str(row[1]))
            for table in tables
            for row in database.execute(f"select * from pragma_table_info('{table}')")
        ]
    assert len(found) == sum(tables.values())
    return found


@pytest.mark.parametrize("value", ["7", "'wheat'", "x'00ff'", "id + 1", "-1"])
@pytest.mark.parametrize(("table", "column"), columns())
def test_no_changed_value_gives_a_wrong_answer(
    table: str, column: str, value: str, path: Path
) -> None:
    """Whatever column of whatever row it is in."""
    with opened(path) as index:
        before = answers(index)
    own = "name" if table == "setting" else "rowid"
    row = f"{own} = (select max({own}) from {table})"
    changed = value.replace("id", "rowid") if table != "setting" else value.replace("id + 1", "9")
    with closing(sqlite3.connect(path / "quoth.sqlite")) as database:
        try:
            with database:
                database.execute(f"update {table} set {column} = {changed} where {row}")
        except sqlite3.IntegrityError:
            return  # SQLite itself does not let it in
    try:
        with opened(path) as index:
            found = answers(index)
            assert found == before or index.verify() != []
    except QuothError as error:
        assert "run 'quoth " in str(error)  # noqa: PT017 - both ends are right


def test_a_turned_vector_is_found(path: Path) -> None:
    """Of length 1 and of the right shape, but another than FAISS holds."""
    turned = np.zeros((4, len(VOCABULARY) + 1), "<f4")
    turned[:, 3] = 1
    key = "(select key from passage where id = 3)"
    plant(path, f"update vector set data = ? where key = {key}", from_vectors(turned))
    with opened(path) as index:
        assert index.verify() == ["vectors: another vector is held for passage 3"]


def test_missing_and_extra_vectors_are_found(path: Path) -> None:
    with opened(path) as index, index.reading() as view:
        dimension, ids = len(VOCABULARY) + 1, view.store.passage_ids()
        vectors = FaissVectors(dimension)
        vectors.add(ids[1:], view.store.own_vectors(ids[1:], dimension))
        vectors.add(np.array([50], np.int64), np.eye(1, dimension, dtype=np.float32))
        engines = Engines(vectors, view.engines.words)
        home, name = LocalEngines(path), view.settings["engines"]
        assert engine_problems(home, name, view.store, engines) == [
            "vectors: 1 passages are missing",
            "vectors: 1 passages should not be there",
            "vectors: another vector is held for passage 1",
        ]


def test_a_repair_embeds_only_what_is_damaged(path: Path) -> None:
    plant(path, f"update vector set data = x'' where key = (select key from passage {WHERE})")
    embedder = CountingEmbedder()
    with Index.open(path, embedder=embedder) as index:
        assert index.repair() == [f"{index.article('wheat.txt').path} read again"]
        assert index.verify() == []
    assert embedder.embedded
    assert all(text.startswith("Wheat.") for text in embedder.embedded)


def test_nothing_to_repair_is_nothing_done(path: Path) -> None:
    with opened(path) as index:
        assert index.repair() == []
        assert index.settings["generation"] == "1"


def test_what_cannot_be_read_again_is_told(path: Path, folder: Path) -> None:
    plant(path, "update article set text = x'ff' where source in ('wheat.txt', 'drones.txt')")
    (folder / "wheat.txt").unlink()
    (folder / "drones.txt").write_bytes(b"\0")
    with opened(path) as index:
        lines = index.repair()
        assert lines[0] == "wheat.txt is damaged and has no file: remove it"
        assert lines[1].startswith(f"{folder / 'drones.txt'} cannot be read (it is binary")
        assert lines[1].endswith("): bring it back, then repair again")
        assert index.remove(["drones.txt", "wheat.txt"]).removed == ("drones.txt", "wheat.txt")
        index.add([write(folder)])
        assert index.verify() == []


def test_a_store_that_cannot_be_read_is_begun_anew_without_embedding(
    path: Path, folder: Path
) -> None:
    """Where SQLite itself finds it damaged, be it only in an index of its own."""
    with opened(path) as index:
        before = answers(index)
    with closing(sqlite3.connect(path / "quoth.sqlite")) as database:
        [(page,)] = database.execute(
            "select rootpage from sqlite_schema where name = 'passage_key'"
        ).fetchall()
        [(size,)] = database.execute("pragma page_size").fetchall()
    data = bytearray((path / "quoth.sqlite").read_bytes())
    data[page * size - 9] ^= 0xFF
    (path / "quoth.sqlite").write_bytes(data)
    with opened(path) as index, pytest.raises(IndexDamagedError, match="run 'quoth build PATH'"):
        index.repair()
    embedder = CountingEmbedder()
    with build(folder, path, embedder) as index:
        assert answers(index) == before
        assert index.verify() == []
    assert embedder.embedded == []
    assert len(list(path.glob("quoth.sqlite.aside-*"))) == 1
    with build(folder, path, embedder) as index:  # and not again
        assert index.changes.unchanged == tuple(ARTICLES)
