"""Quality on a question set: quote@1, quote@3, passage recall@5 and abstention AUROC.

    python benchmarks/quality.py [QUESTIONS] [--index DIR] [--split dev|test|all]

quote@k: a gold quote overlaps one of the first k quotes it would give (`nearest`, so that
abstaining does not hide the reader's choice). recall@5: one of the first five hits holds a gold
quote whole. One gold quote is enough; a question that needs all its sources counts as found only
if each has a gold quote among the first k.
AUROC: how well confidence separates answerable from unanswerable questions. Intervals are 95%
bootstrap intervals over questions (percentile, 1000 resamples, fixed seed).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

import quoth

Row = dict[str, Any]
Place = tuple[str, int, int]
"""Source, start and end."""


def main() -> None:
    chosen = options(__doc__)
    questions = [json.loads(line) for line in chosen.questions.open(encoding="utf-8")]
    questions = [q for q in questions if chosen.split in ("all", q.get("split"))]
    index = quoth.Index.open(chosen.index)
    rows = [_measured(index, quoth.Answerer(index), q) for q in tqdm(questions, disable=None)]
    print(f"quoth: {len(rows)} questions of {chosen.questions} ({chosen.split})\n")
    for name, (value, low, high) in summary(rows).items():
        print(f"{name:14} {value:.3f}  [{low:.3f}, {high:.3f}]")
    print("\nquote@1 and quote@3 by kind; for unanswerable kinds, the share abstained")
    for kind in sorted({row["kind"] for row in rows}):
        print(f"{kind:18} {_by_kind([row for row in rows if row['kind'] == kind])}")
    if chosen.failures:
        _print_failures(rows)


def summary(rows: Sequence[Row]) -> dict[str, tuple[float, float, float]]:
    """Metric → (value, low, high)."""
    answerable = [row for row in rows if row["answerable"]]
    answered = [row for row in rows if row["answered"]]
    metrics: dict[str, tuple[Sequence[Row], Callable[[Sequence[Row]], float]]] = {
        "quote@1": (answerable, lambda some: share(some, lambda row: row["rank"] == 1)),
        "quote@3": (answerable, lambda some: share(some, lambda row: 1 <= row["rank"] <= 3)),
        "recall@5": (answerable, lambda some: share(some, lambda row: row["hit"])),
        "AUROC": (rows, auroc),
        "precision": (answered, lambda some: share(some, lambda row: row["rank"] == 1)),
        "coverage": (answerable, lambda some: share(some, lambda row: row["answered"])),
        "abstained": (
            [row for row in rows if not row["answerable"]],
            lambda some: share(some, lambda row: not row["answered"]),
        ),
    }
    return {name: interval(some, metric) for name, (some, metric) in metrics.items()}


def _measured(index: quoth.Index, answerer: quoth.Answerer, question: Row) -> Row:
    answer = answerer.ask(question["question"])
    places = gold_places(index, question)
    hits = quoth.Retriever(index).search(question["question"], 5)
    given = [(quote.source, quote.start, quote.end) for quote in answer.nearest]
    return {
        "question": question["question"],
        "kind": question.get("kind", ""),
        "answerable": question["answerable"],
        "answered": answer.status == "answered",
        "confidence": answer.confidence,
        "rank": rank_found(question, given, places),
        "hit": any(_holds(hit, place) for hit in hits for place in places),
        "first": answer.nearest[0].text if answer.nearest else "",
        "gold": [gold["quote"] for gold in question["gold"]],
    }


def gold_places(index: quoth.Index, question: Row) -> list[Place]:
    """(source, start, end) of each gold quote."""
    places = []
    for gold in question["gold"]:
        start = index.article(gold["source"]).text.index(gold["quote"])
        places.append((gold["source"], start, start + len(gold["quote"])))
    return places


def rank_found(question: Row, given: Sequence[Place], gold: Sequence[Place]) -> int:
    """The rank, from 1, by which the given places have answered; 0 if they never do."""
    sources = {source for source, _, _ in gold}
    missing = len(sources) if question.get("all_sources_needed") else min(len(sources), 1)
    found: set[str] = set()
    for rank, place in enumerate(given, 1):
        if any(overlap(place, one) for one in gold):
            found.add(place[0])
        if gold and len(found) >= missing:
            return rank
    return 0


def overlap(one: Place, other: Place) -> bool:
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]


def _holds(hit: quoth.Hit, place: Place) -> bool:
    source, start, end = place
    return hit.source == source and hit.start <= start and end <= hit.end


def share(rows: Sequence[Row], holds: Callable[[Row], bool]) -> float:
    return float(np.mean([holds(row) for row in rows])) if rows else float("nan")


def auroc(rows: Sequence[Row]) -> float:
    labels = [row["answerable"] for row in rows]
    if len(set(labels)) < 2:
        return float("nan")
    return float(roc_auc_score(labels, [row["confidence"] for row in rows]))


def interval(
    rows: Sequence[Row], metric: Callable[[Sequence[Row]], float]
) -> tuple[float, float, float]:
    random = np.random.default_rng(0)
    resampled = [
        metric([rows[i] for i in random.integers(0, len(rows), len(rows))]) for _ in range(1000)
    ]
    low, high = np.nanpercentile(resampled, [2.5, 97.5]) if rows else (float("nan"),) * 2
    return metric(rows), float(low), float(high)


def _by_kind(rows: Sequence[Row]) -> str:
    if not rows[0]["answerable"]:
        return f"{share(rows, lambda row: not row['answered']):.2f}  of {len(rows)}"
    first = share(rows, lambda row: row["rank"] == 1)
    third = share(rows, lambda row: 1 <= row["rank"] <= 3)
    return f"{first:.2f} {third:.2f}  of {len(rows)}"


def _print_failures(rows: Sequence[Row]) -> None:
    for row in rows:
        wrong = row["rank"] != 1 if row["answerable"] else row["answered"]
        if wrong:
            print(
                f"\n{row['kind']}: {row['question']}  ({row['confidence']:.2f}, rank {row['rank']})"
            )
            print(f"  given: {row['first']}")
            for gold in row["gold"][:2]:
                print(f"  gold:  {gold}")


def options(purpose: str) -> argparse.Namespace:
    """The command line that the quality scripts share."""
    parser = argparse.ArgumentParser(description=purpose.splitlines()[0])
    parser.add_argument("questions", nargs="?", type=Path, default=Path("seeds/questions.jsonl"))
    parser.add_argument("--index", default="index")
    parser.add_argument("--split", choices=["dev", "test", "all"], default="all")
    parser.add_argument("--failures", action="store_true", help="list what went wrong")
    return parser.parse_args()


if __name__ == "__main__":
    main()
