"""A run: what was asked, of what, with which settings, and what came; saved as JSON."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import math
import os
import platform
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from quoth.answering import Answerer
from quoth.errors import UsageError
from quoth.evaluation.intervals import Figure, summary
from quoth.evaluation.outcomes import STAGES, Outcome
from quoth.evaluation.set_files import write_whole
from quoth.passages import TARGET
from quoth.records import PathLike

FORMAT = 1
_DECIDING = ("openvino", "faiss-cpu", "tantivy", "tokenizers", "sentencex")
"""Packages whose version may change an answer."""


@dataclass(frozen=True)
class Settings:
    """What decides the answers. articles_sha256: over all sources and texts. calibrated: how, ""
    for the reader's own confidence."""

    quoth: str
    model: str
    model_fingerprint: str
    reader: str
    reader_fingerprint: str
    threshold: float
    mode: str
    candidates: int
    passage_tokens: int
    articles: int
    passages: int
    articles_sha256: str
    calibrated: str


@dataclass(frozen=True)
class Run:
    """made: when it began, ISO 8601 in UTC. platform: see `described_platform`."""

    questions: str
    questions_sha256: str
    made: str
    settings: Settings
    platform: dict[str, str]
    outcomes: tuple[Outcome, ...]

    @cached_property
    def summary(self) -> dict[str, Figure]:
        """Metric → figure."""
        return summary(self.outcomes)

    @property
    def failures(self) -> dict[str, list[Outcome]]:
        """Stage → the questions that failed there, stages in their order."""
        found = {stage: [one for one in self.outcomes if one.stage == stage] for stage in STAGES}
        return {stage: some for stage, some in found.items() if some}

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "questions": self.questions,
            "questions_sha256": self.questions_sha256,
            "made": self.made,
            "settings": asdict(self.settings),
            "platform": self.platform,
            "summary": {name: _plain(one) for name, one in self.summary.items()},
            "outcomes": [one.to_json() for one in self.outcomes],
        }

    def save(self, path: PathLike) -> None:
        """Write it whole or not at all. Raises UsageError if that cannot be done."""
        write_whole(path, json.dumps(self.to_json(), ensure_ascii=False, indent=1))

    @classmethod
    def load(cls, path: PathLike) -> Run:
        """Raises UsageError if there is no run in that file."""
        fault = UsageError(f"no run in '{path}': expected a file that `quoth eval --save` wrote")
        try:
            record = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise UsageError(f"cannot read '{path}': {error.strerror}") from error
        except (ValueError, RecursionError) as error:
            raise fault from error
        if not isinstance(record, dict) or "format" not in record:
            raise fault
        if record["format"] != FORMAT:
            raise UsageError(
                f"the run in '{path}' has format {record['format']!r}, this quoth reads {FORMAT}: "
                "run `quoth eval --save` again"
            )
        try:
            return cls(
                record["questions"],
                record["questions_sha256"],
                record["made"],
                Settings(**record["settings"]),
                record["platform"],
                tuple(Outcome.from_json(one) for one in record["outcomes"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise fault from error

    def frame(self) -> Any:
        """A pandas DataFrame, a row for each question with its metrics as columns."""
        import pandas

        rows = []
        for one in self.outcomes:
            first = one.quotes[0] if one.quotes else None
            plain = {
                "id": one.id, "question": one.question, "kind": one.kind,
                "answerable": one.answerable, "answered": one.answered,
                "confidence": one.confidence, "right": one.is_right, "stage": one.stage,
                "quote": first.text if first else "", "source": first.source if first else "",
                "elapsed_ms": one.elapsed_ms,
            }  # fmt: skip
            rows.append(plain | one.values)
        return pandas.DataFrame(rows)


def _plain(figure: Figure) -> dict[str, float | None]:
    """JSON has no nan."""
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in asdict(figure).items()
    }


def described_index(answerer: Answerer) -> Settings:
    """What decides the answers of an answerer."""
    index = answerer.index
    with index.reading() as view:
        digests = sorted(view.store.digests().items())
    digest = hashlib.sha256(json.dumps(digests).encode()).hexdigest()
    return Settings(
        quoth=importlib.metadata.version("quoth"),
        model=index.embedder.name,
        model_fingerprint=index.embedder.fingerprint,
        reader=answerer.reader_name,
        reader_fingerprint=answerer.reader_fingerprint,
        threshold=answerer.threshold,
        mode=answerer.mode,
        candidates=answerer.candidates,
        passage_tokens=int(index.settings.get("passage_tokens", TARGET)),
        articles=len(digests),
        passages=len(index.engines.words),
        articles_sha256=digest,
        calibrated=answerer.calibration.method if answerer.calibration else "",
    )


def described_platform() -> dict[str, str]:
    """What a run's times, and in near ties its answers, depend on beside the settings."""
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": str(os.cpu_count()),
    } | {name: importlib.metadata.version(name) for name in _DECIDING}
