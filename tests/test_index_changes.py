"""`Index`: what add and remove leave, and who may read meanwhile."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from fakes import WordEmbedder
from filelock import FileLock
from small_indexes import (
    ARTICLES,
    QUESTIONS,
    VOCABULARY,
    answers,
    answers_at,
    build,
    opened,
    sources,
    write,
)

from quoth import Index, Retriever
from quoth.errors import (
    IndexBusyError,
    IndexMismatchError,
    IndexMissingError,
    UsageError,
)
from quoth.locations import location_of
from quoth.locking import locked


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "articles")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index"


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
            index.add(
                write(tmp_path / name, {name: f"Note {number}\n\nA lantern {'wheat ' * number}.\n"})
            )
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


def test_remove_takes_one_source(folder: Path, path: Path) -> None:
    with build(folder, path) as index:
        assert index.remove("wheat.txt").removed == ("wheat.txt",)
        assert sources(index) == ["drones.txt", "ferries.txt"]


def test_removing_nothing_does_nothing(folder: Path, path: Path) -> None:
    with build(folder, path) as index:
        assert index.remove([]).removed == ()
        assert index.settings["generation"] == "1"


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


def test_an_open_index_shows_what_others_write(folder: Path, path: Path, tmp_path: Path) -> None:
    build(folder, path).close()
    with opened(path) as reader, opened(path) as writer:
        answers(reader)
        writer.remove(["drones.txt"])
        writer.add(write(tmp_path / "more", {"more.txt": "More\n\nA drone, a ferry.\n"}))
        assert answers(reader) == answers(writer)


def test_one_state_is_read_whatever_others_write(folder: Path, path: Path, tmp_path: Path) -> None:
    build(folder, path).close()
    with opened(path) as reader, opened(path) as writer:
        with reading_in_another_thread(reader) as read:
            before = read(answers)
            writer.remove(["drones.txt"])
            writer.add(write(tmp_path / "more", {"more.txt": "More\n\nA drone, a ferry.\n"}))
            assert read(answers) == before
            text = read(lambda index: index.article("drones.txt").text)
            assert text == ARTICLES["drones.txt"]
        assert answers(reader) == answers(writer)


@contextmanager
def reading_in_another_thread(
    index: Index,
) -> Iterator[Callable[[Callable[[Index], object]], object]]:
    """Calls of the given function are made in a thread that reads one state."""
    with ThreadPoolExecutor(1) as pool:
        reading = index.reading()
        pool.submit(reading.__enter__).result()
        try:
            yield lambda ask: pool.submit(ask, index).result()
        finally:
            pool.submit(reading.__exit__, None, None, None).result()


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


OTHERS = {"other order": tuple(reversed(VOCABULARY)), "other dimension": ("drone", "ferry")}


@pytest.mark.parametrize("words", OTHERS.values(), ids=OTHERS)
def test_a_given_model_is_refused_once_the_index_has_another(
    words: tuple[str, ...], folder: Path, path: Path
) -> None:
    with build(folder, path) as index:
        (folder / "wheat.txt").unlink()
        build(folder, path, WordEmbedder(words)).close()
        for _ in range(2):
            with pytest.raises(IndexMismatchError, match="with another model: open it again"):
                index.add([folder])
            with pytest.raises(IndexMismatchError, match="with another model: open it again"):
                Retriever(index).search("drone")


def test_a_writer_that_may_not_write_goes_on_reading(
    folder: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quoth.locking.SECONDS", 0.05)
    with build(folder, path) as index:
        before = answers(index)
        with FileLock(path / "lock", thread_local=False), pytest.raises(IndexBusyError):
            index.remove(["wheat.txt"])
        assert answers(index) == before


def test_who_holds_the_lock_is_told(
    folder: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quoth.locking.SECONDS", 0.05)
    told = f"process {os.getpid()} \\(quoth sync, since [0-9:]{{8}}\\) is writing to the index"
    with (
        build(folder, path) as index,
        locked(path, "quoth sync"),
        ThreadPoolExecutor(1) as other,
        pytest.raises(IndexBusyError, match=told),
    ):
        other.submit(index.remove, ["wheat.txt"]).result()


def test_an_index_goes_on_with_the_store_that_took_the_place_of_its_own(
    folder: Path, path: Path
) -> None:
    with build(folder, path) as index:
        location_of(path).fresh().close()
        build(folder, path).close()
        index.remove(["wheat.txt"])
        assert sources(index) == ["drones.txt", "ferries.txt"]
        assert index.verify() == []


def test_nothing_is_written_where_the_index_is_gone(folder: Path, path: Path) -> None:
    with build(folder, path) as index:
        (path / "quoth.sqlite").rename(path / "elsewhere")
        with pytest.raises(IndexMissingError, match="no index at"):
            index.remove(["wheat.txt"])
        assert not (path / "quoth.sqlite").exists()


def test_readers_see_whole_states_while_one_writes(
    folder: Path, path: Path, tmp_path: Path
) -> None:
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
