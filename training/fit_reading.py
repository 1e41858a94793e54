"""Fit the embedding reader's weights: python training/fit_reading.py DATA [--work DIR]

DATA holds the public question sets (see training/README.md). Each world is indexed and searched by
quoth itself; what the reader would see of each candidate sentence is kept in --work, so that a run
goes on where it stopped: use a fresh one when searching or features have changed. Prints quality
by world-wise five-fold cross-validation and, with --write, writes src/quoth/weights.py from all.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score, roc_curve
from tqdm import tqdm
from worlds import Question, World, all_worlds, own_world

import quoth
from quoth.answering import HITS_READ, index_reader
from quoth.reading import FEATURES
from quoth.records import Hit
from quoth.weights import Logistic

NATURAL = {"nq-qed-dev": 3.0, "selqa": 3.0}
"""Sets that weigh more: their questions were not written with the answer in sight, so that they
copy fewer of its words, as a user's do."""
_RIDGE = 1e-4
ROOT = Path(__file__).parent.parent
HOME = ROOT / "src" / "quoth" / "weights.py"
SEEDS = ROOT / "seeds"


@dataclass(frozen=True)
class Case:
    """One question: its candidates' features (n, f), which of them are gold (n,)."""

    world: int
    set: str
    answerable: bool
    features: np.ndarray
    gold: np.ndarray


def main() -> None:
    options = _options()
    options.work.mkdir(parents=True, exist_ok=True)
    cases = []
    for number, world in enumerate(tqdm(all_worlds(options.data), disable=None)):
        cases += _cases(number, world, options.work / f"world-{number}.npz")
    own = _cases(-1, own_world(SEEDS), options.work / "world-seeds.npz")
    _report("cosine alone", cases, [case.features[:, 0] for case in cases])
    _report("fitted", cases, _cross_validated(cases))
    sentence = _fit_sentences(cases)
    mixed = [*own, *(case for case in cases if case.set == "squad-v2-dev")]
    confidence = _fit_confidence(mixed, sentence)
    threshold = round(_threshold(mixed, sentence, confidence), 2)
    print(f"\n{sentence}\n{confidence}\nthreshold {threshold}")
    if options.write:
        HOME.write_text(_module(sentence, confidence, threshold), "utf-8")


def _cases(number: int, world: World, cache: Path) -> list[Case]:
    if not cache.exists():
        found = _described(world)
        arrays = {
            f"{n}{kind}": part for n, parts in enumerate(found) for kind, part in parts.items()
        }
        np.savez_compressed(cache.with_suffix(".new.npz"), **arrays)
        cache.with_suffix(".new.npz").rename(cache)
    with np.load(cache) as stored:
        return [
            Case(number, world.name, bool(question.places), stored[f"{n}x"], stored[f"{n}y"])
            for n, question in enumerate(world.questions)
        ]


def _described(world: World) -> list[dict[str, np.ndarray]]:
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus.jsonl"
        corpus.write_text("\n".join(map(json.dumps, world.articles)), "utf-8")
        with quoth.Index.build([corpus], Path(folder) / "index") as index:
            return [_candidates(index, question) for question in world.questions]


def _candidates(index: quoth.Index, question: Question) -> dict[str, np.ndarray]:
    retriever = quoth.Retriever(index)
    hits = retriever.search(question.text, HITS_READ)
    features = index_reader(index).features(retriever.spelt(question.text), hits)
    kept = [f[hit.passage.headings :] for f, hit in zip(features, hits, strict=True)]
    gold = [g for hit in hits for g in _gold(hit, question)]
    return {"x": np.concatenate(kept), "y": np.array(gold, bool)}


def _gold(hit: Hit, question: Question) -> list[bool]:
    """For each sentence of a hit, whether a gold place begins in it or holds its beginning."""
    return [
        any(source == hit.source and (s <= a < e or a <= s < b) for source, a, b in question.places)
        for s, e in hit.passage.sentences[hit.passage.headings :]
    ]


