"""Fit the embedding reader's weights: python training/fit_reading.py DATA [--work DIR]

DATA holds the public question sets (see training/README.md). Each world is indexed and searched by
quoth itself; what the reader would see of each candidate sentence is kept in --work, so that a run
goes on where it stopped. Prints quality by world-wise five-fold cross-validation, then writes
src/quoth/weights.py from all worlds.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from tqdm import tqdm
from worlds import Question, World, all_worlds

import quoth
from quoth.answering import HITS_READ, index_reader
from quoth.records import Hit
from quoth.weights import Logistic

HOME = Path(__file__).parent.parent / "src" / "quoth" / "weights.py"


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
    _report("cosine alone", cases, [case.features[:, 0] for case in cases])
    _report("fitted", cases, _cross_validated(cases))
    sentence = _fit_sentences(cases)
    confidence = _fit_confidence(cases, sentence)
    print(sentence, confidence, sep="\n")
    if options.write:
        HOME.write_text(_module(sentence, confidence), "utf-8")


def _cases(number: int, world: World, cache: Path) -> list[Case]:
    if not cache.exists():
        found = _described(world)
        arrays = {
            f"{n}{kind}": part for n, parts in enumerate(found) for kind, part in parts.items()
        }
        np.savez_compressed(cache, **arrays)
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
    """For each sentence of a hit, whether one of the question's places begins in it."""
    return [
        any(source == hit.source and (s <= a < e or a <= s < b) for source, a, b in question.places)
        for s, e in hit.passage.sentences[hit.passage.headings :]
    ]


def _fit_sentences(cases: list[Case]) -> Logistic:
    """Each set weighs the same, whatever its size; unanswerable questions teach nothing here."""
    useful = [case for case in cases if case.answerable and len(case.gold)]
    size = {name: sum(case.set == name for case in useful) for name in {c.set for c in useful}}
    weights = np.concatenate([np.full(len(c.gold), 1 / size[c.set] / len(c.gold)) for c in useful])
    features = np.concatenate([case.features for case in useful])
    gold = np.concatenate([case.gold for case in useful])
    return _fit(features, gold, weights * len(weights) / weights.sum())


def _fit_confidence(cases: list[Case], sentence: Logistic) -> Logistic:
    """On each question's best sentence, of the sets that have unanswerable questions."""
    mixed = {case.set for case in cases if not case.answerable}
    some = [case for case in cases if case.set in mixed and len(case.gold)]
    rows = [_best(case, sentence) for case in some]
    return _fit(np.array([row for row, _ in rows]), np.array([right for _, right in rows]), None)


def _best(case: Case, sentence: Logistic) -> tuple[list[float], bool]:
    scores = _odds(sentence, case.features)
    best = int(np.argmax(scores))
    return [float(scores[best]), float(case.features[best, 0])], bool(case.gold[best])


def _odds(model: Logistic, features: np.ndarray) -> np.ndarray:
    return features @ np.array(model.weights) + model.bias


def _fit(features: np.ndarray, labels: np.ndarray, weights: np.ndarray | None) -> Logistic:
    spread = features.std(axis=0) + 1e-9
    model = LogisticRegression(max_iter=1000).fit(features / spread, labels, sample_weight=weights)
    found = tuple(round(float(value), 3) for value in model.coef_[0] / spread)
    return Logistic(round(float(model.intercept_[0]), 3), found)


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


def _module(sentence: Logistic, confidence: Logistic) -> str:
    return f'''"""The numbers that `training/fit_reading.py` found; made by it, not by hand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Logistic:
    """log-odds = bias + weights · features."""

    bias: float
    weights: tuple[float, ...]


SENTENCE = {sentence}
"""Over `reading.FEATURES`: does this sentence answer?"""

CONFIDENCE = {confidence}
"""Over (sentence log-odds, sentence cosine) of a question's best sentence: is it right?"""
'''


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, default=Path("build/training"))
    parser.add_argument("--write", action="store_true", help=f"write {HOME.name}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
