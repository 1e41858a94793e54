"""The engines' files: used while they fit, remade from the store without embedding where not."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from permissions import unix, unprivileged
from small_indexes import ARTICLES, CountingEmbedder, answers, answers_at, build, opened, write

from quoth import Index
from quoth.engines import LocalEngines, wholeness
from quoth.errors import StorageError
from quoth.lexical import LexicalIndex


@pytest.fixture
def path(tmp_path: Path) -> Path:
    build(write(tmp_path / "articles"), tmp_path / "index").close()
    return tmp_path / "index"


def engines(path: Path) -> Path:
    """The folder of the engines that the index names."""
    with opened(path) as index:
        return path / index.settings["engines"]


def segment(engines: Path, suffix: str) -> Path:
    return next((engines / "words").glob(f"*{suffix}"))


def vectors(engines: Path) -> Path:
    return max((engines / "vectors").iterdir(), key=lambda file: file.stat().st_size)


def flip(file: Path, place: int = -40) -> None:
    data = bytearray(file.read_bytes())
    data[place] ^= 0xFF
    file.write_bytes(data)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-7])


def into_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("not a folder")


def change_json(folder: Path, **values: object) -> None:
    file = folder / "whole.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "vectors is gone": lambda place: shutil.rmtree(place / "vectors"),
    "a vector file is gone": lambda place: vectors(place).unlink(),
    "a vector file is empty": lambda place: vectors(place).write_bytes(b""),
    "a vector file is cut": lambda place: cut(vectors(place)),
    "a vector file has a flipped byte": lambda place: flip(vectors(place), -37),
    "whole.json is gone": lambda place: (place / "whole.json").unlink(),
    "whole.json is cut": lambda place: cut(place / "whole.json"),
    "whole.json is no object": lambda place: (place / "whole.json").write_text("[1]"),
    "whole.json is of another store": lambda place: change_json(place, store="other"),
    "whole.json is of another quoth": lambda place: change_json(place, made=0),
    "whole.json lists no files": lambda place: change_json(place, files={}),
    "words is gone": lambda place: shutil.rmtree(place / "words"),
    "words is a file": lambda place: into_file(place / "words"),
    "meta.json is gone": lambda place: (place / "words" / "meta.json").unlink(),
    "meta.json is no JSON": lambda place: (place / "words" / "meta.json").write_text("{"),
    "a segment is gone": lambda place: segment(place, ".term").unlink(),
    "a segment is cut": lambda place: cut(segment(place, ".idx")),
    "a segment has a flipped byte": lambda place: flip(segment(place, ".idx"), 3),
    "all is gone": lambda place: shutil.rmtree(place),
}
HARMLESS: dict[str, Callable[[Path], object]] = {
    "seen.json is gone": lambda place: (place / "seen.json").unlink(),
    "seen.json is no JSON": lambda place: (place / "seen.json").write_text("{"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_what_does_not_fit_is_made_again_without_embedding(
    damage: Callable[[Path], object], path: Path
) -> None:
    before, place = answers_at(path), engines(path)
    damage(place)
    embedder = CountingEmbedder()
    with Index.open(path, embedder=embedder) as index:
        assert answers(index) == before
        assert index.verify() == []
    assert engines(path) != place
    assert [one.name for one in path.glob("engines-*")] == [engines(path).name]
    assert embedder.embedded == []


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_repair_makes_it_again(damage: Callable[[Path], object], path: Path) -> None:
    before = answers_at(path)
    damage(engines(path))
    with opened(path) as index:
        assert index.repair() == ["search indexes made anew"]
        assert index.repair() == []
        assert answers(index) == before


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_change_upon_damage_gives_what_a_fresh_build_gives(
    damage: Callable[[Path], object], path: Path, tmp_path: Path
) -> None:
    damage(engines(path))
    folder = write(tmp_path / "articles", {"more.txt": "More\n\nA lantern, a drone.\n"})
    (folder / "wheat.txt").unlink()
    build(folder, path).close()
    build(folder, tmp_path / "fresh").close()
    assert answers_at(path) == answers_at(tmp_path / "fresh")
    with opened(path) as index:
        assert index.verify() == []


@pytest.mark.parametrize("kind", ["vectors", ".store", ".idx", ".fieldnorm", ".fast", ".term"])
def test_damage_that_no_time_of_change_tells_of_is_found_by_verify(kind: str, path: Path) -> None:
    """Files are not read through at each start, but `verify` does, if loading does not find it."""
    before, place = answers_at(path), engines(path)
    damaged = vectors(place) if kind == "vectors" else segment(place, kind)
    times = damaged.stat().st_atime_ns, damaged.stat().st_mtime_ns
    flip(damaged, damaged.stat().st_size // 2)
    os.utime(damaged, ns=times)
    told = f"{damaged.relative_to(path)}: its contents are not what was written"
    with opened(path) as index:
        found = index.verify()
        assert told in found or index.settings["engines"] != place.name
        assert index.repair() == (["search indexes made anew"] if found else [])
        assert index.verify() == []
        assert answers(index) == before


@pytest.mark.parametrize("damage", HARMLESS.values(), ids=HARMLESS)
def test_without_a_note_of_when_files_were_seen_they_are_read_again(
    damage: Callable[[Path], object], path: Path
) -> None:
    before, place = answers_at(path), engines(path)
    damage(place)
    assert answers_at(path) == before
    assert engines(path) == place
    assert (place / "seen.json").exists()


def test_what_fits_is_not_made_again(path: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in path.rglob("[!.]*")}
    answers_at(path)
    assert {file: file.stat().st_mtime_ns for file in before} == before


def test_engines_of_another_store_are_not_taken_for_this_one(path: Path, tmp_path: Path) -> None:
    """Same generation, same passage ids, other articles: left by a store that was put aside."""
    texts = {name: f"{name}\n\nA lantern.\n" for name in ("a.txt", "b.txt", "c.txt")}
    other = tmp_path / "other_index"
    build(write(tmp_path / "other", texts), other).close()
    whole, place = answers_at(other), engines(other)
    shutil.rmtree(place)
    shutil.copytree(engines(path), place)
    assert answers_at(other) == whole


def test_the_engines_before_stay_for_one_change(path: Path) -> None:
    """Someone may be about to read them; those before them are removed."""
    names = [engines(path).name]
    with opened(path) as index:
        for source in ARTICLES:
            index.remove(source)
            names.append(index.settings["engines"])
            assert sorted(one.name for one in path.glob("engines-*")) == sorted(names[-2:])


def test_abandoned_engines_are_swept_even_where_nothing_changed(path: Path, tmp_path: Path) -> None:
    before = answers_at(path)
    shutil.copytree(engines(path), path / "engines-2-0badcafe")
    build(tmp_path / "articles", path).close()
    assert [one.name for one in path.glob("engines-*")] == [engines(path).name]
    assert answers_at(path) == before


def test_what_stays_is_shared_with_the_generation_before(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hard links, so that adding an article does not copy all others."""
    old = engines(path)
    with opened(path) as index:
        index.add(write(tmp_path / "more", {"more.txt": "More\n\nA lantern, a drone.\n"}))
    new = engines(path)
    shared = [
        file.name
        for file in (old / "words").iterdir()
        if (new / "words" / file.name).exists() and file.samefile(new / "words" / file.name)
    ]
    assert shared
    assert "meta.json" not in shared
    assert not any(name.startswith(".") for name in shared)


