"""Metrics over a whole question set, as a vocabulary: `METRICS` by name.

A metric is a function of the outcomes that it counts for. Shares and means of per-question values
(`Outcome.values`) are 0 to 1; what needs all outcomes at once says whose method it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quoth.evaluation.outcomes import Outcome
from quoth.evaluation.ranking import CUTS

Outcomes = Sequence[Outcome]
Floats64 = npt.NDArray[np.float64]
QUOTE_CUTS = (1, 3)
BINS = 10


@dataclass(frozen=True, slots=True)
class Metric:
    """says: range, convention and reference in one line.

    counts: whether it is of that outcome. of: its value over those; nan where there are none.
    group: the heading that it stands under. lower: whether lower is better.
    """

    name: str
    group: str
    says: str
    counts: Callable[[Outcome], bool]
    of: Callable[[Outcomes], float]
    each: Callable[[Outcome], float] | None = None
    lower: bool = False


def mean_of(each: Callable[[Outcome], float]) -> Callable[[Outcomes], float]:
    return lambda some: float(np.mean([each(one) for one in some])) if some else float("nan")


def auroc(some: Outcomes) -> float:
    """The chance that an answerable question is surer than one that is not (Fawcett 2006)."""
    from scipy.stats import rankdata

    labels = np.array([one.answerable for one in some], bool)
    these, others = int(labels.sum()), int((~labels).sum())
    if not these or not others:
        return float("nan")
    # Mann and Whitney's U; scikit-learn's function takes thirty times as long a resample.
    ranks = rankdata([one.confidence for one in some])
    return float((ranks[labels].sum() - these * (these + 1) / 2) / (these * others))


def risk_coverage(some: Outcomes) -> tuple[Floats64, Floats64]:
    """(n,) shares answered and (n,) shares of those that are wrong, surest first.

    An answer is right if its first quote is (El-Yaniv and Wiener 2010). Equal confidences are
    answered together.
    """
    if not some:
        return np.zeros(0), np.zeros(0)
    sure, right = confidences(some)
    wrong = 1 - right
    order = np.argsort(-sure, kind="stable")
    count = np.arange(1, len(some) + 1)
    last = np.append(sure[order][1:] != sure[order][:-1], True)
    return count[last] / len(some), (np.cumsum(wrong[order]) / count)[last]


def area_under_risk(some: Outcomes) -> float:
    """Area under the risk-coverage curve, as the mean risk over the questions (Geifman 2019)."""
    coverage, risk = risk_coverage(some)
    return float(np.sum(risk * np.diff(coverage, prepend=0))) if len(risk) else float("nan")


def confidences(some: Outcomes) -> tuple[Floats64, Floats64]:
    """(n,) confidences and (n,) whether the first quote is right, 0 or 1."""
    sure = [one.confidence for one in some]
    return np.array(sure, float), np.array([one.is_right for one in some], float)


def reliability(sure: Floats64, right: npt.ArrayLike) -> list[tuple[float, float, int]]:
    """Mean confidence, share of what is right and number, for each of ten bins with any."""
    right = np.asarray(right, float)
    place = np.minimum((sure * BINS).astype(int), BINS - 1)
    return [
        (float(sure[place == n].mean()), float(right[place == n].mean()), int((place == n).sum()))
        for n in np.unique(place)
    ]


def calibration_error(sure: Floats64, right: npt.ArrayLike) -> float:
    """Expected calibration error, ten bins of equal width (Guo et al. 2017); nan of nothing.

    sure: (n,) 0 to 1. right: (n,) flags.
    """
    bins = reliability(sure, right)
    return sum(abs(s - r) * n for s, r, n in bins) / len(sure) if bins else float("nan")


def _time(percent: float) -> Callable[[Outcomes], float]:
    return lambda some: float(np.percentile([one.elapsed_ms for one in some], percent))


def _always(one: Outcome) -> bool:
    return True


def _valued(name: str, group: str, says: str) -> Metric:
    return _mean(name, group, says, lambda one: name in one.values, lambda one: one.values[name])


def _mean(
    name: str,
    group: str,
    says: str,
    counts: Callable[[Outcome], bool],
    each: Callable[[Outcome], float],
) -> Metric:
    return Metric(name, group, says, counts, mean_of(each), each)


def _among(k: int) -> str:
    return "in the first place" if k == 1 else f"among the first {k}"


_PASSAGES = [
    *(
        _valued(
            f"recall@{k}", "passages", f"0 to 1: share of gold passages {_among(k)} (trec_eval)"
        )
        for k in CUTS
    ),
    *(
        _valued(
            f"hit@{k}", "passages", f"0 to 1: questions with a gold passage {_among(k)} (trec_eval)"
        )
        for k in CUTS
    ),
    _valued(
        "mrr", "passages", "0 to 1: mean of 1 / rank of the first gold passage (Voorhees 1999)"
    ),
    _valued(
        "ndcg@10",
        "passages",
        "0 to 1: discounted gain of ten, binary (Järvelin and Kekäläinen 2002)",
    ),
    _valued("map", "passages", "0 to 1: mean average precision over 100 passages (trec_eval)"),
]
_QUOTES = [
    *(
        _valued(
            f"quote@{k}",
            "quotes",
            f"0 to 1: questions with a quote that overlaps gold {_among(k)} (ours)",
        )
        for k in QUOTE_CUTS
    ),
    *(
        _valued(
            f"answer_recall@{k}",
            "quotes",
            f"0 to 1: questions with a quote that holds a gold answer {_among(k)} (DrQA)",
        )
        for k in QUOTE_CUTS
    ),
    _valued("exact_match", "quotes", "0 to 1: the marked words are a gold answer (SQuAD)"),
    _valued("f1", "quotes", "0 to 1: F1 of the marked words with a gold answer (SQuAD)"),
    _valued("verbatim", "quotes", "must be 1: quotes that are slices of their article"),
    _valued("offsets", "quotes", "must be 1: quotes that stand where they say"),
]
_FOLLOW_UPS = [
    *(
        _mean(
            f"follow_up_quote@{k}",
            "follow-ups",
            f"0 to 1: quote@{k} of questions with history",
            lambda one, name=f"quote@{k}": bool(one.history) and name in one.values,  # type: ignore[misc]
            lambda one, name=f"quote@{k}": one.values[name],  # type: ignore[misc]
        )
        for k in QUOTE_CUTS
    ),
    Metric("follow_up_auroc", "follow-ups", "0 to 1: abstain_auroc of questions with history",
           lambda one: bool(one.history), auroc),
]  # fmt: skip
_ALL_SOURCES = [
    _valued("all_sources@3", "all sources", "0 to 1: share of the needed sources that are quoted"),
    _mean("every_source@3", "all sources", "0 to 1: questions with a right quote of every needed "
          "source", lambda one: "all_sources@3" in one.values,
          lambda one: one.values["all_sources@3"] == 1),
]  # fmt: skip
_ABSTAINING = [
    Metric("abstain_auroc", "abstaining", "0 to 1, 0.5 is chance: confidence separates the "
           "answerable", _always, auroc),
    Metric("aurc", "abstaining", "0 to 1: area under risk against coverage (Geifman 2019)", _always,
           area_under_risk, lower=True),
    Metric("ece", "abstaining", "0 to 1: calibration error, ten bins (Guo et al. 2017)", _always,
           lambda some: calibration_error(*confidences(some)), lower=True),
    _mean("precision", "abstaining", "0 to 1: first quotes given that are right",
          lambda one: one.answered, lambda one: one.is_right),
    _mean("coverage", "abstaining", "0 to 1: answerable questions that are answered",
          lambda one: one.answerable, lambda one: one.answered),
    _mean("abstained", "abstaining", "0 to 1: other questions that are not",
          lambda one: not one.answerable, lambda one: not one.answered),
]  # fmt: skip
_TIME = [
    Metric("p50_ms", "time", "median time of a question", _always, _time(50), lower=True),
    Metric("p95_ms", "time", "95th percentile", _always, _time(95), lower=True),
]
_ALL = (*_PASSAGES, *_QUOTES, *_FOLLOW_UPS, *_ALL_SOURCES, *_ABSTAINING, *_TIME)
METRICS: dict[str, Metric] = {one.name: one for one in _ALL}
