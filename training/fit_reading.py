"""Fit what stands on top of a network: python training/fit_reading.py DATA --network FILE

DATA holds the public question sets (see training/README.md). The worlds of the development split,
of which the network saw nothing, are indexed and searched by quoth itself; what its readers would
see of each candidate sentence is kept in --work, so that a run goes on where it stopped: use a
fresh one when searching, features or the network have changed. Prints quality by world-wise
five-fold cross-validation and, with --write, puts the network into the package and writes
src/quoth/weights.py from all. With --large, FILE is a large network's, which reads after the one
in the package.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve, roc_auc_score, roc_curve
from tqdm import tqdm
from worlds import Question, World, all_worlds

import quoth
from examples import read_split
from quoth.answering import HITS_READ, index_context
from quoth.embedding.files import find_model, sha256_of
from quoth.evaluation.metrics import calibration_error
from quoth.reading import FEATURES, NETWORK_FEATURES, Reader, Stage
from quoth.reading.extracting import as_hits, passages_of
from quoth.reading.large_base import large_base
from quoth.reading.own import LARGE_WEIGHTS, WEIGHTS, network_of, own_stages
from quoth.records import Hit
from quoth.weights import (
    EMBEDDING_READER,
    LARGE_READER,
    LARGE_SHA256,
    READER,
    READER_SHA256,
    Fitted,
    Logistic,
)

Stages = Sequence[Stage]

NATURAL = {"nq-qed-dev": 3.0, "selqa": 3.0}
"""Sets that weigh more: their questions were not written with the answer in sight, so that they
copy fewer of its words, as a user's do."""
CLEAR = ("nq-qed-dev", "selqa", "squad-v2-dev", "squadshifts-new-wiki")
"""Sets that confidence is calibrated on: where one text answers. Of product reviews and posts
many answer the same question, and only one of them is marked as right."""
PRECISION = 0.9
"""Share of answers with a right quote among those given, from which the threshold follows."""
QUOTES = 3  # that an answer has unless it is asked for more
READ_BY_LARGE = 6  # passages, of those that the small network ranks first
_RIDGE = 1e-4
HOME = Path(__file__).parent.parent / "src" / "quoth" / "weights.py"
OWN = [*range(len(FEATURES))]
ALL = [*range(len(FEATURES) + len(NETWORK_FEATURES))]


@dataclass(frozen=True)
class Case:
    """One question: its candidates' features (n, f), which of them are gold (n,), in which hit
    each is (n,)."""

    world: int
    set: str
    answerable: bool
    features: np.ndarray
    gold: np.ndarray
    hit: np.ndarray

    def only(self, columns: Sequence[int]) -> Case:
        return replace(self, features=self.features[:, columns])


@dataclass(frozen=True)
class Given:
    """A question with its text: the features (n, f) of the text's sentences, which of them are
    gold (n,), their words (n,)."""

    features: np.ndarray
    gold: np.ndarray
    words: np.ndarray

    def only(self, columns: Sequence[int]) -> Given:
        return Given(self.features[:, columns], self.gold, self.words)

    def f1(self, scores: np.ndarray, margin: float) -> float:
        """Of the words of the sentences within the margin."""
        chosen = scores >= scores.max() - margin
        both = self.words[chosen & self.gold].sum()
        return 2 * both / (self.words[chosen].sum() + self.words[self.gold].sum())


def main() -> None:
    chosen = options(__doc__)
    cases, given = seen(chosen)
    cosines = [case.features[:, 0] for case in cases]
    report("cosine alone", cases, cosines, np.array([some.max() for some in cosines]))
    if chosen.large:
        module = _of_large(chosen, _fitted("large reader", cases, given, PRECISION))
    else:
        own = [text.only(OWN) for text in given]
        embedding = _fitted("embedding reader", [case.only(OWN) for case in cases], own, None)
        module = _of_small(chosen, embedding, _fitted("reader", cases, given, PRECISION))
    print(f"\n{module}")
    if chosen.write:
        home = LARGE_WEIGHTS if chosen.large else WEIGHTS
        if not home.samefile(chosen.network):
            shutil.copyfile(chosen.network, home)
            home.chmod(0o644)
        HOME.write_text(HOME.read_text("utf-8").split("\n\nEMBEDDING_READER = ")[0] + module)


