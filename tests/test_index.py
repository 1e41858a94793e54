"""`Index`: what build, add and remove leave, what opening refuses, and who may read meanwhile."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fakes import WordEmbedder
from filelock import FileLock
from small_indexes import (
    ARTICLES,
    QUESTIONS,
    VOCABULARY,
    CountingEmbedder,
    answers,
    answers_at,
    build,
    opened,
    sources,
    write,
)

from quoth import Answerer, Index, Retriever
from quoth.errors import (
    ArticleError,
    IndexBusyError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    QuothError,
    StorageError,
    UsageError,
)
from quoth.store import Store


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
    write(folder, {"drones.txt": "Drones\n\nNow a lantern.\n", "new.txt": "New\n\nA wheat drone.\n"})
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
        assert index.changes.updated == tuple(ARTICLES)
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


def test_an_article_that_cannot_be_read_leaves_the_index_alone(folder: Path, path: Path) -> None:
    build(folder, path).close()
    before = answers_at(path)
    (folder / "bad.txt").write_bytes(b"caf\xe9")
    with pytest.raises(ArticleError, match=r"bad.txt': byte 3 \(0xe9\)"):
        build(folder, path)
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

    monkeypatch.setattr("quoth.index.load_embedder", load)
    Index.build([folder], path, model="some/model").close()
    Index.build([folder], path).close()
    assert asked == ["some/model", "words"]


def test_finished_vectors_outlive_an_interrupted_build(
    folder: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quoth.building._PASSAGES_AT_ONCE", 1)

    def stop(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("embedding", 2):
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
    store = Store(path / "quoth.sqlite")
    with store.change():
        store.set({"format": "0"})
    store.close()
    told = f"the index at '{path}' has format 0, this quoth reads 2: build it again"
    assert refused(path, IndexMismatchError) == told
    with build(folder, path) as index:
        assert index.verify() == []
    [aside] = path.glob("quoth.sqlite.aside-*[0-9]")
    old = Store(aside)
    assert list(old.fingerprints()) == list(ARTICLES)
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
    (path / "derived.json").unlink()
    assert "damaged" in refused(path, IndexDamagedError)
    with build(folder, path) as index:
        assert index.verify() == []
    assert list(path.glob("quoth.sqlite.aside-*"))


def test_a_flipped_byte_in_a_text_is_noticed_when_it_is_quoted(folder: Path, path: Path) -> None:
    build(folder, path).close()
    data = (path / "quoth.sqlite").read_bytes()
    (path / "quoth.sqlite").write_bytes(data.replace(b"fell into", b"fall into"))
    with opened(path) as index:
        told = "the stored text of 'drones.txt' is damaged: build the index again"
        with pytest.raises(IndexDamagedError, match=told):
            Answerer(index).ask("Where did the drone fall?")
        assert index.verify() == [
            "drones.txt: its text is not what was stored (hash differs)",
        ]
    with build(folder, path) as index:
        assert index.verify() == []
        assert index.article("drones.txt").text == ARTICLES["drones.txt"]


# -- adding and removing


def test_add_adds_and_replaces(folder: Path, path: Path, tmp_path: Path) -> None:
    texts = {"new.txt": "New\n\nA lantern.\n", "wheat.txt": "Wheat\n\nNo harbour now.\n"}
    more = write(tmp_path / "more", texts)
    with build(folder, path) as index:
        changes = index.add([more])
        assert (changes.added, changes.updated) == (("new.txt",), ("wheat.txt",))
        assert changes == index.changes
        assert sources(index) == sorted(ARTICLES | texts)
        assert index.article("wheat.txt").text == texts["wheat.txt"]
        assert index.verify() == []
        assert answers(index) == answers_at(path)


def test_many_changes_through_one_index_are_all_there(
    folder: Path, path: Path, tmp_path: Path
) -> None:
    """Each is found in the same `Index` and after opening it again."""
    with build(folder, path) as index:
        for number in range(4):
            name = f"{number}.txt"
            index.add(write(tmp_path / name, {name: f"Note {number}\n\nA lantern {'wheat ' * number}.\n"}))
            assert index.settings["generation"] == str(number + 2)
            assert name in {hit.source for hit in Retriever(index).search("lantern", 50)}
            assert answers(index) == answers_at(path)
        index.remove(["0.txt", "2.txt"])
        assert answers(index) == answers_at(path)
        assert index.verify() == []


def test_adding_what_is_there_does_nothing(folder: Path, path: Path) -> None:
    with build(folder, path) as index:
        assert index.add([folder]).unchanged == tuple(ARTICLES)
        assert index.settings["generation"] == "1"


def test_remove_removes(folder: Path, path: Path) -> None:
    with build(folder, path) as index:
        assert index.remove(["wheat.txt", "wheat.txt"]).removed == ("wheat.txt",)
        assert sources(index) == ["drones.txt", "ferries.txt"]
        assert {hit.source for hit in Retriever(index).search("wheat", 50)} <= {*sources(index)}
        assert index.words_nowhere("grows lantern") == ["grows"]
        assert index.verify() == []


def test_an_unknown_source_is_answered_with_the_nearest_and_removes_nothing(
    folder: Path, path: Path
) -> None:
    with build(folder, path) as index:
        with pytest.raises(UsageError) as error:
            index.remove(["drones.txt", "whaet.txt"])
        told = "no article 'whaet.txt' in the index: did you mean 'wheat.txt'?"
        assert str(error.value) == told
        assert sources(index) == list(ARTICLES)
        assert answers(index) == answers_at(path)
        with pytest.raises(UsageError, match="'quoth list' shows what is there"):
            index.article("zzz")
        with pytest.raises(UsageError):
            index.article("\udcff")


def test_an_index_may_be_emptied_and_filled_again(folder: Path, path: Path) -> None:
    with build(folder, path) as index:
        before = answers(index)
        index.remove(list(ARTICLES))
        assert index.articles() == []
        assert Retriever(index).search("drone") == []
        index.add([folder])
        assert answers(index) == before
        assert index.verify() == []


def test_a_closed_index_says_so(folder: Path, path: Path) -> None:
    index = build(folder, path)
    index.close()
    with pytest.raises(UsageError, match="was closed: open the index again"):
        index.articles()


ODD = {
    "windows.txt": "Title\r\n\r\nFirst drone.\r\nSecond ferry.\r\n",
    "mac.txt": "Title\r\rFirst drone.\r",
    "emoji.txt": "Titel 😀\n\nEine 👩‍👩‍👧 drone für 𝒜𝓁𝓁𝑒. Cafe\u0301 ferry.\n",
    "forms.md": "# T\u00a0itle\n\nA\u2028drone\x0cferry\u200b lantern.\n\n- \U0010ffff wheat\n",
    "quotes'; drop table article; --.txt": "x\n\nA 'drone'.\n",
}


def test_texts_are_kept_to_the_byte_and_quoted_from_there(path: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "odd", ODD)
    with build(folder, path) as index:
        for source, text in ODD.items():
            assert index.article(source).text == text
            assert index.check(source) == "verified"
        hits = Retriever(index).search("drone ferry lantern wheat", 50)
        assert {hit.source for hit in hits} == set(ODD)
        for hit in hits:
            assert ODD[hit.source][hit.start : hit.end] == hit.text
        assert [info.characters for info in index.articles()] == [len(ODD[s]) for s in sorted(ODD)]
        assert index.verify() == []


# -- several at once


def test_a_second_writer_waits_or_is_told(
    folder: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with build(folder, path) as index, FileLock(path / "lock"):
        monkeypatch.setattr("quoth.locking.SECONDS", 0.1)
        told = f"another process is writing to the index at '{path}': wait until it has finished"

        def busy() -> str:
            with pytest.raises(IndexBusyError) as error:
                index.remove(["wheat.txt"])
            return str(error.value)

        with ThreadPoolExecutor() as pool:
            assert pool.submit(busy).result() == told
        assert sources(index) == list(ARTICLES)


def test_two_writers_one_after_the_other(folder: Path, path: Path, tmp_path: Path) -> None:
    build(folder, path).close()
    folders = [
        write(tmp_path / str(n), {f"{n}.txt": f"Note\n\nA lantern, {n}.\n"}) for n in range(4)
    ]

    def add(more: Path) -> None:
        with opened(path) as index:
            index.add([more])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, folders))
    with opened(path) as index:
        assert sources(index) == ["0.txt", "1.txt", "2.txt", "3.txt", *ARTICLES]
        assert index.verify() == []


def test_an_open_index_shows_one_state_whatever_others_write(
    folder: Path, path: Path, tmp_path: Path
) -> None:
    build(folder, path).close()
    with opened(path) as reader, opened(path) as late:
        before = answers(reader)
        with opened(path) as writer:
            writer.remove(["drones.txt"])
            writer.add(write(tmp_path / "more", {"more.txt": "More\n\nA drone, a ferry.\n"}))
            assert answers(reader) == before
            assert answers(late) == answers(writer)
        assert reader.article("drones.txt").text == ARTICLES["drones.txt"]


def test_a_writer_that_was_opened_before_another_wrote_goes_on_from_there(
    folder: Path, path: Path, tmp_path: Path
) -> None:
    build(folder, path).close()
    with opened(path) as one, opened(path) as other:
        one.remove(["drones.txt"])
        other.remove(["ferries.txt"])
        assert sources(other) == ["wheat.txt"]
        assert answers(other) == answers_at(path)
        assert other.verify() == []
        with build(folder, path, WordEmbedder(["x"])):
            pass
        with pytest.raises(IndexMismatchError, match="built anew with another model: open it ag"):
            other.remove(["wheat.txt"])


def test_readers_see_whole_states_while_one_writes(folder: Path, path: Path, tmp_path: Path) -> None:
    extra = write(tmp_path / "extra", {"extra.txt": "Extra\n\nDrone, ferry, lantern, wheat.\n"})
    build(folder, path).close()
    states = [answers_at(path)]
    with opened(path) as writer:
        writer.add([extra])
        states.append(answers(writer))
    stop, seen = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            seen.append(answers_at(path))

    with ThreadPoolExecutor(2) as pool, opened(path) as writer:
        reading = [pool.submit(read) for _ in range(2)]
        for _ in range(5):
            writer.remove(["extra.txt"])
            writer.add([extra])
        stop.set()
        for one in reading:
            one.result()
    assert all(one in states for one in seen)


def test_several_threads_find_what_one_finds(folder: Path, path: Path) -> None:
    build(folder, path).close()
    with opened(path) as index:
        ask: Callable[[str], object] = Retriever(index).search
        questions = QUESTIONS * 10
        with ThreadPoolExecutor(8) as pool:
            many = list(pool.map(ask, questions))
        assert many == [ask(question) for question in questions]


def test_the_same_question_gives_the_same_answer_to_the_byte(folder: Path, path: Path) -> None:
    build(folder, path).close()
    assert len({repr(answers_at(path)) for _ in range(3)}) == 1


def test_nothing_is_pickled() -> None:
    code = Path(__file__).parent.parent / "src" / "quoth"
    unsafe = re.compile(r"pickle|joblib|np\.load|torch\.load|(?<![\w.])(?:eval|exec)\(")
    texts = {file.name: file.read_text("utf-8") for file in code.rglob("*.py")}
    assert [name for name, text in texts.items() if unsafe.search(text)] == []
