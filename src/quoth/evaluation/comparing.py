"""Two runs over the same questions: what got better, what worse, and how sure that is."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from quoth.errors import UsageError
from quoth.evaluation.intervals import RESAMPLES
from quoth.evaluation.metrics import METRICS, Metric
from quoth.evaluation.outcomes import Outcome
from quoth.evaluation.runs import Run
from quoth.records import Ints

_SEED = 0
_ROUNDS = 2000
SURE = 0.05

Pair = tuple[Outcome, Outcome]


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric of two runs: `second` - `first` with its 95% paired bootstrap interval.

    p: of the difference under exchange of the two runs, question by question (approximate
    randomisation, Noreen 1989). verdict: better, worse or "" where p is above 0.05.
    """

    metric: str
    first: float
    second: float
    low: float
    high: float
    p: float
    questions: int
    verdict: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """unlike: in which settings the runs differ beside their outcomes. only: ids of questions that
    one run has and the other has not. gained, lost: questions that are served in the second run
    only, in the first only."""

    differences: tuple[Difference, ...]
    unlike: tuple[str, ...]
    only: tuple[str, ...]
    gained: tuple[Pair, ...]
    lost: tuple[Pair, ...]


def compare(first: Run, second: Run) -> Comparison:
    """Over the questions that both runs have. Raises UsageError if there are none."""
    seconds = {one.id: one for one in second.outcomes}
    pairs = [
        (one, seconds[one.id])
        for one in first.outcomes
        if one.id in seconds and seconds[one.id].question == one.question
    ]
    if not pairs:
        raise UsageError("the two runs share no question: compare runs over the same question set")
    both = {one.id for one, _ in pairs}
    names = [one.id for run in (first, second) for one in run.outcomes if one.id not in both]
    found = [_difference(metric, pairs) for metric in METRICS.values()]
    return Comparison(
        tuple(one for one in found if one is not None),
        tuple(_unlike(first, second)),
        tuple(dict.fromkeys(names)),
        tuple(pair for pair in pairs if pair[1].is_served and not pair[0].is_served),
        tuple(pair for pair in pairs if pair[0].is_served and not pair[1].is_served),
    )


def _unlike(first: Run, second: Run) -> list[str]:
    found = []
    if first.questions_sha256 != second.questions_sha256:
        found.append(f"questions: {first.questions} and {second.questions} differ")
    for field in fields(first.settings):
        one, other = (getattr(run.settings, field.name) for run in (first, second))
        if one != other:
            found.append(f"{field.name}: {one} and {other}")
    for name in sorted(first.platform.keys() | second.platform.keys()):
        one, other = (run.platform.get(name, "unknown") for run in (first, second))
        if one != other:
            found.append(f"{name}: {one} and {other}")
    return found


def _difference(metric: Metric, pairs: Sequence[Pair]) -> Difference | None:
    """None for a metric that no question counts for.

    Where a question counts in one run only, as for precision, each run's own questions count.
    """
    from scipy.stats import bootstrap, permutation_test

    some = [pair for pair in pairs if metric.counts(pair[0]) or metric.counts(pair[1])]
    first, second = (_value(metric, [pair[n] for pair in some]) for n in range(2))
    if len(some) < 2 or np.isnan(first) or np.isnan(second):
        return None
    statistic, is_fast = _gap(metric, some)
    numbers = np.arange(len(some)), np.arange(len(some)) + len(some)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # resamples of one label have no AUROC
        interval = bootstrap(
            numbers, statistic, paired=True, vectorized=is_fast, n_resamples=RESAMPLES,
            method="percentile", rng=np.random.default_rng(_SEED),
        ).confidence_interval  # fmt: skip
        p = permutation_test(
            numbers, statistic, permutation_type="samples", vectorized=is_fast,
            n_resamples=_ROUNDS, rng=np.random.default_rng(_SEED),
        ).pvalue  # fmt: skip
    better = (second > first) != metric.lower
    verdict = ("better" if better else "worse") if p <= SURE else ""
    low, high = float(interval.low), float(interval.high)
    return Difference(metric.name, first, second, low, high, float(p), len(some), verdict)


def _gap(metric: Metric, pairs: Sequence[Pair]) -> tuple[Callable[..., Any], bool]:
    """A function of two arrays of numbers, of outcomes of the first run and then the second; and
    whether it takes many rows of them at once."""
    outcomes = [pair[n] for n in range(2) for pair in pairs]
    if metric.each is not None and all(map(metric.counts, outcomes)):
        values = np.array([metric.each(one) for one in outcomes], float)
        return lambda a, b, axis=-1: values[b].mean(axis) - values[a].mean(axis), True

    def gap(a: Ints, b: Ints) -> float:
        return _value(metric, [outcomes[n] for n in b]) - _value(metric, [outcomes[n] for n in a])

    return gap, False


def _value(metric: Metric, some: Sequence[Outcome]) -> float:
    kept = [one for one in some if metric.counts(one)]
    return metric.of(kept) if kept else float("nan")
