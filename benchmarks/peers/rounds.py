"""All arms in turns on one corpus, each run in a fresh process and written down when over."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peers.arms import Arm, in_turns
from peers.corpora import Corpus
from peers.environments import disk
from peers.processes import WorkerFailedError, WorkerProcess

K = 10
"""Passages that are asked for."""
WARM = 5
"""Questions that are asked before time is taken."""
TIMED = 40
"""Questions that a run is timed with, after the first of a round's with all of them."""
Run = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a corpus' indexes and runs are kept, and the folders of the model.

    models: by an arm's configuration; "" is for all others.
    """

    folder: Path
    models: Mapping[str, Path]

    def model(self, arm: Arm) -> Path:
        return self.models.get(arm.configuration, self.models[""])

    def index(self, arm: Arm) -> Path:
        return self.folder / "indexes" / arm.index

    def passages(self, arm: Arm) -> Path:
        return self.folder / f"passages-{arm.index}.jsonl"

    def log(self, arm: Arm) -> Path:
        return self.folder / f"log-{arm.index}.txt"

    @property
    def runs(self) -> Path:
        return self.folder / "runs.jsonl"


def measure(
    corpus: Corpus,
    others: Sequence[Arm],
    ours: Sequence[Arm],
    place: Place,
    tell: Callable[[str], None],
) -> None:
    """Index and ask, in turns; `place.runs` has a line a run, a failure too."""
    place.folder.mkdir(parents=True, exist_ok=True)
    failed: set[str] = set()
    with place.runs.open("w", encoding="utf-8") as lines:
        for run in _runs(corpus, others, ours, place, failed):
            lines.write(json.dumps(run) + "\n")
            lines.flush()
            tell(f"{corpus.name}: {told(run)}")


def told(run: Run) -> str:
    """A run in a line."""
    if "error" in run:
        return f"{run['arm']} failed: {run['error']}"
    what = f"{run['seconds']:.1f} s, {run['memory']:.0f} MB"
    return f"{run['arm']} {run['did']}: {what}"


def _runs(
    corpus: Corpus, others: Sequence[Arm], ours: Sequence[Arm], place: Place, failed: set[str]
) -> Iterator[Run]:
    for turn in range(corpus.indexed):
        for arm in in_turns(others, ours[:1], every=corpus.every, turn=turn):
            yield from _tried(indexed, corpus, arm, place, turn, failed)
    for turn in range(corpus.asked):
        for arm in in_turns(others, ours, every=corpus.every, turn=turn):
            yield from _tried(asked, corpus, arm, place, turn, failed)


def _tried(
    doing: Callable[..., Run], corpus: Corpus, arm: Arm, place: Place, turn: int, failed: set[str]
) -> Iterator[Run]:
    """The run, or its error, after which the arm's other runs are left out."""
    if arm.name in failed:
        return
    try:
        yield {"arm": arm.name, "turn": turn, **doing(corpus, arm, place, turn)}
    except WorkerFailedError as error:
        failed.add(arm.name)
        yield {"arm": arm.name, "turn": turn, "did": doing.__name__, "error": str(error)}


def indexed(corpus: Corpus, arm: Arm, place: Place, turn: int) -> Run:
    """A new index, from the start of the process until it is on disk."""
    folder = place.index(arm)
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with WorkerProcess(arm, place.model(arm), place.log(arm)) as worker:
        reply = worker.ask(do="index", articles=str(corpus.articles), folder=str(folder))
        seconds, memory = worker.seconds(), worker.peak()
    return {
        "did": "indexed",
        "seconds": seconds,
        "memory": memory,
        "passages": reply["passages"],
        "disk": disk(folder),
    }


def asked(corpus: Corpus, arm: Arm, place: Place, turn: int) -> Run:
    """The first question cold, then others; in the first turn all of them, and what was shown."""
    questions = corpus.questions if turn == 0 else corpus.questions[: WARM + TIMED]
    with WorkerProcess(arm, place.model(arm), place.log(arm)) as worker:
        worker.ask(do="open", folder=str(place.index(arm)))
        first = worker.ask(do="ask", question=questions[0].question, k=K)
        seconds = worker.seconds()
        replies = [worker.ask(do="ask", question=one.question, k=K) for one in questions[1:]]
        memory = worker.peak()
        if turn == 0:
            worker.ask(do="passages", file=str(place.passages(arm)))
    shown = [one["shown"] for one in (first, *replies)]
    return {
        "did": "asked",
        "seconds": seconds,
        "memory": memory,
        "ms": [one["ms"] for one in replies[WARM - 1 : WARM - 1 + TIMED]],
        "shown": shown if turn == 0 and corpus.judged else [],
    }
