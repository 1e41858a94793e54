"""The engines' files: used while they fit, remade from the store without embedding where not."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock
from small_indexes import CountingEmbedder, answers, answers_at, build, opened, write

from quoth import Index, derived
from quoth.errors import StorageError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    build(write(tmp_path / "articles"), tmp_path / "index").close()
    return tmp_path / "index"


def segment(path: Path, suffix: str) -> Path:
    return next((path / "words").glob(f"*{suffix}"))


def flip(file: Path, place: int = -40) -> None:
    data = bytearray(file.read_bytes())
    data[place] ^= 0xFF
    file.write_bytes(data)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-7])


def into_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("not a folder")


def change_json(path: Path, **values: object) -> None:
    file = path / "derived.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "vectors.faiss is gone": lambda path: (path / "vectors.faiss").unlink(),
    "vectors.faiss is empty": lambda path: (path / "vectors.faiss").write_bytes(b""),
    "vectors.faiss is cut": lambda path: cut(path / "vectors.faiss"),
    "vectors.faiss has a flipped byte": lambda path: flip(path / "vectors.faiss", -37),
    "derived.json is gone": lambda path: (path / "derived.json").unlink(),
    "derived.json is cut": lambda path: cut(path / "derived.json"),
    "derived.json is no object": lambda path: (path / "derived.json").write_text("[1]"),
    "derived.json is of an older generation": lambda path: change_json(path, generation=0),
    "derived.json is of another store": lambda path: change_json(path, store="other"),
    "derived.json is of another quoth": lambda path: change_json(path, made=0),
    "words is gone": lambda path: shutil.rmtree(path / "words"),
    "words is a file": lambda path: into_file(path / "words"),
    "meta.json is gone": lambda path: (path / "words" / "meta.json").unlink(),
    "meta.json is no JSON": lambda path: (path / "words" / "meta.json").write_text("{"),
    "a segment is gone": lambda path: segment(path, ".term").unlink(),
    "a segment is cut": lambda path: cut(segment(path, ".idx")),
    "a segment has a flipped byte": lambda path: flip(segment(path, ".idx"), 3),
    "all are gone": lambda path: [
        shutil.rmtree(path / "words"),
        (path / "vectors.faiss").unlink(),
        (path / "derived.json").unlink(),
    ],
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_what_does_not_fit_is_made_again_without_embedding(
    damage: Callable[[Path], object], path: Path
) -> None:
    before = answers_at(path)
    damage(path)
    embedder = CountingEmbedder()
    with Index.open(path, embedder=embedder) as index:
        assert answers(index) == before
        assert index.verify() == []
        assert derived.load(path, index.store) is not None
    assert embedder.embedded == []


def test_what_fits_is_not_made_again(path: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in path.rglob("[!.]*")}
    answers_at(path)
    assert {file: file.stat().st_mtime_ns for file in before} == before


def test_engines_of_another_store_are_not_taken_for_this_one(path: Path, tmp_path: Path) -> None:
    """Same generation, same passage ids, other articles: left by a store that was put aside."""
    texts = {name: f"{name}\n\nA lantern.\n" for name in ("a.txt", "b.txt", "c.txt")}
    build(write(tmp_path / "other", texts), tmp_path / "other_index").close()
    whole = answers_at(tmp_path / "other_index")
    for name in ("vectors.faiss", "derived.json"):
        shutil.copy(path / name, tmp_path / "other_index" / name)
    shutil.rmtree(tmp_path / "other_index" / "words")
    shutil.copytree(path / "words", tmp_path / "other_index" / "words")
    assert answers_at(tmp_path / "other_index") == whole


def test_engines_left_behind_by_a_change_are_mended(path: Path, tmp_path: Path) -> None:
    """As when a process dies between its transaction and the engines."""
    old = shutil.copytree(path, tmp_path / "old")
    with opened(path) as index:
        index.remove(["drones.txt"])
        index.add(write(tmp_path / "more", {"more.txt": "More\n\nA lantern, a drone.\n"}))
        after = answers(index)
    for name in ("vectors.faiss", "derived.json", "words"):
        here = path / name
        shutil.rmtree(here) if here.is_dir() else here.unlink()
        (shutil.copytree if (old / name).is_dir() else shutil.copy)(old / name, here)
    with opened(path) as index:
        assert answers(index) == after
        assert index.verify() == []


def test_a_reader_that_makes_files_in_the_old_words_is_no_hindrance(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As tantivy's watcher does: it may make its lock while the folder is being emptied."""
    (path / "words" / ".late").touch()
    unlink = os.unlink

    def remade(name: str, **where: int) -> None:
        unlink(name, **where)
        if Path(name).name == ".late":
            flags = os.O_CREAT | os.O_WRONLY
            os.close(os.open(name, flags, **where))

    with opened(path) as index:
        with monkeypatch.context() as patch:
            patch.setattr(os, "unlink", remade)
            index.remove(["drones.txt"])
        assert list(path.glob("words.old-*"))
        assert derived.load(path, index.store) is not None
        index.remove(["wheat.txt"])
        assert not list(path.glob("words.old-*"))
        assert index.verify() == []


@contextmanager
def unprivileged() -> Iterator[None]:
    """Without root's right to write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def read_only(path: Path) -> Iterator[Path]:
    """A copy of the index that may be read, and not written."""
    above = Path(tempfile.mkdtemp())
    copy = above / "index"
    shutil.copytree(path, copy)
    above.chmod(0o755)
    for place in [copy, *copy.rglob("*")]:
        place.chmod(0o555 if place.is_dir() else 0o444)
    yield copy
    for place in [copy, *copy.rglob("*")]:
        place.chmod(0o755)
    shutil.rmtree(above)


unix = pytest.mark.skipif(not hasattr(os, "seteuid"), reason="permissions are another matter here")


@unix
@pytest.mark.parametrize("gone", ["nothing", "vectors.faiss", "derived.json"])
def test_a_folder_that_may_only_be_read_answers(gone: str, read_only: Path, path: Path) -> None:
    read_only.chmod(0o755)
    (read_only / gone).unlink(missing_ok=True)
    read_only.chmod(0o555)
    before = {file: file.stat().st_mtime_ns for file in read_only.rglob("*")}
    whole = answers_at(path)
    with unprivileged():
        assert answers_at(read_only) == whole
    assert {file: file.stat().st_mtime_ns for file in read_only.rglob("*")} == before


@unix
def test_a_folder_that_may_only_be_read_is_not_written(read_only: Path) -> None:
    with unprivileged(), opened(read_only) as index:
        with pytest.raises(StorageError, match="check its permissions") as error:
            index.remove(["drones.txt"])
        assert "\n" not in str(error.value)
        assert len(index.articles()) == 3


def test_a_reader_does_not_wait_for_a_long_write(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quoth.locking.SECONDS", 0.05)
    before = answers_at(path)
    (path / "derived.json").unlink()
    with FileLock(path / "lock", thread_local=False):
        assert answers_at(path) == before
    assert not (path / "derived.json").exists()


def test_the_checksum_reads_block_by_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(os.urandom(100_000))
    whole = derived._checksum([tmp_path / "file"])
    monkeypatch.setattr(derived, "_BLOCK_BYTES", 777)
    assert derived._checksum([tmp_path / "file"]) == whole
    flip(tmp_path / "file")
    assert derived._checksum([tmp_path / "file"]) != whole
