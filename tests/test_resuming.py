"""What a change costs: what is new in it, and after an interruption what was not done yet."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from small_indexes import (
    ARTICLES,
    CountingEmbedder,
    answers,
    answers_at,
    build,
    passages,
    sources,
    write,
)

from quoth import Index, changing
from quoth.articles import FileReader, FoundFile, make_article
from quoth.building import comparing
from quoth.records import Article

RECORDS = {name: f"A lantern, {name}. Wheat in the harbour." for name in ("a", "b", "c")}


def corpus(texts: dict[str, str]) -> str:
    return "".join(f'{{"_id": "{n}", "title": "T", "text": "{t}"}}\n' for n, t in texts.items())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that have not changed for long, so that their stamps can be trusted."""
    return aged(write(tmp_path / "articles"))


def aged(folder: Path) -> Path:
    for file in folder.rglob("*"):
        os.utime(file, (1, 1))
    return folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sources of the files that were read for their articles."""
    seen: list[str] = []

    class CountingReader(FileReader):
        def read(self, file: FoundFile, skipped: list[tuple[str, str]]) -> Iterator[Article]:
            seen.append(file.source)
            yield from super().read(file, skipped)

    monkeypatch.setattr(changing, "FileReader", CountingReader)
    return seen


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were read for their hash."""
    seen: list[str] = []
    real = comparing.file_sha256

    def file_sha256(path: str) -> str:
        seen.append(Path(path).name)
        return real(path)

    monkeypatch.setattr(comparing, "file_sha256", file_sha256)
    return seen


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the clock be a minute later: a file's time of change cannot be set back."""
    now = changing.time.time()
    monkeypatch.setattr(changing.time, "time", lambda: now + 60)


