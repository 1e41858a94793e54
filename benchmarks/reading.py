"""What reading is worth: questions over articles that nothing here was trained or tuned on.

    python benchmarks/reading.py DATA [--large] [--most 100] [--save ROWS.json]

DATA holds the public question sets (see training/README.md); only the titles of their test split
are used, as small libraries that quoth indexes and searches, and with them the project's own
articles. Each question is answered in several ways:

  cosine          dense search; the sentence nearest to the question; its cosine as confidence
  cosine + BM25   hybrid search; the embedding reader (`--reader none`)
  reader          hybrid search; quoth's own reader, as it ships
  large           with --large: hybrid search; `--reader large`

hit@1: the passage that the best quote is from holds a gold place. quote@k: one of the first k
quotes overlaps one. AUROC: how well confidence separates the answerable. ECE: expected
calibration error in ten bins. Then, each with its text given: evidence F1 of the words of
`extract` against the gold sentences, exact match and F1 (SQuAD's script) of the marked words.
Intervals are 95% bootstrap intervals over questions (percentile, 1000 resamples, fixed seed).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import string
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from quality import Row, auroc, interval, overlap, rank_found, share
from tqdm import tqdm

import quoth
from quoth.answering import HITS_READ, Candidate, candidates, choose, index_reader
from quoth.reading import EmbeddingReader, Extract, load_reader
from quoth.reading.extracting import as_hits, passages_of
from quoth.records import Embedder, Evidence, Hit, Reader, Reading, Span
from quoth.text import words

sys.path.insert(0, str(Path(__file__).parent.parent / "training"))

from fit_reading import calibration_error
from worlds import Question as Asked
from worlds import World, all_worlds

from examples import read_split, records

SEEDS = Path(__file__).parent.parent / "seeds"
GIVEN = 200  # questions a set that are read with their text given


@dataclass(frozen=True)
class CosineReader:
    """Ranks sentences by their cosine to the question alone."""

    first: EmbeddingReader

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        return [
            Reading(
                float(features[:, 0].max()),
                tuple(
                    Evidence(s.start, s.end, float(cosine), max(0.0, float(cosine)), s, (s,))
                    for s, cosine in zip(hit.passage.sentences, features[:, 0], strict=True)
                ),
            )
            for hit, features in zip(hits, self.first.features(question, hits), strict=True)
        ]


NAMES = {"cosine": "cosine", "cosine + BM25": "none", "reader": None, "large": "large"}
"""Arm → the name of its reader."""


def _picked(index: quoth.Index, question: str, name: str | None) -> list[Candidate]:
    retriever = quoth.Retriever(index)
    mode = "dense" if name == "cosine" else "hybrid"
    hits = retriever.search(question, HITS_READ, mode=mode)
    reader: Reader
    if name == "cosine":
        reader = CosineReader(index_reader(index, "none"))
    else:
        reader = index_reader(index, name)
    readings = reader.read(retriever.spelt(question), hits)
    return choose(candidates(hits, [reading.evidence for reading in readings]), 3)


def main() -> None:
    options = _options()
    arms = list(NAMES) if options.large else [arm for arm in NAMES if arm != "large"]
    rows = [
        row
        for world, records in tqdm(_worlds(options.data), disable=None, desc="libraries")
        for row in _asked(world, records[: options.most if world.articles else None], arms)
    ]
    _table("Questions to a library", rows, LIBRARY)
    given = list(_given(options.data, arms))
    _table("With the text given", given, GIVEN_METRICS)
    if options.save:
        options.save.write_text(json.dumps(rows + given))


def _worlds(data: Path) -> list[tuple[World, list[Row]]]:
    """Each world with its questions as records of a question set."""
    worlds = [*all_worlds(data, "test"), _conversations(data / "mtrag-un")]
    return [(_seeds("dev"), _seed_records("dev")), (_seeds("test"), _seed_records("test"))] + [
        (world, [{"question": q.text, "answerable": bool(q.places)} for q in world.questions])
        for world in worlds
    ]


def _conversations(folder: Path) -> World:
    """The last turns of conversations as they stand, over all passages that any of them needs."""
    texts = {r["_id"]: r for r in records(folder / "corpus.jsonl.gz") if r["text"].strip()}
    gold: dict[str, list[tuple[str, int, int]]] = {}
    with gzip.open(folder / "qrels.tsv.gz", "rt", encoding="utf-8") as lines:
        for line in list(lines)[1:]:
            question, name, _ = line.split("\t")
            if name in texts:
                gold.setdefault(question, []).append((name, 0, len(texts[name]["text"])))
    asked = tuple(
        Asked(record["text"], tuple(gold.get(record["_id"], ())) if record["answerable"] else ())
        for record in records(folder / "queries.jsonl.gz")
        if not record["answerable"] or record["_id"] in gold
    )
    articles = tuple({key: r[key] for key in ("_id", "title", "text")} for r in texts.values())
    return World(folder.name, articles, asked)


def _seed_records(split: str) -> list[Row]:
    lines = (SEEDS / "questions.jsonl").read_text("utf-8").splitlines()
    return [record for record in map(json.loads, lines) if record["split"] == split]


def _seeds(split: str) -> World:
    from quoth.articles import read_articles

    articles = {article.source: article for article in read_articles(SEEDS).articles}
    questions = []
    for record in _seed_records(split):
        places = []
        for gold in record["gold"]:
            start = articles[gold["source"]].text.index(gold["quote"])
            places.append((gold["source"], start, start + len(gold["quote"])))
        questions.append(Asked(record["question"], tuple(places)))
    return World(f"seeds ({split})", (), tuple(questions))


def _asked(world: World, records: Sequence[Row], arms: Sequence[str]) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus.jsonl"
        corpus.write_text("\n".join(map(json.dumps, world.articles)), "utf-8")
        source = corpus if world.articles else SEEDS
        with quoth.Index.build([source], Path(folder) / "index") as index:
            for question, record in zip(world.questions, tqdm(records, leave=False), strict=False):
                for arm in arms:
                    yield _measured(world.name, arm, index, question, record)


def _measured(name: str, arm: str, index: quoth.Index, question: Asked, record: Row) -> Row:
    started = time.perf_counter()
    found = _picked(index, question.text, NAMES[arm])
    elapsed = (time.perf_counter() - started) * 1000
    given = [(passage.source, evidence.start, evidence.end) for evidence, passage in found]
    first = found[0][1] if found else None
    gold = list(question.places)
    return {
        "set": name,
        "arm": arm,
        "question": question.text,
        "answerable": record["answerable"],
        "confidence": found[0][0].confidence if found else 0.0,
        "rank": rank_found(record, given, gold),
        "right": bool(given) and any(overlap(given[0], place) for place in gold),
        "hit": first is not None
        and any(overlap((first.source, first.start, first.end), place) for place in gold),
        "ms": elapsed,
    }


# -- with the text given


def _given(data: Path, arms: Sequence[str]) -> Iterator[Row]:
    examples = read_split(data, "test")
    sets = ("squad-v1-dev", "nq-qed-dev", "selqa")
    embedder = quoth.load_embedder()
    readers = {arm: load_reader(NAMES[arm], embedder=embedder) for arm in arms if arm != "cosine"}
    for name in sets:
        asked = [q for q in examples.questions if q.set == name and q.answers]
        chosen = np.random.default_rng(0).permutation(len(asked))[:GIVEN]
        for n in tqdm(chosen, desc=name, disable=None):
            question, text = asked[n], examples.texts[asked[n].text].text
            gold = [
                Span(s, e)
                for s, e in examples.texts[asked[n].text].sentences
                if any(s < b and a < e for a, b in question.answers)
            ]
            for arm, reader in readers.items():
                extract = reader.extract(question.question, text)
                row = {"set": name, "arm": arm, "evidence_f1": evidence_f1(extract, gold, text)}
                if question.exact:
                    marked = _marked(reader, embedder, question.question, text)
                    answers = [text[a:b] for a, b in question.answers]
                    row["em"] = max(_normal(marked) == _normal(answer) for answer in answers)
                    row["f1"] = max(word_f1(marked, answer) for answer in answers)
                yield row


def evidence_f1(extract: Extract, gold: Sequence[Span], text: str) -> float:
    """F1 of the words inside the spans against those inside the gold sentences, by place."""
    places = [(span.start, span.end) for span in words(text)]

    def inside(spans: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
        return {p for p in places if any(s <= p[0] and p[1] <= e for s, e in spans)}

    return f1(inside([(s.start, s.end) for s in extract.spans]), inside([*map(tuple, gold)]))


def f1(found: set[tuple[int, int]], gold: set[tuple[int, int]]) -> float:
    both = len(found & gold)
    return 2 * both / (len(found) + len(gold)) if both else 0.0


def _marked(reader: Reader, embedder: Embedder, question: str, text: str) -> str:
    """The words marked in the best quote."""
    hits = as_hits(passages_of(text, embedder))
    found = candidates(hits, [reading.evidence for reading in reader.read(question, hits)])
    if not found:
        return ""
    mark = found[0][0].highlights[0]
    return text[mark.start : mark.end]


def word_f1(found: str, gold: str) -> float:
    """As in SQuAD's script: of the bags of words."""
    some, others = _normal(found).split(), _normal(gold).split()
    both = sum((Counter(some) & Counter(others)).values())
    return 2 * both / (len(some) + len(others)) if both else 0.0


