"""What each part of reading gives: python training/ablations.py DATA [--large] [--network FILE]

By five-fold cross-validation over the libraries of the development split, from what
fit_reading.py keeps in --work. Means over sets, with 95% bootstrap intervals over questions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from fit_reading import ALL, OWN, Case, cross_validated, options, seen
from sklearn.metrics import roc_auc_score

from quoth.evaluation.metrics import calibration_error
from quoth.reading import FEATURES, NETWORK_FEATURES, log_odds
from quoth.weights import EMBEDDING_READER, READER, Fitted

NAMES = (*FEATURES, *NETWORK_FEATURES)
Scores = tuple[list[np.ndarray], np.ndarray]


def main() -> None:
    chosen = options(__doc__)
    cases, _ = seen(chosen)
    print("| | sentence@1 | sentence@3 | AUROC | ECE |\n|---|---|---|---|---|")
    if chosen.large:
        _of_large(cases)
    else:
        _of_small(cases)


def _of_small(cases: list[Case]) -> None:
    cosines = [case.features[:, 0] for case in cases]
    _row("cosine alone", cases, (cosines, np.array([max(some.max(), 0.0) for some in cosines])))
    _columns("embedding reader", cases, OWN)
    _columns("network alone", cases, [NAMES.index(name) for name in NETWORK_FEATURES])
    for name in NETWORK_FEATURES:
        _columns(f"reader without {name}", cases, [n for n in ALL if NAMES[n] != name])
    _columns("reader without cosines", cases, [n for n in ALL if "cosine" not in NAMES[n]])
    _columns("reader", cases, ALL)
    for count in (4, 8, 12, 16):
        some = [_best_hits(case, count, EMBEDDING_READER, OWN) for case in cases]
        _columns(f"reader of the best {count}", some, ALL)


def _of_large(cases: list[Case]) -> None:
    """Of the passages that the small network ranks first."""
    large = [len(ALL) + n for n in range(len(NETWORK_FEATURES))]
    _columns("small network and embedding", cases, ALL)
    _columns("large network alone", cases, large)
    _columns("large network and embedding", cases, [*OWN, *large])
    _columns("all three", cases, [*ALL, *large])
    for count in (4, 2):
        some = [_best_hits(case, count, READER, ALL) for case in cases]
        _columns(f"all three, of the best {count}", some, [*ALL, *large])


def _columns(name: str, cases: list[Case], columns: list[int]) -> None:
    some = [case.only(columns) for case in cases]
    _row(name, some, cross_validated(some))


def _best_hits(case: Case, count: int, fitted: Fitted, columns: list[int]) -> Case:
    """The sentences of the hits that a reader of `count` passages would read."""
    scores = log_odds(fitted.sentence, case.features[:, columns])
    best = {n: scores[case.hit == n].max() for n in np.unique(case.hit)}
    read = sorted(best, key=lambda n: (-best[n], n))[:count]
    kept = np.isin(case.hit, read)
    return replace(case, features=case.features[kept], gold=case.gold[kept], hit=case.hit[kept])


def _row(name: str, cases: list[Case], found: Scores) -> None:
    scores, sure = found
    order = [np.argsort(-some, kind="stable") for some in scores]
    first = np.array([c.gold[o[0]] for c, o in zip(cases, order, strict=True)], float)
    third = np.array([c.gold[o[:3]].any() for c, o in zip(cases, order, strict=True)], float)
    answerable = np.array([case.answerable for case in cases])
    sets = np.array([case.set for case in cases])

    def over_sets(of: Callable[[np.ndarray], float], some: np.ndarray) -> float:
        return float(np.mean([of(some[sets[some] == one]) for one in np.unique(sets)]))

    measures: list[Callable[[np.ndarray], float]] = [
        lambda some: float(first[some[answerable[some]]].mean()),
        lambda some: float(third[some[answerable[some]]].mean()),
        lambda some: float(roc_auc_score(answerable[some], sure[some])),
        lambda some: calibration_error(sure[some], first[some]),
    ]
    random = np.random.default_rng(0)
    resampled = [random.integers(0, len(cases), len(cases)) for _ in range(200)]
    cells = []
    for measure in measures:
        value = over_sets(measure, np.arange(len(cases)))
        low, high = np.percentile([over_sets(measure, some) for some in resampled], [2.5, 97.5])
        cells.append(f"{value:.3f} [{low:.3f}, {high:.3f}]")
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