def _fit_sentences(cases: list[Case]) -> Logistic:
    """Conditional logit over a question's candidates (McFadden 1974): gold against the rest.

    Each set weighs the same, whatever its size, but for `NATURAL`.
    """
    useful = [case for case in cases if case.gold.any()]
    size = Counter(case.set for case in useful)
    weights = np.array([NATURAL.get(case.set, 1.0) / size[case.set] for case in useful])
    weights /= weights.sum()

    def loss(model: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = _RIDGE * model @ model, 2 * _RIDGE * model
        for case, weight in zip(useful, weights, strict=True):
            scores = case.features @ model
            among, right = logsumexp(scores), logsumexp(scores[case.gold])
            total += weight * (among - right)
            share = np.exp(scores - among)
            share[case.gold] -= np.exp(scores[case.gold] - right)
            slope = slope + weight * share @ case.features
        return float(total), slope

    start = np.zeros(len(FEATURES))
    found = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return Logistic(0.0, tuple(round(float(value), 3) for value in found))


def _fit_confidence(cases: list[Case], sentence: Logistic) -> Logistic:
    """On each question's best sentence, of sets that have unanswerable questions, each as heavy.

    The direction is learnt from both labels, "has an answer" and "the sentence is right", because
    either alone is noisier; what comes out is then calibrated to "is right" (Platt 1999).
    """
    features, answerable, right, weights = _best_sentences(cases, sentence)
    both = _fit(np.vstack([features] * 2), np.append(answerable, right), np.tile(weights, 2))
    odds = features @ np.array(both.weights) + both.bias
    platt = _fit(odds[:, None], right, weights)
    scale = platt.weights[0]
    found = tuple(round(scale * value, 3) for value in both.weights)
    return Logistic(round(scale * both.bias + platt.bias, 3), found)


def _threshold(cases: list[Case], sentence: Logistic, confidence: Logistic) -> float:
    """Where answering right most exceeds answering the unanswerable (Youden 1950)."""
    features, answerable, _, weights = _best_sentences(cases, sentence)
    sure = 1 / (1 + np.exp(-(features @ np.array(confidence.weights) + confidence.bias)))
    wrong, kept, thresholds = roc_curve(answerable, sure, sample_weight=weights)
    return float(thresholds[np.argmax(kept - wrong)])


def _best_sentences(
    cases: list[Case], sentence: Logistic
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Features (n, f) of the best sentences, which questions have an answer, which are right.

    And the questions' weights.
    """
    some = [case for case in cases if len(case.gold)]
    size = Counter(case.set for case in some)
    best = [int(np.argmax(_odds(sentence, case.features))) for case in some]
    return (
        np.array([case.features[number] for case, number in zip(some, best, strict=True)]),
        np.array([case.answerable for case in some]),
        np.array([case.gold[number] for case, number in zip(some, best, strict=True)]),
        np.array([len(some) / len(size) / size[case.set] for case in some]),
    )


def _odds(model: Logistic, features: np.ndarray) -> np.ndarray:
    return features @ np.array(model.weights) + model.bias


def _fit(features: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> Logistic:
    spread = features.std(axis=0) + 1e-9
    model = LogisticRegression(max_iter=1000)
    model.fit(features / spread, labels, sample_weight=weights)
    return Logistic(float(model.intercept_[0]), tuple(map(float, model.coef_[0] / spread)))


def _cross_validated(cases: list[Case]) -> list[np.ndarray]:
    worlds = np.unique([case.world for case in cases])
    fold = dict(
        zip(np.random.default_rng(0).permutation(worlds), np.arange(len(worlds)) % 5, strict=True)
    )
    models = [_fit_sentences([c for c in cases if fold[c.world] != n]) for n in range(5)]
    return [_odds(models[fold[case.world]], case.features) for case in cases]


def _report(name: str, cases: list[Case], scores: list[np.ndarray]) -> None:
    print(f"\n{name}")
    for one in sorted({case.set for case in cases}):
        some = [(c, s) for c, s in zip(cases, scores, strict=True) if c.set == one and len(s)]
        asked = [(c, s) for c, s in some if c.answerable]
        first = np.mean([c.gold[np.argmax(s)] for c, s in asked])
        third = np.mean([c.gold[np.argsort(-s)[:3]].any() for c, s in asked])
        there = np.mean([c.gold.any() for c, _ in asked])
        answerable = [c.answerable for c, _ in some]
        auroc = ""
        if not all(answerable):
            auroc = f"  AUROC {roc_auc_score(answerable, [s.max() for _, s in some]):.3f}"
        print(
            f"{one:22} sentence@1 {first:.3f}  @3 {third:.3f}  among candidates {there:.3f}{auroc}"
        )


def _module(sentence: Logistic, confidence: Logistic, threshold: float) -> str:
    return f'''"""The numbers that `training/fit_reading.py` found; made by it, not by hand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Logistic:
    """log-odds = bias + weights · features."""

    bias: float
    weights: tuple[float, ...]


SENTENCE = {sentence}
"""Over `reading.FEATURES`: which sentence answers? Compares sentences for one question only."""

CONFIDENCE = {confidence}
"""Over the same: is a question's best sentence right? Calibrated on SQuAD 2.0 and on seeds/."""

THRESHOLD = {threshold}
"""Confidence below which quoth abstains."""
'''


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, default=Path("build/training"))
    parser.add_argument("--write", action="store_true", help=f"write {HOME.name}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
