"""Trying settings: what is tried, what is embedded again, which are worth having."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_indexes import CountingEmbedder, build, passages, sources
from small_library import BY_COSINE, FITTED

from quoth import Index
from quoth.errors import UsageError
from quoth.evaluation import Figure, Gold, Question, QuestionSet
from quoth.evaluation.sweeping import Point, Setting, frontier, sweep

LONG = "".join(f"The ferry number {n} leaves the harbour. The drone {n} waits. " for n in range(60))
QUESTIONS = QuestionSet(
    "set", "0", (Question("1", "ferry harbour", True, (Gold("long.txt", "The ferry number 7"),)),)
)


@pytest.fixture(autouse=True)
def by_cosine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FITTED, BY_COSINE)


@pytest.fixture
def embedder() -> CountingEmbedder:
    return CountingEmbedder()


@pytest.fixture
def index(tmp_path: Path, embedder: CountingEmbedder) -> Index:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "long.txt").write_text(LONG)
    return build(folder, tmp_path / "index", embedder)


def test_every_combination_is_tried_once(index: Index) -> None:
    points = sweep(
        index, QUESTIONS, sizes=(40, 160), modes=("dense", "lexical"), candidates=(5,),
        readers=("none",),
    )  # fmt: skip
    assert sorted((p.setting.passage_tokens, p.setting.mode) for p in points) == [
        (40, "dense"), (40, "lexical"), (160, "dense"), (160, "lexical")
    ]  # fmt: skip
    assert all({"quote@1", "p50_ms"} <= set(point.figures) for point in points)


def test_the_index_stays_as_it_is(index: Index) -> None:
    before = index.settings, passages(index)
    sweep(index, QUESTIONS, sizes=(40,), modes=("dense",), candidates=(5,), readers=("none",))
    assert (index.settings, passages(index)) == before


def point(quality: float, time: float) -> Point:
    def figure(value: float) -> Figure:
        return Figure(value, value, value, 10)

    return Point(
        Setting(160, "hybrid", 20, None), {"quote@1": figure(quality), "p50_ms": figure(time)}
    )


def test_those_that_none_beats_are_marked() -> None:
    found = frontier(
        [point(0.5, 10), point(0.7, 100), point(0.6, 120), point(0.6, 50), point(0.4, 20)]
    )
    assert [(p.figures["quote@1"].value, p.figures["p50_ms"].value, p.best) for p in found] == [
        (0.7, 100, True), (0.6, 50, True), (0.6, 120, False), (0.5, 10, True), (0.4, 20, False)
    ]  # fmt: skip


# -- sizes of passages


def lengths(index: Index) -> list[int]:
    return [len(passage.text.split()) for passage in passages(index).values()]


def test_an_index_keeps_its_size_of_passages(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "long.txt").write_text(LONG)
    made = Index.build([folder], tmp_path / "i", embedder=CountingEmbedder(), passage_tokens=40)
    small = lengths(made)
    assert max(small) <= 60
    made.close()
    again = build(folder, tmp_path / "i", CountingEmbedder())
    assert again.changes.unchanged == ("long.txt",)
    (folder / "other.txt").write_text(LONG)
    again.add([folder / "other.txt"])
    assert max(lengths(again)) <= 60


def test_another_size_cuts_all_articles_anew(index: Index, tmp_path: Path) -> None:
    before = lengths(index)
    index.close()
    made = Index.build(
        [tmp_path / "articles"], tmp_path / "index", embedder=CountingEmbedder(), passage_tokens=40
    )
    assert made.changes.updated == ("long.txt",)
    assert max(lengths(made)) < max(before)


@pytest.mark.parametrize("size", [0, 15, 5000])
def test_a_size_out_of_range_is_told(tmp_path: Path, size: int) -> None:
    with pytest.raises(
        UsageError, match=rf"^passage_tokens is {size}: it must be from 16 to 4096$"
    ):
        Index.build([tmp_path], tmp_path / "i", passage_tokens=size)


def test_articles_in_memory_are_indexed_like_files(index: Index, tmp_path: Path) -> None:
    articles = [index.article(source) for source in index.sources()]
    other = Index.of(articles, tmp_path / "other", embedder=CountingEmbedder())
    assert sources(other) == sources(index)
    assert lengths(other) == lengths(index)