def stages_of(chosen: argparse.Namespace) -> Stages:
    """The reader that is fitted: of the small network alone, every hit is read."""
    if not chosen.large:
        return [Stage(network_of(chosen.network, find_model(None).path), READER, HITS_READ)]
    small = own_stages()
    return [*small, Stage(network_of(chosen.network, large_base()), LARGE_READER, READ_BY_LARGE)]


def _of_small(chosen: argparse.Namespace, embedding: Fitted, reader: Fitted) -> str:
    return _module(embedding, sha256_of(chosen.network), reader, LARGE_SHA256, LARGE_READER)


def _of_large(chosen: argparse.Namespace, large: Fitted) -> str:
    return _module(EMBEDDING_READER, READER_SHA256, READER, sha256_of(chosen.network), large)


def seen(chosen: argparse.Namespace) -> tuple[list[Case], list[Given]]:
    """What a reader would see of the development split, from `--work` where it is kept."""
    data, stages = chosen.data, stages_of(chosen)
    work = chosen.work / sha256_of(chosen.network)[:12]
    work.mkdir(parents=True, exist_ok=True)
    cases: list[Case] = []
    for number, world in enumerate(tqdm(all_worlds(data, "dev"), disable=None)):
        cases += _cases(number, world, stages, work / f"world-{number}.npz")
    return [case for case in cases if len(case.gold)], _given(data, stages, work / "given.npz")


def _fitted(name: str, cases: list[Case], given: list[Given], precision: float | None) -> Fitted:
    scores, sure = cross_validated(cases)
    report(name, cases, scores, sure)
    right = np.array([case.gold[np.argmax(s)] for case, s in zip(cases, scores, strict=True)])
    clear = np.array([case.set in CLEAR for case in cases])
    print(f"calibration error {calibration_error(sure[clear], right[clear]):.3f}")
    sentence, some = _fit_sentences(cases), _clear(cases)
    confidence = _fit_confidence(some, sentence)
    threshold = _threshold(some, sentence, confidence, precision)
    return Fitted(sentence, confidence, threshold, _margin(given, sentence))


def _clear(cases: list[Case]) -> list[Case]:
    return [case for case in cases if case.set in CLEAR]


def _given(data: Path, stages: Stages, cache: Path) -> list[Given]:
    """Questions of the development split with the text that answers them."""
    examples = read_split(data, "dev")
    asked = [q for q in examples.questions if q.set in NATURAL and q.answers]
    if not cache.exists():
        embedder = quoth.load_embedder()
        reader = Reader(embedder, stages=stages)
        arrays: dict[str, np.ndarray] = {}
        for n, question in enumerate(tqdm(asked, desc="texts", disable=None)):
            text = examples.texts[question.text].text
            hits = as_hits(passages_of(text, embedder))
            features = reader.features(question.question, hits)
            arrays[f"{n}x"] = np.concatenate([features[number] for number in sorted(features)])
            spans = [s for number in sorted(features) for s in hits[number].passage.sentences]
            arrays[f"{n}s"] = np.array([len(text[s:e].split()) for s, e in spans])
            arrays[f"{n}y"] = np.array(
                [any(s < b and a < e for a, b in question.answers) for s, e in spans]
            )
        np.savez_compressed(cache.with_suffix(".new.npz"), **arrays)
        cache.with_suffix(".new.npz").rename(cache)
    with np.load(cache) as stored:
        return [Given(stored[f"{n}x"], stored[f"{n}y"], stored[f"{n}s"]) for n in range(len(asked))]


def _margin(given: list[Given], sentence: Logistic) -> float:
    """The log-odds below the best down to which the F1 of extracted words is highest."""
    best = (0.0, 0.0)
    for margin in np.arange(0.0, 6.0, 0.1):
        found = float(np.mean([one.f1(_odds(sentence, one.features), margin) for one in given]))
        best = max(best, (found, -margin))
    print(f"extracted words: F1 {best[0]:.3f} with a margin of {-best[1]:.1f}")
    return round(-float(best[1]), 1)


