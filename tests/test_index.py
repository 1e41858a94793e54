"""`Index`: what a build leaves, and what opening refuses."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from fakes import WordEmbedder
from small_indexes import (
    ARTICLES,
    VOCABULARY,
    CountingEmbedder,
    answers,
    answers_at,
    build,
    opened,
    sources,
    write,
)
from small_library import corpus_index

from quoth import Answerer, Index, Retriever
from quoth.errors import (
    ArticleError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    QuothError,
    StorageError,
)
from quoth.store import Store, WritableStore
from quoth.store.schema import FORMAT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "articles")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index"


# -- building


def test_a_build_holds_the_articles_given(folder: Path, path: Path) -> None:
    with build(folder, path) as index:
        assert index.changes.added == tuple(ARTICLES)
        assert sources(index) == list(ARTICLES)
        assert [info.characters for info in index.articles()] == [*map(len, ARTICLES.values())]
        assert {name: index.article(name).text for name in ARTICLES} == ARTICLES
        assert index.verify() == []


def test_sources_are_relative_to_the_folder(folder: Path, path: Path) -> None:
    write(folder, {"deep/er/note.md": "# Note\n\nA lantern.\n"})
    with build(folder, path) as index:
        assert sources(index) == ["deep/er/note.md", *ARTICLES]


def test_a_second_build_embeds_and_writes_nothing(folder: Path, path: Path) -> None:
    build(folder, path).close()
    time.sleep(0.01)
    before = {file: file.read_bytes() for file in path.glob("[!.]*.*") if file.is_file()}
    embedder = CountingEmbedder()
    with build(folder, path, embedder) as index:
        assert index.changes.unchanged == tuple(ARTICLES)
        assert (index.changes.added, index.changes.updated, index.changes.removed) == ((), (), ())
        assert index.settings["generation"] == "1"
    assert embedder.embedded == []
    assert {file: file.read_bytes() for file in before} == before


def test_a_build_follows_the_folder(folder: Path, path: Path) -> None:
    build(folder, path).close()
    (folder / "wheat.txt").unlink()
    write(
        folder, {"drones.txt": "Drones\n\nNow a lantern.\n", "new.txt": "New\n\nA wheat drone.\n"}
    )
    embedder = CountingEmbedder()
    with build(folder, path, embedder) as index:
        assert index.changes.added == ("new.txt",)
        assert index.changes.updated == ("drones.txt",)
        assert index.changes.removed == ("wheat.txt",)
        assert index.changes.unchanged == ("ferries.txt",)
        assert index.article("drones.txt").text == "Drones\n\nNow a lantern.\n"
        assert not [text for text in embedder.embedded if "ferry" in text]
        assert index.verify() == []


def test_a_changed_folder_gives_what_a_fresh_build_gives(folder: Path, tmp_path: Path) -> None:
    """No trace of what was removed: not in scores, nor in word statistics."""
    texts = {"more.txt": "More\n\nDrone drone ferry lantern. Wheat drone.\n"}
    build(write(folder, texts), tmp_path / "one").close()
    (folder / "more.txt").unlink()
    build(folder, tmp_path / "one").close()
    build(folder, tmp_path / "other").close()
    assert answers_at(tmp_path / "one") == answers_at(tmp_path / "other")


def test_the_order_of_paths_does_not_matter(folder: Path, tmp_path: Path) -> None:
    files = sorted(folder.iterdir())
    embedder = WordEmbedder(VOCABULARY)
    Index.build(files, tmp_path / "one", embedder=embedder).close()
    Index.build(files[::-1], tmp_path / "other", embedder=embedder).close()
    assert answers_at(tmp_path / "one") == answers_at(tmp_path / "other")


def test_the_same_passage_is_embedded_once(folder: Path, path: Path) -> None:
    same = "A lantern hangs in the harbour."
    lines = "".join(f'{{"_id": "{n}", "title": "T", "text": "{same}"}}\n' for n in range(5))
    embedder = CountingEmbedder()
    with build(write(folder, {"corpus.jsonl": lines}), path, embedder):
        assert len([text for text in embedder.embedded if "hangs" in text]) == 2  # and its sentence


def test_a_moved_folder_is_not_embedded_again(folder: Path, path: Path) -> None:
    build(folder, path).close()
    embedder = CountingEmbedder()
    with build(folder.rename(folder.parent / "moved"), path, embedder) as index:
        assert index.changes.unchanged == tuple(ARTICLES)
        assert index.article("wheat.txt").path == str(folder.parent / "moved" / "wheat.txt")
    assert embedder.embedded == []


def test_another_model_makes_all_anew(folder: Path, path: Path) -> None:
    build(folder, path).close()
    other = CountingEmbedder([*VOCABULARY, "river"])
    with build(folder, path, other) as index:
        assert index.changes.updated == tuple(ARTICLES)
        assert index.settings["dimension"] == "7"
        assert index.verify() == []
        assert Retriever(index).search("river", mode="dense")[0].source == "drones.txt"
    assert other.embedded


class Failing(WordEmbedder):
    """Stops in the middle of the work."""

    def embed_passages(self, texts: object, progress: object = None) -> object:  # type: ignore[override]
        raise KeyboardInterrupt


def test_the_old_state_answers_until_another_model_is_done(folder: Path, path: Path) -> None:
    with build(folder, path) as index:
        before = answers(index)
        with pytest.raises(KeyboardInterrupt):
            build(folder, path, Failing(["other"]))
        assert answers(index) == before
    assert answers_at(path) == before


def test_a_file_that_cannot_be_read_is_named_and_the_others_go_in(folder: Path, path: Path) -> None:
    bad = folder / "bad.txt"
    bad.write_bytes(b"caf\0")
    with build(folder, path) as index:
        assert index.changes.added == tuple(ARTICLES)
        [(name, reason)] = index.changes.failed
        assert (name, "binary" in reason) == (str(bad), True)


def test_what_an_unreadable_file_said_before_is_kept(folder: Path, path: Path) -> None:
    build(folder, path).close()
    (folder / "wheat.txt").write_bytes(b"caf\0")
    with build(folder, path) as index:
        assert [name for name, _ in index.changes.failed] == [str(folder / "wheat.txt")]
        assert index.changes.removed == ()
        assert index.article("wheat.txt").text == ARTICLES["wheat.txt"]
        assert index.check("wheat.txt") == "changed"


def test_a_build_of_nothing_readable_leaves_the_index_alone(folder: Path, path: Path) -> None:
    build(folder, path).close()
    before = answers_at(path)
    bad = write(folder.parent / "bad", {"bad.txt": "\0"})
    with pytest.raises(ArticleError, match=r"cannot read '.*bad.txt': it is binary"):
        build(bad, path)
    assert answers_at(path) == before


def test_no_articles_make_no_index(tmp_path: Path, path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArticleError):
        build(tmp_path / "empty", path)
    assert not path.exists()


def test_without_a_name_the_index_keeps_its_own_model(
    folder: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def load(name: str | None, progress: object = None) -> WordEmbedder:
        asked.append(name)
        return WordEmbedder(VOCABULARY)

    monkeypatch.setattr("quoth.making.load_embedder", load)
    Index.build([folder], path, model="some/model").close()
    Index.build([folder], path).close()
    assert asked == ["some/model", "words"]


def test_finished_vectors_outlive_an_interrupted_build(
    folder: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quoth.building.staging.PASSAGES_AT_ONCE", 1)

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "embedding":
            raise KeyboardInterrupt

    first, second, whole = CountingEmbedder(), CountingEmbedder(), CountingEmbedder()
    with pytest.raises(KeyboardInterrupt):
        Index.build([folder], path, embedder=first, progress=stop)
    with pytest.raises(IndexMissingError, match="was never finished: run 'quoth build PATH' again"):
        opened(path)
    build(folder, path, second).close()
    build(folder, path / "whole", whole).close()
    assert first.embedded + second.embedded == whole.embedded
    assert first.embedded
    assert second.embedded


# -- opening


def refused(path: Path, kind: type[QuothError]) -> str:
    with pytest.raises(kind) as error:
        answers_at(path)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_missing_index_is_told(path: Path) -> None:
    line = f"no index at '{path}': run 'quoth build PATH --index {path}' first"
    assert refused(path, IndexMissingError) == line


def test_a_file_is_no_index(tmp_path: Path, folder: Path) -> None:
    path = write(tmp_path, {"file": "x"}) / "file"
    line = f"no index at '{path}', which is a file: name the folder of an index"
    assert refused(path, IndexMissingError) == line
    with pytest.raises(StorageError, match="a file is there: choose another --index"):
        build(folder, path)


def test_an_empty_file_is_an_index_never_finished(folder: Path, path: Path) -> None:
    write(path, {"quoth.sqlite": ""})
    assert "was never finished: run 'quoth build PATH' again" in refused(path, IndexMissingError)
    with build(folder, path) as index:
        assert sources(index) == list(ARTICLES)


def test_another_format_is_told_and_put_aside_by_a_build(folder: Path, path: Path) -> None:
    build(folder, path).close()
    store = WritableStore(path / "quoth.sqlite")
    with store.change():
        store.set({"format": "0"})
    store.close()
    told = f"the index at '{path}' has format 0, this quoth reads {FORMAT}: build it again"
    assert refused(path, IndexMismatchError) == told
    with build(folder, path) as index:
        assert index.verify() == []
    [aside] = path.glob("quoth.sqlite.aside-*[0-9]")
    old = Store(aside)
    assert old.sources() == list(ARTICLES)
    old.close()


def test_what_is_put_aside_is_never_overwritten(folder: Path, path: Path) -> None:
    for number in range(3):
        write(path, {"quoth.sqlite": f"damaged {number} " * 100})
        build(folder, path).close()
    kept = [file.read_text()[:9] for file in path.glob("quoth.sqlite.aside-*")]
    assert sorted(kept) == ["damaged 0", "damaged 1", "damaged 2"]


def test_another_model_is_told(folder: Path, path: Path) -> None:
    build(folder, path).close()
    with pytest.raises(IndexMismatchError) as error:
        Index.open(path, embedder=WordEmbedder(["other"]))
    assert str(error.value) == (
        f"the index at '{path}' was made with the model 'words' (6 dimensions), "
        "this is 'words' (2): build it again, or use that model"
    )


@pytest.mark.parametrize("size", [50, 100, 1000, 4096, 5000, 10_000, 20_000])
def test_a_cut_file_is_told_and_built_again(size: int, folder: Path, path: Path) -> None:
    build(folder, path).close()
    data = (path / "quoth.sqlite").read_bytes()
    assert len(data) > size
    (path / "quoth.sqlite").write_bytes(data[:size])
    for engines in path.glob("engines-*"):
        shutil.rmtree(engines)
    assert "damaged" in refused(path, IndexDamagedError)
    with build(folder, path) as index:
        assert index.verify() == []
    assert list(path.glob("quoth.sqlite.aside-*"))


def test_a_flipped_byte_in_a_text_is_noticed_when_it_is_quoted(folder: Path, path: Path) -> None:
    build(folder, path).close()
    data = (path / "quoth.sqlite").read_bytes()
    (path / "quoth.sqlite").write_bytes(data.replace(b"fell into", b"fall into"))
    with opened(path) as index:
        with pytest.raises(IndexDamagedError, match="passage 1 of 'drones"):
            Answerer(index).ask("Where did the drone fall?")
        told = "the stored text of 'drones.txt' is damaged: run 'quoth repair'"
        assert index.verify()[0] == told
        assert index.repair() == [f"{folder / 'drones.txt'} read again"]
        assert index.verify() == []
        assert index.article("drones.txt").text == ARTICLES["drones.txt"]


def test_damaged_vectors_are_noticed_before_they_answer(tmp_path: Path) -> None:
    """A flipped bit in a stored vector would otherwise rank passages wrongly, unseen."""
    with corpus_index(tmp_path, {"a": "A drone flies.", "b": "A ferry swims."}, ["drone"]) as index:
        path = index.path
    with closing(sqlite3.connect(path / "quoth.sqlite")) as database, database:
        for key, data in database.execute("select key, data from vector").fetchall():
            flipped = bytes([data[0] ^ 1]) + data[1:]
            database.execute("update vector set data = ? where key = ?", (flipped, key))
    with (
        Index.open(path, embedder=WordEmbedder(["drone"])) as index,
        pytest.raises(IndexDamagedError, match="run 'quoth repair'"),
    ):
        Retriever(index).search("drone")
