"""How many times as much a peer takes as quoth, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Statistic = Callable[[Floats], float]
RESAMPLES = 1000
_SEED = 0


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95% interval; low and high are nan where there is only one run of each."""

    value: float
    low: float
    high: float

    def is_below(self, bound: float) -> bool:
        """Whether all of the interval is; False where there is none."""
        return self.high < bound

    def __str__(self) -> str:
        if np.isnan(self.value):
            return "–"
        if np.isnan(self.low):
            return _short(self.value)
        return f"{_short(self.value)} [{_short(self.low)}, {_short(self.high)}]"


def ratio(theirs: Floats, ours: Floats, statistic: Statistic) -> Interval:
    """theirs, ours: (rounds, questions), the same questions; statistic: of all of a side's values.

    Percentile bootstrap (Efron and Tibshirani 1993) over the rounds of each side and over the
    questions, which are drawn for both at once.
    """
    value = statistic(theirs) / statistic(ours)
    if len(theirs) + len(ours) + theirs.shape[1] <= 3:
        return Interval(value, np.nan, np.nan)
    random = np.random.default_rng(_SEED)
    found = []
    for _ in range(RESAMPLES):
        columns = random.integers(0, theirs.shape[1], theirs.shape[1])
        some = [
            side[random.integers(0, len(side), len(side))][:, columns] for side in (theirs, ours)
        ]
        found.append(statistic(some[0]) / statistic(some[1]))
    return Interval(value, *np.percentile(found, [2.5, 97.5]).tolist())


def difference(ours: Floats, theirs: Floats) -> Interval:
    """Mean of ours less that of theirs: (questions,) each, the same; bootstrap over them."""
    less = ours - theirs
    drawn = np.random.default_rng(_SEED).integers(0, len(less), (RESAMPLES, len(less)))
    low, high = np.percentile(less[drawn].mean(axis=1), [2.5, 97.5])
    return Interval(float(less.mean()), float(low), float(high))


def median(values: Floats) -> float:
    return float(np.median(values))


def p95(values: Floats) -> float:
    return float(np.percentile(values, 95))


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"