def _cases(number: int, world: World, stages: Stages, cache: Path) -> list[Case]:
    if not cache.exists():
        found = _described(world, stages)
        arrays = {
            f"{n}{kind}": part for n, parts in enumerate(found) for kind, part in parts.items()
        }
        np.savez_compressed(cache.with_suffix(".new.npz"), **arrays)
        cache.with_suffix(".new.npz").rename(cache)
    with np.load(cache) as stored:
        return [
            Case(
                number, world.name, bool(question.places), *(stored[f"{n}{kind}"] for kind in "xyh")
            )
            for n, question in enumerate(world.questions)
        ]


def _described(world: World, stages: Stages) -> list[dict[str, np.ndarray]]:
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus.jsonl"
        corpus.write_text("\n".join(map(json.dumps, world.articles)), "utf-8")
        with quoth.Index.build([corpus], Path(folder) / "index") as index:
            questions = tqdm(world.questions, leave=False, disable=None)
            return [_candidates(index, stages, question) for question in questions]


def _candidates(index: quoth.Index, stages: Stages, question: Question) -> dict[str, np.ndarray]:
    retriever = quoth.Retriever(index)
    hits = retriever.search(question.text, HITS_READ)
    reader = Reader(index.embedder, stages=stages, **index_context(index))
    features = reader.features(retriever.spelt(question.text), hits)
    read = sorted(features)
    kept = [features[n][hits[n].passage.headings :] for n in read]
    gold = [g for n in read for g in _gold(hits[n], question)]
    home = np.repeat(read, [len(some) for some in kept])
    return {"x": np.concatenate(kept), "y": np.array(gold, bool), "h": home}


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

    rows = np.concatenate([case.features for case in useful])
    gold = np.concatenate([case.gold for case in useful])
    sizes = np.array([len(case.gold) for case in useful])
    starts, home = np.cumsum(sizes) - sizes, np.repeat(np.arange(len(useful)), sizes)

    def loss(model: np.ndarray) -> tuple[float, np.ndarray]:
        scores = rows @ model
        exp = np.exp(scores - np.maximum.reduceat(scores, starts)[home])
        right = np.where(gold, exp, 0.0)
        among, good = np.add.reduceat(exp, starts), np.add.reduceat(right, starts)
        pull = weights[home] * (exp / among[home] - right / (good[home] + 1e-30))
        total = weights @ (np.log(among) - np.log(good + 1e-30)) + _RIDGE * model @ model
        return float(total), pull @ rows + 2 * _RIDGE * model

    start = np.zeros(rows.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return Logistic(0.0, tuple(round(float(value), 3) for value in found))


def _fit_confidence(cases: list[Case], sentence: Logistic) -> Logistic:
    """On each question's best sentence, each set as heavy.

    The direction is learnt from both labels, "has an answer" and "the sentence is right", because
    either alone is noisier; what comes out is then calibrated to "is right" (Platt 1999).
    """
    best, weights = _best(cases, sentence), _weights(cases)
    answerable = np.array([case.answerable for case in cases])
    right = np.array([case.gold[n] for case, n in zip(cases, best, strict=True)])
    features = np.array([case.features[n] for case, n in zip(cases, best, strict=True)])
    both = _fit(np.vstack([features] * 2), np.append(answerable, right), np.tile(weights, 2))
    odds = _odds(both, features)
    platt = _fit(odds[:, None], right, weights)
    scale = platt.weights[0]
    found = tuple(round(scale * value, 3) for value in both.weights)
    return Logistic(round(scale * both.bias + platt.bias, 3), found)


def _threshold(
    cases: list[Case], sentence: Logistic, confidence: Logistic, precision: float | None
) -> float:
    """The least confidence from which `precision` of the answers hold a right quote.

    None: where answering right most exceeds answering the unanswerable (Youden 1950).
    """
    best, weights = _best(cases, sentence), _weights(cases)
    sure = _sure(cases, best, confidence)
    if precision is None:
        answerable = [case.answerable for case in cases]
        wrong, kept, thresholds = roc_curve(answerable, sure, sample_weight=weights)
        return round(float(thresholds[np.argmax(kept - wrong)]), 2)
    order = [np.argsort(-_odds(sentence, case.features)) for case in cases]
    right = [case.gold[o[:QUOTES]].any() for case, o in zip(cases, order, strict=True)]
    found, kept, thresholds = precision_recall_curve(right, sure, sample_weight=weights)
    first = int(np.argmax(found[:-1] >= precision))
    print(f"precision {found[first]:.3f} covers {kept[first]:.3f} of the right answers")
    return round(float(thresholds[first]), 2)


def _best(cases: list[Case], sentence: Logistic) -> list[int]:
    return [int(np.argmax(_odds(sentence, case.features))) for case in cases]


def _weights(cases: list[Case]) -> np.ndarray:
    size = Counter(case.set for case in cases)
    return np.array([len(cases) / len(size) / size[case.set] for case in cases])


def _sure(cases: list[Case], best: list[int], confidence: Logistic) -> np.ndarray:
    features = np.array([case.features[n] for case, n in zip(cases, best, strict=True)])
    return 1 / (1 + np.exp(-_odds(confidence, features)))


def _odds(model: Logistic, features: np.ndarray) -> np.ndarray:
    return features @ np.array(model.weights) + model.bias


def _fit(features: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> Logistic:
    spread = features.std(axis=0) + 1e-9
    model = LogisticRegression(max_iter=1000)
    model.fit(features / spread, labels, sample_weight=weights)
    return Logistic(float(model.intercept_[0]), tuple(map(float, model.coef_[0] / spread)))


def cross_validated(cases: list[Case]) -> tuple[list[np.ndarray], np.ndarray]:
    """Scores of each case's candidates, and the confidence of its best, unseen in fitting."""
    worlds = np.unique([case.world for case in cases])
    fold = dict(
        zip(np.random.default_rng(0).permutation(worlds), np.arange(len(worlds)) % 5, strict=True)
    )
    scores: list[np.ndarray] = []
    sure: list[float] = []
    models = []
    for n in range(5):
        rest = [case for case in cases if fold[case.world] != n]
        sentence = _fit_sentences(rest)
        models.append((sentence, _fit_confidence(_clear(rest), sentence)))
    for case in cases:
        sentence, confidence = models[fold[case.world]]
        scores.append(_odds(sentence, case.features))
        sure.append(float(_sure([case], _best([case], sentence), confidence)[0]))
    return scores, np.array(sure)


def report(name: str, cases: list[Case], scores: list[np.ndarray], sure: np.ndarray) -> None:
    """Print quality by sets. scores: (n,) of a case's candidates; sure: (cases,) of the best."""
    print(f"\n{name}")
    for one in sorted({case.set for case in cases}):
        numbers = [n for n, case in enumerate(cases) if case.set == one]
        asked = [n for n in numbers if cases[n].answerable]
        first = np.mean([cases[n].gold[np.argmax(scores[n])] for n in asked])
        third = np.mean([cases[n].gold[np.argsort(-scores[n])[:3]].any() for n in asked])
        there = np.mean([cases[n].gold.any() for n in asked])
        auroc = roc_auc_score([cases[n].answerable for n in numbers], sure[numbers])
        print(
            f"{one:22} sentence@1 {first:.3f}  @3 {third:.3f}  among candidates {there:.3f}  "
            f"AUROC {auroc:.3f}"
        )


def _module(
    embedding: Fitted, sha256: str, reader: Fitted, large_sha256: str, large: Fitted
) -> str:
    return f'''

EMBEDDING_READER = {_code(embedding)}
"""Over `reading.FEATURES`."""

READER_SHA256 = "{sha256}"
"""Of `reading/reader.safetensors`."""

READER = {_code(reader)}
"""Over `reading.FEATURES` and `reading.NETWORK_FEATURES`."""

LARGE_SHA256 = "{large_sha256}"
"""Of `reading/reader-large.safetensors`."""

LARGE_READER = {_code(large)}
"""Over `reading.FEATURES` and, of both networks, `reading.NETWORK_FEATURES`."""
'''


def _code(fitted: Fitted) -> str:
    return (
        f"Fitted(\n    {fitted.sentence},\n    {fitted.confidence},\n"
        f"    threshold={fitted.threshold},\n    margin={fitted.margin},\n)"
    )


def options(purpose: str) -> argparse.Namespace:
    """The command line that the scripts over the development split share."""
    parser = argparse.ArgumentParser(description=purpose.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--network", type=Path, default=WEIGHTS, help="weights of train_reader.py")
    parser.add_argument("--large", action="store_true", help="they are the large network's")
    parser.add_argument("--work", type=Path, default=Path("build/training"))
    parser.add_argument("--write", action="store_true", help=f"write {HOME.name}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
