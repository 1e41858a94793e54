"""`check` and `verify`: what is noticed, planted damage by planted damage."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from fakes import WordEmbedder
from small_indexes import VOCABULARY, build, opened, write

from quoth import Index, freshness
from quoth.freshness import FileChecks, stamp
from quoth.rows import from_vectors
from quoth.store import Store


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

    def reread(path: Path, source: str, encoding: str) -> object:
        seen.append(source)
        return real(path, source, encoding)

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
        os.utime(folder / "wheat.txt", (1, 1))
        assert [index.check("wheat.txt") for _ in range(3)] == ["verified"] * 3
        assert reads == ["wheat.txt"]


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

DAMAGED_VECTOR = "a stored vector is damaged: delete the index folder and build it again"

WHERE = "where article = (select id from article where source = 'wheat.txt')"
PLANTED = {
    "update article set sha256 = 'x' where source = 'wheat.txt'": [
        "wheat.txt: its text is not what was stored (hash differs)"
    ],
    "update article set characters = 5 where source = 'wheat.txt'": [
        "wheat.txt: it has 65 characters, not 5"
    ],
    "update article set text = x'ff' where source = 'wheat.txt'": [
        "the stored text of 'wheat.txt' is damaged: build the index again"
    ],
    "update article set text = 5 where source = 'wheat.txt'": [
        "the stored text of 'wheat.txt' is damaged: build the index again"
    ],
    "update article set blocks = '[[' where source = 'wheat.txt'": [
        "the stored outline of 'wheat.txt' is damaged: build the index again"
    ],
    f"update passage set end = 99 {WHERE}": [
        "wheat.txt: passage 0-99 lies outside the text of 65 characters"
    ],
    f"update passage set start = 1 {WHERE}": [
        "wheat.txt: passage 1-64 has sentences outside itself"
    ],
    f"update passage set start = 'x' {WHERE}": [
        "passage 3 of 'wheat.txt' is damaged: build the index again"
    ],
    f"update passage set headings = 9 {WHERE}": [
        "wheat.txt: passage 0-64 has 9 headings in 3 sentences"
    ],
    f"update passage set sentences = x'00' {WHERE}": [
        "passage 3 of 'wheat.txt' is damaged: build the index again"
    ],
    f"update passage set key = x'00' {WHERE}": ["wheat.txt: passage 0-64: its vectors are missing"],
    f"update passage set id = 77 {WHERE}": [
        "wheat.txt: passage 0-64: vectors.faiss holds another vector",
        "vectors.faiss: 1 passages are missing",
        "vectors.faiss: 1 passages should not be there",
        "words: 1 passages are missing",
        "words: 1 passages should not be there",
    ],
    f"update passage set article = 99 {WHERE}": ["SQLite: passage 3 belongs to no article"],
    "update vector set data = x'0000'": [DAMAGED_VECTOR] * 3,
    "update vector set data = x''": [DAMAGED_VECTOR] * 3,
    "update vector set data = zeroblob(length(data))": [DAMAGED_VECTOR] * 3,
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
def test_planted_damage_is_found(statement: str, problems: list[str], path: Path) -> None:
    plant(path, statement)
    with opened(path) as index:
        assert index.verify() == problems


def test_a_turned_vector_is_found(path: Path) -> None:
    """Of length 1 and of the right shape, but another than FAISS holds."""
    turned = np.zeros((4, len(VOCABULARY) + 1), "<f4")
    turned[:, 3] = 1
    key = "(select key from passage where id = 3)"
    plant(path, f"update vector set data = ? where key = {key}", from_vectors(turned))
    with opened(path) as index:
        assert index.verify() == ["wheat.txt: passage 0-64: vectors.faiss holds another vector"]


def test_missing_and_extra_vectors_are_found(path: Path) -> None:
    with opened(path) as index:
        index.engines.vectors.remove(np.array([1], np.int64))
        row = np.eye(1, len(VOCABULARY) + 1, dtype=np.float32)
        index.engines.vectors.add(np.array([50], np.int64), row)
        assert index.verify() == [
            "drones.txt: passage 0-65: vectors.faiss holds another vector",
            "vectors.faiss: 1 passages are missing",
            "vectors.faiss: 1 passages should not be there",
        ]


MENDED = [
    "update article set text = x'ff' where source = 'wheat.txt'",
    "update article set text = cast('Wheat' as blob) where source = 'wheat.txt'",
    f"update passage set key = x'00' {WHERE}",
    "delete from vector",
]


@pytest.mark.parametrize("statement", MENDED)
def test_building_again_mends_texts_and_vectors(statement: str, folder: Path, path: Path) -> None:
    plant(path, statement)
    with build(folder, path) as index:
        assert index.verify() == []
        assert len(index.articles()) == 3
