"""What a node does and what is made of what it tells, without Ray."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import WordEmbedder
from hypothesis import given, settings
from hypothesis import strategies as st
from small_indexes import ARTICLES, VOCABULARY, CountingEmbedder, write

import quoth
from quoth.articles import FoundFile, ReadOptions, make_article, read_articles
from quoth.building import NewFile, Staging, made_with
from quoth.building.embedding import passage_rows
from quoth.building.on_ray import driver, receiving, worker
from quoth.building.on_ray.messages import (
    Message,
    articles_message,
    from_table,
    to_articles,
    to_table,
    to_vectors,
    vectors_message,
)
from quoth.building.on_ray.worker import UnfitError, Work, is_among
from quoth.building.settings import CUTTING
from quoth.errors import QuothWarning
from quoth.passages import vectors_of
from quoth.store import WritableStore

EMBEDDER = WordEmbedder(VOCABULARY)
MADE = made_with(EMBEDDER, 160)
NONE = np.empty(0, np.uint8)

keys = st.binary(min_size=16, max_size=16)


def passed_on(messages: list[Message]) -> list[Message]:
    """As they come out of a table, three columns of strings and bytes."""
    return list(from_table(to_table(messages)))


@settings(deadline=None)  # what is imported first takes longer
@given(st.text(max_size=200), st.text(max_size=20))
def test_articles_come_out_of_a_message_as_they_went_in(text: str, title: str) -> None:
    try:
        article = make_article(text, "a.txt", title, ())
    except quoth.QuothError:  # a NUL, or a lone surrogate
        return
    cut = [(article, passage_rows(article, EMBEDDER, 16))]
    (message,) = passed_on([articles_message(3, 0, cut, is_last=True)])
    ((found, rows),) = to_articles(message.about, "/a.txt")
    assert (found.text, found.title, found.sha256, found.path) == (
        article.text, article.title, article.sha256, "/a.txt",
    )  # fmt: skip
    assert rows == cut[0][1]


def test_an_outline_and_metadata_come_along(tmp_path: Path) -> None:
    text = "---\nauthor: A. Nym\ndate: 2024-05-17\n---\n# Harbour\n\n- a lantern\n- wheat\n"
    (article,) = read_articles(write(tmp_path, {"a.md": text})).articles
    message = articles_message(
        0, 0, [(article, passage_rows(article, EMBEDDER, 160))], is_last=True
    )
    ((found, _),) = to_articles(passed_on([message])[0].about, article.path)
    assert found == article
    assert article.metadata.author == "A. Nym"


@settings(deadline=None)  # what is imported first takes longer
@given(st.lists(st.integers(1, 4), min_size=1, max_size=5))
def test_vectors_come_out_of_a_message_as_they_went_in(counts: list[int]) -> None:
    names = [bytes([n]) * 16 for n in range(len(counts))]
    vectors = [np.random.default_rng(n).random((n, 3), np.float32) for n in counts]
    (message,) = passed_on([vectors_message(names, vectors)])
    found, rows = to_vectors(message, 3)
    assert found == names
    assert [one.tolist() for one in rows] == [one.tolist() for one in vectors]


@settings(deadline=None)  # what is imported first takes longer
@given(st.sets(keys), keys)
def test_a_key_is_found_among_those_that_are_known(known: set[bytes], other: bytes) -> None:
    every = np.frombuffer(b"".join(sorted(known)), np.uint8)
    assert all(is_among(key, every) for key in known)
    assert is_among(other, every) == (other in known)


@settings(deadline=None)  # what is imported first takes longer
@given(st.lists(st.integers(0, 100_000), min_size=1), st.integers(1, 8))
def test_items_hold_all_files_in_order_and_few_are_small(sizes: list[int], workers: int) -> None:
    files = [{"number": number, "size": size} for number, size in enumerate(sizes)]
    items = driver.grouped(files, workers)
    assert [file for item in items for file in item] == files
    most = max(sum(sizes) // (driver.ITEMS_EACH * workers), driver.LEAST_BYTES)
    assert all(sum(file["size"] for file in item) <= most or len(item) == 1 for item in items)


# -- what a node does


def item(path: Path, number: int = 0) -> dict[str, Any]:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {
        "number": number, "path": str(path), "source": path.name, "named": False,
        "sha256": digest, "size": path.stat().st_size,
    }  # fmt: skip


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> CountingEmbedder:
    """The one that a node loads."""
    loaded = CountingEmbedder()
    monkeypatch.setattr(worker, "load_embedder", lambda name: loaded)
    return loaded


@pytest.fixture
def work(embedder: CountingEmbedder) -> Work:
    return Work(MADE, quoth.__version__, {"encoding": "utf-8"})


@pytest.fixture
def files(tmp_path: Path) -> list[dict[str, Any]]:
    folder = write(tmp_path / "articles")
    return [item(folder / name, number) for number, name in enumerate(ARTICLES)]


def test_a_node_tells_vectors_before_the_articles_that_have_them(
    work: Work, files: list[dict[str, Any]]
) -> None:
    told = list(work.messages(files, NONE))
    assert [one.name for one in told] == ["vectors", "articles", "articles", "articles"]
    named = {key for key, _ in told[0].about}
    rows = [row for one in told[1:] for _, some in to_articles(one.about, "") for row in some]
    assert named == {key.hex() for _, key in rows}
    every = dict(zip(*to_vectors(told[0], EMBEDDER.dimension), strict=True))
    for passage, key in rows:
        assert every[key].tolist() == vectors_of([passage], EMBEDDER)[0].tolist()


def test_a_node_embeds_nothing_that_is_known(
    work: Work, embedder: CountingEmbedder, files: list[dict[str, Any]]
) -> None:
    first = next(iter(work.messages(files, NONE)))
    known = b"".join(sorted(bytes.fromhex(key) for key, _ in first.about))
    embedder.embedded.clear()
    told = list(work.messages(files, np.frombuffer(known, np.uint8)))
    assert [one.name for one in told] == ["articles"] * 3
    assert embedder.embedded == []


def test_a_node_does_not_read_another_file_of_that_path(
    work: Work, files: list[dict[str, Any]]
) -> None:
    Path(files[0]["path"]).write_text("Another file.")
    Path(files[1]["path"]).unlink()
    told = [(one.name, one.about) for one in work.messages(files[:2], NONE)]
    assert told == [("elsewhere", 0), ("elsewhere", 1)]


def test_a_file_of_many_articles_comes_in_parts(
    work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "PASSAGES_AT_ONCE", 2)
    lines = [f'{{"_id": "r{n}", "title": "R", "text": "A lantern, {n}."}}\n' for n in range(5)]
    folder = write(tmp_path, {"a.jsonl": "".join(lines)})
    told = [one.about for one in work.messages([item(folder / "a.jsonl")], NONE)
            if one.name == "articles"]  # fmt: skip
    assert [(one["part"], len(one["articles"]), one["is_last"]) for one in told] == [
        (0, 2, False), (1, 2, False), (2, 1, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("made", "version", "said"),
    [
        (MADE, "0.0.1", f"it has quoth {quoth.__version__}, this is 0.0.1"),
        (MADE | {"fingerprint": "f"}, quoth.__version__, "it has another model: "),
        (
            MADE | {"cutting": "0"},
            quoth.__version__,
            f"it has another cutting: '{CUTTING}', not '0'",
        ),
    ],
)
def test_a_node_that_does_not_fit_says_so(
    embedder: CountingEmbedder, made: dict[str, str], version: str, said: str
) -> None:
    with pytest.raises(UnfitError) as caught:
        Work(made, version, {})
    assert str(caught.value).startswith(said)


def test_a_node_without_quoth_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "quoth.building.on_ray.worker", None)
    ((table),) = driver._worker()({}, [])(None)
    (message,) = from_table(table)
    assert message.name == "refused"
    assert ": it has no quoth of this kind (import of quoth.building.on_ray" in message.about


# -- what is made of what it tells


class Received:
    """A store and what is staged in it."""

    def __init__(self, folder: Path, files: list[dict[str, Any]]) -> None:
        self.store = WritableStore(folder / "quoth.sqlite")
        self.staging = Staging(
            self.store, EMBEDDER, target=160, options="", anew=True, owners={}
        )  # fmt: skip
        new = [
            NewFile(FoundFile(Path(one["path"]), one["source"], named=False), one["path"], "",
                    one["sha256"], one["size"])
            for one in files
        ]  # fmt: skip
        self.skipped: list[tuple[str, str]] = []
        self.failed: list[tuple[str, str]] = []
        self.receiver = receiving._Receiver(
            new, self.staging, EMBEDDER.dimension, lambda size: None, self.skipped, self.failed
        )

    def staged(self) -> list[str]:
        """The sources of all that is staged in the end."""
        self.staging.flush(lambda size: None)
        return sorted(
            source for file in self.staging.staged for source in self.store.staged_sources(file)
        )


@pytest.fixture
def received(tmp_path: Path, files: list[dict[str, Any]]) -> Iterator[Received]:
    found = Received(tmp_path, files)
    yield found
    found.store.close()


def test_what_is_told_twice_is_staged_once(
    received: Received, work: Work, files: list[dict[str, Any]]
) -> None:
    for message in [*work.messages(files, NONE), *work.messages(files, NONE)]:
        received.receiver.take(message)
    assert received.receiver.left() == []
    assert received.staged() == sorted(ARTICLES)


def test_what_never_came_is_left_to_be_read_here(
    received: Received, work: Work, files: list[dict[str, Any]]
) -> None:
    for message in work.messages(files[:2], NONE):
        received.receiver.take(message)
    (left,) = received.receiver.left()
    assert left.path == files[2]["path"]
    assert received.staged() == sorted(ARTICLES)[:2]


def test_parts_may_come_in_any_order_and_a_file_without_all_is_left(received: Received) -> None:
    def part(number: int, *, is_last: bool) -> Message:
        article = make_article(f"Lantern {number}.", f"r{number}", "R", ())
        cut = [(article, passage_rows(article, EMBEDDER, 160))]
        return articles_message(0, number, cut, is_last=is_last)

    received.receiver.take(part(1, is_last=True))
    received.receiver.take(part(1, is_last=True))
    assert received.staged() == []
    received.receiver.take(part(0, is_last=False))
    assert received.staged() == ["r0", "r1"]
    assert len(received.receiver.left()) == 2


def test_a_file_that_fails_after_some_articles_is_not_staged(
    received: Received, work: Work, files: list[dict[str, Any]]
) -> None:
    first = [one for one in work.messages(files[:1], NONE) if one.name == "articles"]
    first[0].about["is_last"] = False
    received.receiver.take(first[0])
    received.receiver.take(Message("failed", [0, "it is damaged"]))
    received.receiver.take(first[0])
    assert received.failed == [(files[0]["path"], "it is damaged")]
    assert received.staged() == []


def test_what_a_node_does_not_see_is_left_and_told(
    received: Received, files: list[dict[str, Any]]
) -> None:
    received.receiver.take(Message("elsewhere", 1))
    received.receiver.take(Message("elsewhere", 0))
    with pytest.warns(QuothWarning, match="articles/ferries.txt' and 1 more as it is here"):
        left = received.receiver.left()
    assert [one.path for one in left] == [files[n]["path"] for n in (1, 0, 2)]


# -- waiting


def test_nodes_that_are_all_gone_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "_LOOK_SECONDS", 0.01)

    def batches() -> Iterator[int]:
        yield 1
        driver.threading.Event().wait()

    found = driver.watched(batches(), lambda: False, alone=0.05)
    assert next(found) == 1
    with pytest.raises(driver.NoClusterError, match="all nodes that could work are gone"):
        next(found)


def test_nodes_that_work_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "_LOOK_SECONDS", 0.01)

    def batches() -> Iterator[int]:
        driver.threading.Event().wait(0.1)
        yield 1

    assert list(driver.watched(batches(), lambda: True, alone=0.02)) == [1]


def test_options_of_reading_go_along(embedder: CountingEmbedder) -> None:
    told = receiving.asdict(ReadOptions(encoding="latin-1", max_pages=3))
    assert Work(MADE, quoth.__version__, told)._options == ReadOptions(
        encoding="latin-1", max_pages=3
    )
