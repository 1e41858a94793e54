"""Confidence fitted to a user's own questions, stored, and applied."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_library import corpus_index
from test_evaluation_comparing import SETTINGS, outcome

from quoth import Answerer
from quoth.calibration import Calibration
from quoth.errors import QuothWarning, UsageError
from quoth.evaluation import Run
from quoth.evaluation.calibrating import calibrate
from quoth.evaluation.outcomes import Outcome
from quoth.reading import reader_fingerprint

LINE = Calibration("own", "f0", "platt", (0.0, 0.5, 1.0), (0.0, 0.2, 0.9), 0.4, 100, 0.9)


def run(count: int, *, worth: float, seed: int = 0) -> Run:
    """Questions whose first quote is right with `worth` times the confidence."""
    random = np.random.default_rng(seed)
    sure = random.random(count)
    right = random.random(count) < worth * sure
    outcomes: list[Outcome] = [
        replace(outcome(n, bool(good)), confidence=float(value), answerable=bool(n % 5))
        for n, (value, good) in enumerate(zip(sure, right, strict=True))
    ]
    return Run("set", "1", "2026-01-01T00:00:00+00:00", SETTINGS, {}, tuple(outcomes))


@pytest.mark.parametrize(
    ("given", "found"), [(0.0, 0.0), (0.25, 0.1), (0.5, 0.2), (0.75, 0.55), (1.0, 0.9)]
)
def test_between_its_points_it_goes_straight(given: float, found: float) -> None:
    assert LINE.apply(given) == pytest.approx(found)


def test_it_comes_back_from_json_as_it_was() -> None:
    assert Calibration.from_json(LINE.to_json()) == LINE


@pytest.mark.parametrize(
    "change",
    [{"given": [0.5, 0.1, 1.0]}, {"found": [0.0, 2.0, 3.0]}, {"given": []}, {"found": [0.1]},
     {"threshold": 7}, {"more": 1}, {"given": "x"}],
)  # fmt: skip
def test_what_is_no_calibration_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"^(no calibration|could not convert)"):
        Calibration.from_json(json.dumps(json.loads(LINE.to_json()) | change))


def test_confidence_that_promises_too_much_is_brought_down() -> None:
    found = calibrate(run(2000, worth=0.6), 0.4)
    assert found.after < 0.05 < found.before
    assert found.calibration.apply(0.9) == pytest.approx(0.54, abs=0.06)


def test_the_threshold_reaches_the_precision_on_other_questions() -> None:
    found = calibrate(run(2000, worth=1.0), 0.8)
    other = run(2000, worth=1.0, seed=1)
    answered = [
        one
        for one in other.outcomes
        if found.calibration.apply(one.confidence) >= found.calibration.threshold
    ]
    assert np.mean([one.is_right for one in answered]) == pytest.approx(0.8, abs=0.05)
    assert found.low < found.precision < found.high
    assert 0.2 < found.coverage < 0.6


def test_more_precision_costs_coverage() -> None:
    some = run(1000, worth=1.0)
    assert calibrate(some, 0.9).coverage < calibrate(some, 0.7).coverage


def test_few_questions_are_said_to_be_few() -> None:
    assert calibrate(run(60, worth=1.0), 0.5).warning == (
        "only 60 questions: trust it from about 100"
    )
    assert calibrate(run(200, worth=1.0), 0.5).warning == ""


def test_a_calibration_of_another_reader_is_left_out(tmp_path: Path) -> None:
    index = corpus_index(tmp_path, {"a": "A ferry leaves."}, ["ferry"])
    index.calibrate(replace(LINE, reader="none", threshold=0.123))
    with pytest.warns(QuothWarning, match="run `quoth calibrate` again"):
        assert Answerer(index, reader="none").threshold != 0.123
    index.calibrate(
        replace(LINE, reader="none", threshold=0.123, reader_fingerprint=reader_fingerprint("none"))
    )
    assert Answerer(index, reader="none").threshold == 0.123
    assert Answerer(index, reader="none", calibrated=False).threshold != 0.123


def test_too_few_questions_are_refused() -> None:
    with pytest.raises(UsageError, match=r"^too few questions to calibrate on: \d+ right and \d+"):
        calibrate(run(12, worth=1.0), 0.5)


def test_a_precision_that_is_out_of_reach_is_told() -> None:
    with pytest.raises(UsageError, match=r"^no threshold reaches a precision of 0\.99 on these"):
        calibrate(run(500, worth=0.4), 0.99)
