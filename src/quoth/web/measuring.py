"""`Bench`: question sets are run on the index for visitors, one run at a time."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from quoth.answering import Answerer
from quoth.errors import IndexBusyError, QuothError, UsageError
from quoth.records import Progress
from quoth.web.judging import judgements_path

if TYPE_CHECKING:
    from quoth.evaluation import Question, QuestionSet, Run
    from quoth.evaluation.calibrating import Calibrated

HISTORY = "evaluations.jsonl"
_KEPT = ("quote@1", "quote@3", "precision", "coverage", "abstained", "ece")
_SET = "questions.jsonl"


CANCELLED = "The evaluation was cancelled."


class CancelledError(QuothError):
    """A run was ended by who began it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A run. left_out: questions of the set whose articles are not in the index."""

    run: Run
    left_out: int


class Bench:
    """Runs question sets. Safe to use from several threads; others may ask meanwhile."""

    def __init__(self, answerer: Answerer, *, read_only: bool = False) -> None:
        self.answerer, self.index, self.read_only = answerer, answerer.index, read_only
        self._running = threading.Lock()
        self._cancelled: dict[str, threading.Event] = {}
        self._at = ""

    def sets(self) -> dict[str, Path]:
        """The question sets that are there, by what they are called."""
        found = {"What was judged here": judgements_path(self.index)}
        articles = [self.index.article(info.source) for info in self.index.articles(5)]
        for folder in dict.fromkeys(Path(one.path).parent for one in articles if one.path):
            found.setdefault("The questions beside the articles", folder / _SET)
        return {name: path for name, path in found.items() if path.is_file()}

    def measure(
        self,
        path: Path,
        *,
        most: int | None = None,
        visitor: str = "",
        calibrated: bool = True,
        progress: Progress | None = None,
    ) -> Measured:
        """Ask the questions of a set, or a sample of so many, which is always the same.

        visitor: who may `cancel` it. calibrated: with the index's own calibration, if there is
        one. Raises UsageError for a set that cannot be read, IndexBusyError while another is run,
        CancelledError.
        """
        from quoth.evaluation import evaluate

        answerer = self.answerer if calibrated else self.answerer.uncalibrated()
        with self._alone(visitor, progress) as told:
            whole = _read(path)
            known = _known(whole, frozenset(self.index.sources()))
            sample = _sample(known, most)
            run = evaluate(answerer, sample, progress=told)
        if calibrated and not self.read_only:
            self._remember(run)
        return Measured(run, len(whole.questions) - len(known.questions))

    def cancel(self, visitor: str) -> None:
        """End what this visitor has begun, if anything."""
        if event := self._cancelled.get(visitor):
            event.set()

    def calibration(
        self,
        path: Path,
        *,
        precision: float = 0.9,
        visitor: str = "",
        progress: Progress | None = None,
    ) -> Calibrated:
        """What calibrating on all of a set would give. Raises as `measure`, and UsageError for too
        few questions or a precision that cannot be reached."""
        from quoth.evaluation.calibrating import calibrate

        found = self.measure(path, visitor=visitor, calibrated=False, progress=progress)
        return calibrate(found.run, precision)

    def use(self, found: Calibrated) -> None:
        """Store a calibration, and answer by it from now on. Raises as `Index.calibrate` does."""
        self._require_writable()
        self.index.calibrate(found.calibration)
        self.answerer.recalibrate()

    def forget(self) -> None:
        """Go back to the reader's own confidence. Raises as `Index.calibrate` does."""
        self._require_writable()
        self.index.forget_calibration(self.answerer.reader_name)
        self.answerer.recalibrate()

    def history(self, run: Run) -> list[dict[str, object]]:
        """What earlier runs of that set gave, oldest first: `made` and metrics by name."""
        from quoth.evaluation.set_files import whole_lines

        lines = whole_lines(self.index.path / HISTORY)
        return [one for one in lines if one.get("questions") == run.questions]

    # -- inside

    def _require_writable(self) -> None:
        if self.read_only:
            raise UsageError("this library may only be read here: it cannot be calibrated")

    def _remember(self, run: Run) -> None:
        from quoth.evaluation.set_files import append_line

        values = {name: round(run.summary[name].value, 4) for name in _KEPT if name in run.summary}
        told = {"made": run.made, "questions": run.questions, "asked": len(run.outcomes)}
        append_line(self.index.path / HISTORY, told | values)

    @contextmanager
    def _alone(self, visitor: str, progress: Progress | None) -> Iterator[Progress]:
        """One run at a time; what it is told of its progress, which is where it ends."""
        if not self._running.acquire(blocking=False):
            raise IndexBusyError(
                f"another evaluation is running{self._at}: wait until it has ended"
            )
        event = self._cancelled[visitor] = threading.Event()

        def told(stage: str, done: int, total: int) -> None:
            if event.is_set():
                raise CancelledError(CANCELLED)
            self._at = f" ({done:,} of {total:,} questions asked)"
            if progress:
                progress(stage, done, total)

        try:
            yield told
        finally:
            self._at = ""
            self._cancelled.pop(visitor, None)
            self._running.release()


def _read(path: Path) -> QuestionSet:
    """The set; what is wrong with it is told without the folder that it lies in."""
    from quoth.evaluation import read_questions

    try:
        return read_questions(path)
    except UsageError as error:
        raise UsageError(str(error).replace(str(path), path.name)) from error


def _known(asked: QuestionSet, sources: frozenset[str]) -> QuestionSet:
    """Without the questions whose articles are not there."""

    def is_known(one: Question) -> bool:
        return all(not gold.source or gold.source in sources for gold in one.gold)

    kept = tuple(filter(is_known, asked.questions))
    if not kept:
        raise UsageError(
            f"none of the {len(asked.questions):,} questions is about articles of this library"
        )
    return replace(asked, questions=kept)


def _sample(asked: QuestionSet, most: int | None) -> QuestionSet:
    """So many questions, chosen by the hash of their names, in their order."""
    if most is None or most >= len(asked.questions):
        return asked
    if most < 1:
        raise UsageError(f"at most {most} questions: choose a number from 1")
    by_hash = sorted(asked.questions, key=lambda one: hashlib.sha256(one.id.encode()).digest())
    chosen = {one.id for one in by_hash[:most]}
    kept = tuple(one for one in asked.questions if one.id in chosen)
    return replace(asked, questions=kept, name=f"{asked.name}, {most} of {len(asked.questions)}")
