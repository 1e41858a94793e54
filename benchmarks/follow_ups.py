"""How follow-ups are best understood: several ways, on dialogues, with intervals.

    python benchmarks/follow_ups.py DATA [--split test] [--out FILE.md]

DATA holds the public question sets (see training/README.md); of them mtrag-un is asked, whose
gold is whole passages, and without those questions of which it says itself that nobody can
understand them. The other set is seeds/dialogues.jsonl. Questions without history are left out.
The ways: the last turn alone; all turns joined; the turns' vectors and word scores added, each
half the weight of the one after it; and `quoth.dialogue.understood`, which quoth uses.
Conversations are split in halves by their names; the ways were chosen on `dev`.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from quoth import Answerer, Index
from quoth.choosing import candidates, choose
from quoth.dialogue import understood
from quoth.records import Floats, Hit, Turn
from quoth.retrieval import closeness, fuse

HERE = Path(__file__).parent
CANDIDATES, READ, TURNS, DECAY = 50, 20, 3, 0.5
RESAMPLES = 2000


@dataclass(frozen=True)
class Asked:
    """gold: (source, words); words "" is all of the source."""

    question: str
    history: tuple[str, ...]
    gold: tuple[tuple[str, str], ...]

    @property
    def turns(self) -> list[Turn]:
        return [Turn(one) for one in self.history]


@dataclass(frozen=True)
class Found:
    first: float
    among_three: float
    confidence: float


def mtrag(data: Path, split: str) -> Iterator[Asked]:
    relevant: dict[str, list[tuple[str, str]]] = {}
    for line in _lines(data / "qrels.tsv.gz")[1:]:
        question, source, score = line.split("\t")
        if int(score) > 0:
            relevant.setdefault(question, []).append((source, ""))
    for line in _lines(data / "queries.jsonl.gz"):
        one = json.loads(line)
        name = one["_id"].split("<::>")[0]
        half = "dev" if hashlib.md5(name.encode()).digest()[0] % 2 else "test"
        told = tuple(turn["text"] for turn in one["history"] if turn["speaker"] == "user")
        if told and half == split and one["answerability"] != "UNDERSPECIFIED":
            gold = relevant.get(one["_id"], []) if one["answerable"] else []
            yield Asked(one["text"], told, tuple(gold))


def dialogues(path: Path, split: str) -> Iterator[Asked]:
    for line in path.read_text("utf-8").splitlines():
        one = json.loads(line)
        if one["history"] and one["split"] == split:
            gold = tuple((place["source"], place["quote"]) for place in one["gold"])
            yield Asked(one["question"], tuple(one["history"]), gold)


def last(answerer: Answerer, asked: Asked) -> tuple[list[Hit], str]:
    return _searched(answerer, asked.question)


def joined(answerer: Answerer, asked: Asked) -> tuple[list[Hit], str]:
    return _searched(answerer, " ".join([*asked.history, asked.question]))


def previous_joined(answerer: Answerer, asked: Asked) -> tuple[list[Hit], str]:
    return _searched(answerer, f"{asked.history[-1]} {asked.question}")


def weighted(answerer: Answerer, asked: Asked) -> tuple[list[Hit], str]:
    """The turns' vectors and BM25 scores, each turn at half the weight of the one after it."""
    index, turns = answerer.index, [asked.question, *reversed(asked.history)][: TURNS + 1]
    weights = [DECAY**n for n in range(len(turns))]
    words: dict[int, float] = {}
    with index.reading() as view:
        for turn, weight in zip(turns, weights, strict=True):
            scores, ids = view.engines.words.search(turn, CANDIDATES, None)
            for number, score in zip(ids.tolist(), scores.tolist(), strict=True):
                words[number] = words.get(number, 0.0) + weight * score
        vector = np.array(weights, np.float32) @ index.embedder.embed_questions(turns)
        vector /= np.linalg.norm(vector)
        near = view.engines.vectors.search(vector[None], CANDIDATES, None)[1][0].tolist()
        vectors = index.passage_vectors(list(dict.fromkeys([*near, *words])))
        dense = dict(zip(vectors, closeness(vector, list(vectors.values())), strict=True))
        scores_of = fuse(dense, words)
        best = sorted(scores_of, key=lambda number: (-scores_of[number], number))[:READ]
        passages = view.store.passages(best)
    hits = [Hit.of(passages[n], rank=r, score=scores_of[n]) for r, n in enumerate(best, 1)]
    return hits, asked.question


def by_words(answerer: Answerer, asked: Asked) -> tuple[list[Hit], str]:
    return _searched(answerer, understood(asked.question, asked.turns))