def test_where_there_are_no_hard_links_files_are_copied(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*names: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refused)
    with opened(path) as index:
        index.add(write(tmp_path / "more", {"more.txt": "More\n\nA lantern, a drone.\n"}))
        assert index.verify() == []


def test_engines_that_are_loaded_answer_when_their_folder_is_gone(path: Path) -> None:
    """As after two changes by others, to someone who is still at the state before."""
    with opened(path) as reader, reader.reading():
        before = answers(reader)
        with opened(path) as writer:
            writer.remove("drones.txt")
            writer.remove("wheat.txt")
        assert answers(reader) == before


def test_one_whose_engines_are_gone_before_they_are_loaded_sees_the_newest(path: Path) -> None:
    with opened(path) as reader, reader.reading():
        with opened(path) as writer:
            writer.remove("drones.txt")
            writer.remove("wheat.txt")
            after = answers(writer)
        assert answers(reader) == after


class Failing(LexicalIndex):
    """Stops when words are to be written."""

    error: BaseException

    def change(self, *values: object) -> None:  # type: ignore[override]
        raise self.error


STOPS = {
    "a full disk": (OSError(28, "No space left on device"), StorageError),
    "Ctrl-C": (KeyboardInterrupt(), KeyboardInterrupt),
    "no memory": (MemoryError(), MemoryError),
}


