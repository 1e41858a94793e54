"""How sure a figure is: bootstrap intervals and paired tests, by scipy."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from quoth.evaluation.metrics import METRICS, Metric
from quoth.evaluation.outcomes import Outcome

RESAMPLES = 1000
_SEED = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric's value with its 95% interval, over so many questions; nan where there are none."""

    value: float
    low: float
    high: float
    questions: int

    def __str__(self) -> str:
        if np.isnan(self.value):
            return "–"
        if abs(self.value) > 2:  # milliseconds
            return f"{self.value:.0f} [{self.low:.0f}, {self.high:.0f}]"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def summary(outcomes: Sequence[Outcome], names: Sequence[str] = ()) -> dict[str, Figure]:
    """Metric → figure, for all `METRICS` that have a value here, or those named."""
    found = {name: figure(outcomes, METRICS[name]) for name in names or METRICS}
    return {name: one for name, one in found.items() if names or not np.isnan(one.value)}


def figure(outcomes: Sequence[Outcome], metric: Metric) -> Figure:
    """With the percentile bootstrap over questions (Efron and Tibshirani 1993), fixed seed."""
    some = [one for one in outcomes if metric.counts(one)]
    value = metric.of(some) if some else float("nan")
    if len(some) < 2 or np.isnan(value):
        return Figure(value, value, value, len(some))
    return Figure(value, *_interval(some, metric), len(some))


def mean_figure(values: Sequence[float]) -> Figure:
    """The mean of plain numbers, as `figure` of a metric."""
    found = np.array(values, float)
    if len(found) < 2:
        value = float(found.mean()) if len(found) else float("nan")
        return Figure(value, value, value, len(found))
    drawn = np.random.default_rng(_SEED).integers(0, len(found), (RESAMPLES, len(found)))
    low, high = np.percentile(found[drawn].mean(axis=1), [2.5, 97.5])
    return Figure(float(found.mean()), float(low), float(high), len(found))


def _interval(some: Sequence[Outcome], metric: Metric) -> tuple[float, float]:
    random = np.random.default_rng(_SEED)
    drawn = random.integers(0, len(some), (RESAMPLES, len(some)))
    if metric.each is not None:
        values = np.array([metric.each(one) for one in some], float)
        resampled = values[drawn].mean(axis=1)
    else:
        resampled = np.array([metric.of([some[n] for n in row]) for row in drawn])
        # Calibration error of a resample is too high on average, by what it is too high here.
        resampled -= np.nanmean(resampled) - metric.of(some)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # every resample may have one label only
        low, high = np.nanpercentile(resampled, [2.5, 97.5])
    # No share is above 1, whatever the shift; times are not shares.
    return (float(low), float(high)) if high > 2 else (max(0.0, float(low)), min(1.0, float(high)))


def served_by(some: Sequence[Outcome], group: Callable[[Outcome], str]) -> dict[str, Figure]:
    """Group → share of its questions that were served, worst first; those of group "" left out."""
    groups: dict[str, list[float]] = {}
    for one in some:
        if name := group(one):
            groups.setdefault(name, []).append(float(one.is_served))
    found = {name: mean_figure(values) for name, values in groups.items()}
    return dict(sorted(found.items(), key=lambda item: (item[1].value, item[0])))