WAYS = {
    "last turn alone": last,
    "all turns joined": joined,
    "the last two joined": previous_joined,
    "turns' vectors weighted": weighted,
    "understood (quoth)": by_words,
}


def _searched(answerer: Answerer, text: str) -> tuple[list[Hit], str]:
    return answerer.retriever.search(text[:10_000], READ, mode=answerer.mode), text[:10_000]


def measured(
    way: Callable[[Answerer, Asked], tuple[list[Hit], str]],
    answerer: Answerer,
    asked: Sequence[Asked],
) -> list[Found]:
    found = []
    for number, one in enumerate(asked, 1):
        print(f"\r{number} of {len(asked)}", end="", file=sys.stderr)
        hits, text = way(answerer, one)
        readings = answerer.reader.read(answerer.retriever.spelt(text), hits)
        chosen = choose(candidates(hits, [reading.evidence for reading in readings]), 3)
        right = [
            any(_is_gold(answerer.index, p.source, e.start, e.end, gold) for gold in one.gold)
            for e, p in chosen
        ]
        sure = chosen[0][0].confidence if chosen else 0.0
        found.append(Found(float(any(right[:1])), float(any(right)), sure))
    print(file=sys.stderr)
    return found


def _is_gold(index: Index, source: str, start: int, end: int, gold: tuple[str, str]) -> bool:
    if source != gold[0]:
        return False
    place = index.article(source).text.find(gold[1])
    return not gold[1] or (start < place + len(gold[1]) and place < end)


def table(asked: Sequence[Asked], results: dict[str, list[Found]]) -> list[str]:
    answerable = np.array([bool(one.gold) for one in asked])
    base = next(iter(results.values()))
    lines = [
        "| way | quote@1 | against the last turn alone | quote@3 | against it | AUROC |",
        "|---|---|---|---|---|---|",
    ]
    for name, found in results.items():
        cells = [name]
        for field in ("first", "among_three"):
            one, other = _values(found, field)[answerable], _values(base, field)[answerable]
            low, high = _interval(one - other)
            change = (one - other).mean()
            cells += [f"{one.mean():.3f}", f"{change:+.3f} [{low:+.3f}, {high:+.3f}]"]
        sure = _values(found, "confidence")
        cells.append(f"{_auroc(sure[answerable], sure[~answerable]):.3f}")
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _values(found: Sequence[Found], field: str) -> Floats:
    return np.array([getattr(one, field) for one in found], np.float32)


def _interval(differences: Floats) -> tuple[float, float]:
    drawn = np.random.default_rng(0).integers(0, len(differences), (RESAMPLES, len(differences)))
    low, high = np.percentile(differences[drawn].mean(1), [2.5, 97.5])
    return float(low), float(high)


def _auroc(these: Floats, others: Floats) -> float:
    above = (these[:, None] > others[None]).mean() + (these[:, None] == others[None]).mean() / 2
    return float(above) if len(others) else float("nan")


def _lines(path: Path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()


def _index(corpus: Path, folder: Path) -> Index:
    return Index.build([corpus], folder)  # what was made before is kept, if it would be the same


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--split", choices=["dev", "test"], default="test")
    parser.add_argument("--out", type=Path, default=HERE / "FOLLOW-UPS.md")
    chosen = parser.parse_args()
    build, root = HERE.parent / "build", HERE.parent
    build.mkdir(exist_ok=True)
    corpus = build / "mtrag-un.jsonl"
    corpus.write_text("\n".join(_lines(chosen.data / "mtrag-un" / "corpus.jsonl.gz")), "utf-8")
    worlds = {
        "mtrag-un": (
            _index(corpus, build / "mtrag-un"),
            list(mtrag(chosen.data / "mtrag-un", chosen.split)),
        ),
        "seeds/dialogues.jsonl": (
            _index(root / "seeds", build / "seeds"),
            list(dialogues(root / "seeds" / "dialogues.jsonl", chosen.split)),
        ),
    }
    lines = [
        "# Follow-ups: ways to understand them", "",
        "What they are: see the head of `follow_ups.py`. Differences with 95% intervals, paired",
        "bootstrap over questions. Made by",
        f"`python benchmarks/follow_ups.py DATA --split {chosen.split}`.",
    ]  # fmt: skip
    for name, (index, asked) in worlds.items():
        answerer = Answerer(index)
        results = {way: measured(do, answerer, asked) for way, do in WAYS.items()}
        count = sum(bool(one.gold) for one in asked)
        lines += ["", f"## {name}, {chosen.split}", "",
                  f"{count} follow-ups that are answered, {len(asked) - count} that are not.", "",
                  *table(asked, results)]  # fmt: skip
        chosen.out.write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