def _normal(text: str) -> str:
    """As in SQuAD's script: lower case, no punctuation, no articles, single spaces."""
    plain = "".join(one for one in text.lower() if one not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", plain).split())


# -- the tables

Metric = tuple[Callable[[Row], bool], Callable[[Sequence[Row]], float]]
"""Which rows it is of, and what it makes of them."""


def _ece(rows: Sequence[Row]) -> float:
    return calibration_error(
        np.array([row["confidence"] for row in rows]), np.array([row["right"] for row in rows])
    )


def _mean(name: str) -> Callable[[Sequence[Row]], float]:
    return lambda rows: float(np.mean([row[name] for row in rows])) if rows else float("nan")


LIBRARY: dict[str, Metric] = {
    "hit@1": (lambda row: row["answerable"], _mean("hit")),
    "quote@1": (lambda row: row["answerable"], lambda rows: share(rows, lambda r: r["rank"] == 1)),
    "quote@3": (lambda row: row["answerable"], lambda rows: share(rows, lambda r: r["rank"] > 0)),
    "AUROC": (lambda row: True, auroc),
    "ECE": (lambda row: True, _ece),
    "ms (median)": (lambda row: True, lambda rows: float(np.median([r["ms"] for r in rows]))),
}
GIVEN_METRICS: dict[str, Metric] = {
    "evidence F1": (lambda row: True, _mean("evidence_f1")),
    "exact match": (lambda row: "em" in row, _mean("em")),
    "answer F1": (lambda row: "f1" in row, _mean("f1")),
}


def _table(title: str, rows: Sequence[Row], metrics: dict[str, Metric]) -> None:
    print(f"\n## {title}\n\n| set | arm | questions | {' | '.join(metrics)} |")
    print("|---|---|" + "---|" * (len(metrics) + 1))
    for name in dict.fromkeys(row["set"] for row in rows):
        for arm in dict.fromkeys(row["arm"] for row in rows):
            some = [row for row in rows if row["set"] == name and row["arm"] == arm]
            cells = [
                _cell([row for row in some if of(row)], metric) for of, metric in metrics.values()
            ]
            print(f"| {name} | {arm} | {len(some)} | {' | '.join(cells)} |")


def _cell(rows: Sequence[Row], metric: Callable[[Sequence[Row]], float]) -> str:
    if not rows or np.isnan(metric(rows)):
        return "–"
    value, low, high = interval(rows, metric)
    return f"{value:.0f}" if value > 2 else f"{value:.2f} [{low:.2f}, {high:.2f}]"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--large", action="store_true", help="the large reader too")
    parser.add_argument("--most", type=int, help="questions to a library of a public set")
    parser.add_argument("--save", type=Path, help="write each question's row as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
