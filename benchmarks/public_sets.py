"""Public question sets as quoth takes them: a corpus and a question set for each.

    python benchmarks/public_sets.py DATA OUT

DATA holds the public question sets (see training/README.md). Only what nothing was trained or
fitted on is written:

  OUT/squad     the thirteen titles of SQuAD 1.1 that 2.0 lacks, each an article; a quarter of
                their paragraphs is left out, so that the questions on those have no answer
  OUT/selqa     sections of an encyclopedia of SelQA's test split; a quarter is left out
  OUT/time-ir   news of 1963 with whole articles as gold, as a BEIR folder

Each has corpus.jsonl for `quoth build` and questions.jsonl (or the folder) for `quoth eval`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "training"))

from worlds import WITHHELD, World, by_candidates, by_title

QUESTIONS = 600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    chosen = parser.parse_args()
    _write(chosen.out / "squad", squad(chosen.data), answers=True)
    _write(chosen.out / "selqa", selqa(chosen.data), answers=False)
    _unzip(chosen.data / "time-ir", chosen.out / "time-ir")


def squad(data: Path) -> World:
    chance = random.Random(1)
    (world,) = by_title(
        data, "squad-v1-dev", "test", chance, titles=99, questions=QUESTIONS, withheld=WITHHELD
    )
    return world


def selqa(data: Path) -> World:
    return by_candidates(data, "test", random.Random(1), questions=QUESTIONS)[0]


def question_records(world: World, *, answers: bool) -> Iterator[dict[str, Any]]:
    """A question set's lines; `answers` where gold is the answer's own words."""
    texts = {article["_id"]: article["text"] for article in world.articles}
    for number, question in enumerate(world.questions):
        gold = [_gold(texts, place) for place in question.places]
        yield {
            "id": f"{world.name}-{number}",
            "question": question.text,
            "answerable": bool(gold),
            "gold": gold,
            "answers": sorted({one["quote"] for one in gold}) if answers else [],
            "kind": "answerable" if gold else "left out",
        }


def _gold(texts: dict[str, str], place: tuple[str, int, int]) -> dict[str, Any]:
    source, start, end = place
    return {"source": source, "quote": texts[source][start:end], "start": start}


def _write(folder: Path, world: World, *, answers: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    _lines(folder / "corpus.jsonl", world.articles)
    _lines(folder / "questions.jsonl", question_records(world, answers=answers))


def _lines(file: Path, records: Any) -> None:
    with file.open("w", encoding="utf-8") as lines:
        for record in records:
            lines.write(json.dumps(record, ensure_ascii=False) + "\n")


def _unzip(folder: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv"):
        (out / name).write_bytes(gzip.decompress((folder / f"{name}.gz").read_bytes()))


if __name__ == "__main__":
    main()