@pytest.mark.parametrize(("error", "raised"), STOPS.values(), ids=STOPS)
def test_a_change_that_stops_while_engines_are_written_did_not_happen(
    error: BaseException,
    raised: type[BaseException],
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, names = answers_at(path), [one.name for one in path.glob("engines-*")]
    folder = write(tmp_path / "articles", {"more.txt": "More\n\nA lantern, a drone.\n"})
    with monkeypatch.context() as patch:
        patch.setattr(Failing, "error", error, raising=False)
        patch.setattr("quoth.engines.local.LexicalIndex", Failing)
        with pytest.raises(raised):
            build(folder, path)
    assert [one.name for one in path.glob("engines-*")] == names
    assert answers_at(path) == before
    embedder = CountingEmbedder()
    with build(folder, path, embedder) as index:
        assert index.changes.added == ("more.txt",)
        assert index.verify() == []
    assert embedder.embedded == []  # it was staged


def test_a_change_that_stops_when_all_is_written_did_not_happen(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engines that were made for it go at once: they may be what fills the disk."""
    before, names = answers_at(path), [one.name for one in path.glob("engines-*")]
    write_engines = LocalEngines.write

    def stopped(*values: object, **named: object) -> str:
        write_engines(*values, **named)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(LocalEngines, "write", stopped)
    with opened(path) as index, pytest.raises(KeyboardInterrupt):
        index.remove("wheat.txt")
    assert [one.name for one in path.glob("engines-*")] == names
    assert answers_at(path) == before


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


@unix
@pytest.mark.parametrize("gone", ["nothing", "words/meta.json", "whole.json"])
def test_a_folder_that_may_only_be_read_answers(gone: str, read_only: Path, path: Path) -> None:
    for file in read_only.glob(f"engines-*/{gone}"):
        file.parent.chmod(0o755)
        file.unlink()
        file.parent.chmod(0o555)
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
    before, place = answers_at(path), engines(path)
    (place / "whole.json").unlink()
    with FileLock(path / "lock", thread_local=False):
        assert answers_at(path) == before
    assert not (place / "whole.json").exists()


def test_the_checksum_reads_block_by_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(os.urandom(100_000))
    whole = wholeness._checksum(tmp_path / "file")
    monkeypatch.setattr(wholeness, "_BLOCK_BYTES", 777)
    assert wholeness._checksum(tmp_path / "file") == whole
    flip(tmp_path / "file")
    assert wholeness._checksum(tmp_path / "file") != whole


# -- what many changes leave behind


def test_removed_words_that_are_still_counted_go_with_a_repair(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large library keeps counting some of what was removed; here three passages are large."""
    monkeypatch.setattr("quoth.engines.local._ALWAYS_EXACT", 0)
    monkeypatch.setattr("quoth.engines.local._STALE", 0)
    with opened(path) as index:
        index.remove(["wheat.txt"])
        counted = index.engines.words.passages_with("wheat")
        assert index.repair() == ["search indexes made compact"]
        assert index.engines.words.passages_with("wheat") < counted
        assert index.verify() == []
        assert index.repair() == []
