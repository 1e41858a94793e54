"""Which settings serve a question set best: quality against time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from quoth.answering import Answerer
from quoth.evaluation.intervals import Figure
from quoth.evaluation.records import QuestionSet
from quoth.evaluation.running import evaluate
from quoth.index import Index
from quoth.passages import TARGET
from quoth.records import Mode, Progress

SIZES = (80, 160, 240)
MODES: tuple[Mode, ...] = ("hybrid", "dense")
CANDIDATES = (10, 20)
READERS: tuple[str | None, ...] = ("none", None)
SHOWN = ("quote@1", "quote@3", "recall@5", "abstain_auroc", "p50_ms")


@dataclass(frozen=True, slots=True)
class Setting:
    """passage_tokens: that a passage should have. candidates: passages that the reader is given.
    reader: as `load_reader` takes it."""

    passage_tokens: int
    mode: Mode
    candidates: int
    reader: str | None


@dataclass(frozen=True, slots=True)
class Point:
    """A setting and what it gives. best: no other is at least as good at quote@1 and as fast, and
    better at one of the two."""

    setting: Setting
    figures: dict[str, Figure]
    best: bool = False


def sweep(
    index: Index,
    questions: QuestionSet,
    *,
    sizes: Sequence[int] = SIZES,
    modes: Sequence[Mode] = MODES,
    candidates: Sequence[int] = CANDIDATES,
    readers: Sequence[str | None] = READERS,
    progress: Progress | None = None,
) -> list[Point]:
    """Ask the questions with each setting, over the articles of the index; best quality first.

    The index stays as it is; others are built beside it in a temporary folder.
    """
    settings = [Setting(*one) for one in product(sizes, modes, candidates, readers)]
    points: list[Point] = []
    for size, resized in _indexes(index, sizes):
        for setting in (one for one in settings if one.passage_tokens == size):
            if progress is not None:
                progress("settings", len(points), len(settings))
            points.append(_point(resized, questions, setting))
    if progress is not None:
        progress("settings", len(points), len(settings))
    return frontier(points)


def _indexes(index: Index, sizes: Sequence[int]) -> Iterator[tuple[int, Index]]:
    own = int(index.settings.get("passage_tokens", TARGET))
    articles = [index.article(source) for source in index.sources()]
    with tempfile.TemporaryDirectory(prefix="quoth-sweep-") as folder:
        for size in sizes:
            if size == own:
                yield size, index
                continue
            place = Path(folder) / str(size)
            with Index.of(articles, place, embedder=index.embedder, passage_tokens=size) as made:
                yield size, made


def _point(index: Index, questions: QuestionSet, setting: Setting) -> Point:
    answerer = Answerer(
        index, reader=setting.reader, mode=setting.mode, candidates=setting.candidates
    )
    for question in questions.questions[:2]:
        answerer.ask(question.question)  # the first ones take longer, whatever the setting
    run = evaluate(answerer, questions)
    return Point(setting, {name: run.summary[name] for name in SHOWN if name in run.summary})


def frontier(points: Sequence[Point]) -> list[Point]:
    """The points by quality, then time, with those marked that no other beats."""

    def key(point: Point) -> tuple[float, float]:
        quality = point.figures.get("quote@1")
        return (-quality.value if quality else 0.0, point.figures["p50_ms"].value)

    found: list[Point] = []
    fastest = float("inf")
    for point in sorted(points, key=key):
        best = point.figures["p50_ms"].value < fastest
        fastest = min(fastest, point.figures["p50_ms"].value)
        found.append(Point(point.setting, point.figures, best))
    return found
