"""Confidence and threshold for a user's own questions: a run → `Calibration`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quoth.calibration import Calibration
from quoth.errors import UsageError
from quoth.evaluation.metrics import calibration_error
from quoth.evaluation.runs import Run

Floats64 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Fit = Callable[[Floats64, Flags], Callable[[Floats64], Floats64]]
LEAST = 10
"""Right and wrong first quotes that are needed of each; fewer say nothing."""
TRUSTED = 100
"""Questions from which a threshold's precision is known to some five points."""
_FOLDS = 5
_GRID = np.linspace(0, 1, 101)
_SEED = 0


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What a calibration gives, by cross-validation.

    before, after: expected calibration errors. precision: share of right first quotes among the
    answers, with its 95% interval (Clopper and Pearson 1934). coverage: share of the answerable
    questions that are answered. warning: "" unless there were few questions.
    """

    calibration: Calibration
    before: float
    after: float
    precision: float
    low: float
    high: float
    coverage: float
    warning: str


def calibrate(run: Run, precision: float) -> Calibrated:
    """Fit Platt's sigmoid (1999) and isotonic regression (Zadrozny and Elkan 2002).

    That with the lower Brier score in cross-validation is taken, and the least threshold from
    which the share of right first quotes reaches `precision`.
    Raises UsageError for too few questions, or a precision that no threshold reaches.
    """
    from scipy.stats import binomtest

    sure = np.array([one.confidence for one in run.outcomes], float)
    right = np.array([one.is_right for one in run.outcomes], bool)
    answerable = np.array([one.answerable for one in run.outcomes], bool)
    _require_enough(right)
    folds = np.random.default_rng(_SEED).permutation(len(sure)) % _FOLDS
    unseen = {name: _unseen(fit, sure, right, folds) for name, fit in _METHODS.items()}
    method = min(unseen, key=lambda name: float(np.mean((unseen[name] - right) ** 2)))
    found = unseen[method]
    threshold = _threshold(found, right, precision)
    answered = found >= threshold
    hits, count = int(right[answered].sum()), int(answered.sum())
    interval = binomtest(hits, count).proportion_ci()
    points = _METHODS[method](sure, right)(_GRID)
    return Calibrated(
        Calibration(
            run.settings.reader, run.settings.reader_fingerprint, method,
            tuple(_GRID.round(4).tolist()), tuple(np.clip(points, 0, 1).round(5).tolist()),
            threshold, len(sure), precision,
        ),
        before=calibration_error(sure, right),
        after=calibration_error(found, right),
        precision=hits / count,
        low=float(interval.low),
        high=float(interval.high),
        coverage=float(answered[answerable].mean()) if answerable.any() else float("nan"),
        warning="" if len(sure) >= TRUSTED else (
            f"only {len(sure)} questions: trust it from about {TRUSTED}"
        ),
    )  # fmt: skip


def _require_enough(right: Flags) -> None:
    good, bad = int(right.sum()), int((~right).sum())
    if min(good, bad) < LEAST:
        raise UsageError(
            f"too few questions to calibrate on: {good} right and {bad} wrong first quotes, "
            f"expected at least {LEAST} of each: add questions"
        )


def _threshold(found: Floats64, right: Flags, precision: float) -> float:
    """The least that reaches the precision over no fewer than `LEAST` answers."""
    best = 0.0
    for threshold in np.unique(found.round(2)):
        answered = found >= threshold
        if answered.sum() < LEAST:
            break
        reached = float(right[answered].mean())
        if reached >= precision:
            return float(threshold)
        best = max(best, reached)
    raise UsageError(
        f"no threshold reaches a precision of {precision:g} on these questions: "
        f"the best is {best:.2f}"
    )


def _unseen(fit: Fit, sure: Floats64, right: Flags, folds: npt.NDArray[np.int64]) -> Floats64:
    """Each question's probability by a fit that has not seen it."""
    found = np.zeros(len(sure))
    for fold in range(_FOLDS):
        rest = folds != fold
        found[~rest] = fit(sure[rest], right[rest])(sure[~rest])
    return found


def _platt(sure: Floats64, right: Flags) -> Callable[[Floats64], Floats64]:
    from sklearn.linear_model import LogisticRegression

    if len(set(right.tolist())) < 2:
        return lambda some: np.full(len(some), right.mean())
    model = LogisticRegression().fit(_log_odds(sure)[:, None], right)
    if model.coef_[0, 0] < 0:  # it must not turn the order round
        return lambda some: np.full(len(some), right.mean())
    return lambda some: np.asarray(model.predict_proba(_log_odds(some)[:, None])[:, 1], float)


def _isotonic(sure: Floats64, right: Flags) -> Callable[[Floats64], Floats64]:
    from sklearn.isotonic import IsotonicRegression

    model = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(sure, right)
    return lambda some: np.asarray(model.predict(some), float)


def _log_odds(sure: Floats64) -> Floats64:
    clipped = np.clip(sure, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(clipped / (1 - clipped)), float)


_METHODS: dict[str, Fit] = {"platt": _platt, "isotonic": _isotonic}