def test_an_unchanged_folder_is_not_read_at_all(
    folder: Path,
    path: Path,
    reads: list[str],
    hashed: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    later(monkeypatch)
    build(folder, path).close()
    assert (sorted(reads), sorted(hashed)) == (sorted(ARTICLES), sorted(ARTICLES))
    reads.clear()
    hashed.clear()
    with build(folder, path) as index:
        assert index.changes.unchanged == tuple(ARTICLES)
        index.add(folder)
        index.sync(folder)
    assert reads == hashed == []


def test_where_only_times_changed_the_hash_decides(
    folder: Path,
    path: Path,
    reads: list[str],
    hashed: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    later(monkeypatch)
    build(folder, path).close()
    reads.clear()
    hashed.clear()
    os.utime(folder / "wheat.txt", (2, 2))
    for _ in range(2):  # the second time its stamp is known
        build(folder, path).close()
    assert (reads, hashed) == ([], ["wheat.txt"])


def test_only_the_file_that_changed_is_read(folder: Path, path: Path, reads: list[str]) -> None:
    build(folder, path).close()
    reads.clear()
    write(folder, {"wheat.txt": "Wheat\n\nNo harbour now.\n"})
    embedder = CountingEmbedder()
    with build(folder, path, embedder) as index:
        assert index.changes.updated == ("wheat.txt",)
    assert reads == ["wheat.txt"]
    assert embedder.embedded == ["Wheat. No harbour now."] * 2  # the passage, the sentence


def test_what_was_staged_is_neither_read_nor_embedded_again(
    folder: Path, path: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file that was in the middle is read again, and not embedded again either."""
    monkeypatch.setattr("quoth.building.staging.PASSAGES_AT_ONCE", 1)

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "embedding" and len(reads) == 2:
            raise KeyboardInterrupt

    first, second = CountingEmbedder(), CountingEmbedder()
    with pytest.raises(KeyboardInterrupt):
        Index.build([folder], path, embedder=first, progress=stop)
    assert reads == ["drones.txt", "ferries.txt"]
    reads.clear()
    with build(folder, path, second) as index:
        assert index.changes.added == tuple(ARTICLES)
        assert index.verify() == []
    assert reads == ["ferries.txt", "wheat.txt"]
    assert all(text.startswith("Wheat.") for text in second.embedded)


def test_what_was_staged_and_has_changed_since_is_read_again(
    folder: Path, path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("quoth.building.staging.PASSAGES_AT_ONCE", 1)

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "embedding" and done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Index.build([folder], path, embedder=CountingEmbedder(), progress=stop)
    write(folder, {"drones.txt": "Drones\n\nThey are gone, says the lantern.\n"})
    build(folder, path).close()
    build(folder, tmp_path / "fresh").close()
    assert answers_at(path) == answers_at(tmp_path / "fresh")
    assert leftovers(path) == (0, 0)


def leftovers(path: Path) -> tuple[int, int]:
    """Files that are staged, vectors that no passage has."""
    with closing(sqlite3.connect(path / "quoth.sqlite")) as database:
        [found] = database.execute(
            "select (select count(*) from file where live < 1),"
            " (select count(*) from vector where key not in (select key from passage))"
        ).fetchall()
    return found[0], found[1]


def test_vectors_nobody_needs_are_gone_after_a_change(folder: Path, path: Path) -> None:
    with build(folder, path) as index:
        write(folder, {"wheat.txt": "Wheat\n\nNo harbour now.\n"})
        index.add(folder)
        assert leftovers(path) == (0, 0)
        index.remove("drones.txt")
        assert leftovers(path) == (0, 0)
        (folder / "ferries.txt").unlink()
        index.sync(folder)
        assert leftovers(path) == (0, 0)


def test_another_size_of_passages_leaves_no_vectors_of_the_old(folder: Path, path: Path) -> None:
    write(folder, {"long.txt": "The ferry leaves the harbour, and the drone waits. " * 40})
    build(folder, path).close()
    Index.build([folder], path, embedder=CountingEmbedder(), passage_tokens=40).close()
    assert leftovers(path) == (0, 0)


def test_a_changed_record_leaves_the_others_as_they_are(path: Path, tmp_path: Path) -> None:
    """Their ids, and their vectors."""
    file = write(tmp_path / "corpus", {"corpus.jsonl": corpus(RECORDS)}) / "corpus.jsonl"
    embedder = CountingEmbedder()
    with build(file.parent, path, embedder) as index:
        before = {one.source: number for number, one in passages(index).items()}
        embedder.embedded.clear()
        file.write_text(corpus(RECORDS | {"b": "A drone."}))
        changes = index.add(file)
        assert (changes.updated, changes.unchanged) == (("b",), ("a", "c"))
        after = {one.source: number for number, one in passages(index).items()}
        assert {name for name in RECORDS if after[name] == before[name]} == {"a", "c"}
        assert index.verify() == []
    assert set(embedder.embedded) == {"T. A drone."}


def test_a_record_that_is_gone_from_its_corpus_goes(path: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "corpus", {"corpus.jsonl": corpus(RECORDS)}) / "corpus.jsonl"
    with build(file.parent, path) as index:
        file.write_text(corpus({"a": RECORDS["a"]}))
        assert index.add(file).removed == ("b", "c")
        assert sources(index) == ["a"]
        assert index.verify() == []


# -- the same source in two files


def test_two_files_of_a_build_may_not_hold_the_same_source(path: Path, tmp_path: Path) -> None:
    """The one that is there stays; the other is named, and its other articles stay out too."""
    texts = {"1.jsonl": corpus(RECORDS), "2.jsonl": corpus({"b": "Other.", "d": "Wheat."})}
    folder = write(tmp_path / "corpora", texts)
    for _ in range(2):
        with build(folder, path) as index:
            assert sources(index) == ["a", "b", "c"]
            assert index.text("b") == RECORDS["b"]
            [(name, reason)] = index.changes.failed
            assert name == str(folder / "2.jsonl")
            assert reason == (
                f"two articles have the source 'b', the other is in '{folder / '1.jsonl'}': "
                "rename one, or give the folder that holds both"
            )
            assert index.verify() == []


def test_an_added_file_takes_over_the_sources_that_it_names(path: Path, tmp_path: Path) -> None:
    one = write(tmp_path / "one", {"1.jsonl": corpus(RECORDS)})
    other = write(tmp_path / "other", {"2.jsonl": corpus({"b": "Other."})})
    with build(one, path) as index:
        assert index.add(other).updated == ("b",)
        assert sources(index) == ["a", "b", "c"]
        assert index.text("b") == "Other."
        assert index.check("a") == "verified"
        assert index.verify() == []
        assert index.add(one).updated == ("b",)  # and back, as its file was told to be read again
        assert index.text("b") == RECORDS["b"]
        assert index.verify() == []


def test_a_file_whose_only_article_was_replaced_is_added_as_if_new(
    folder: Path, path: Path, tmp_path: Path
) -> None:
    other = write(tmp_path / "other", {"wheat.txt": "Wheat\n\nAnother lantern.\n"})
    with build(folder, path) as index:
        index.add(other)
        assert index.article("wheat.txt").path == str(other / "wheat.txt")
        assert index.add(folder).updated == ("wheat.txt",)
        assert index.text("wheat.txt") == ARTICLES["wheat.txt"]
        assert index.verify() == []


# -- sync


def test_sync_adds_updates_and_removes(folder: Path, path: Path, tmp_path: Path) -> None:
    with build(folder, path) as index:
        write(folder, {"new.txt": "New\n\nA lantern.\n", "wheat.txt": "Wheat\n\nGone.\n"})
        (folder / "drones.txt").unlink()
        changes = index.sync(folder)
        assert changes.added == ("new.txt",)
        assert changes.updated == ("wheat.txt",)
        assert changes.removed == ("drones.txt",)
        assert changes.unchanged == ("ferries.txt",)
        build(folder, tmp_path / "fresh").close()
        assert answers(index) == answers_at(tmp_path / "fresh")
        assert index.sync(folder).unchanged == ("ferries.txt", "new.txt", "wheat.txt")
        assert index.settings["generation"] == "2"


def test_sync_leaves_what_came_from_elsewhere(folder: Path, path: Path, tmp_path: Path) -> None:
    more = write(tmp_path / "articles-more", {"more.txt": "More\n\nA drone.\n"})
    page = make_article("Page\n\nA wheat drone.\n", "page", "Page", ())
    with build(folder, path) as index:
        index.add(more)
        index.add_article(page, "https://example.org/page")
        for file in folder.iterdir():
            file.unlink()
        assert index.sync(folder).removed == tuple(ARTICLES)
        assert sources(index) == ["more.txt", "page"]
        assert index.text("page") == page.text
        assert index.verify() == []


def test_an_article_from_an_address_is_replaced_by_the_next_from_there(
    folder: Path, path: Path
) -> None:
    def page(text: str, source: str) -> Article:
        return make_article(text, source, "Page", ())

    with build(folder, path) as index:
        assert index.add_article(page("A drone.", "page"), "https://a.org").added == ("page",)
        assert index.add_article(page("A drone.", "page"), "https://a.org").unchanged == ("page",)
        changes = index.add_article(page("A ferry.", "other"), "https://a.org")
        assert (changes.added, changes.removed) == (("other",), ("page",))
        assert index.verify() == []


def test_a_file_that_cannot_be_read_any_more_stays_through_a_sync(folder: Path, path: Path) -> None:
    with build(folder, path) as index:
        (folder / "wheat.txt").write_bytes(b"\0")
        changes = index.sync(folder)
        assert ([name for name, _ in changes.failed], changes.removed) == (
            [str(folder / "wheat.txt")],
            (),
        )
        assert index.text("wheat.txt") == ARTICLES["wheat.txt"]
