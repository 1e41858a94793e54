"""What reading is worth: questions over articles that nothing here was trained or tuned on.

    python benchmarks/reading.py DATA [--large] [--most 100] [--save ROWS.json]

DATA holds the public question sets (see training/README.md); only the titles of their test split
are used, as small libraries that quoth indexes and searches, and with them the project's own
articles. Each question is answered in several ways:

  cosine          dense search; the sentence nearest to the question; its cosine as confidence
  cosine + BM25   hybrid search; the embedding reader (`--reader none`)
  reader          hybrid search; quoth's own reader, as it ships
  large           with --large: hybrid search; `--reader large`

Metrics are `quoth eval`'s. Then, each with its text given: evidence F1 of the words of `extract`
against the gold sentences, exact match and F1 (SQuAD's script) of the marked words. Intervals are
95% bootstrap intervals over questions.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from public_sets import question_records
from tqdm import tqdm

import quoth
from quoth.choosing import candidates
from quoth.evaluation import Figure, Gold, Outcome, Question, QuestionSet, evaluate, read_questions
from quoth.evaluation.intervals import mean_figure, summary
from quoth.evaluation.scoring import exact_match, word_f1
from quoth.reading import EmbeddingReader, Extract, load_reader
from quoth.reading.extracting import as_hits, passages_of
from quoth.records import Embedder, Evidence, Hit, Reader, Reading, Span
from quoth.text import words

sys.path.insert(0, str(Path(__file__).parent.parent / "training"))

from worlds import Question as Asked
from worlds import World, all_worlds

from examples import read_split, records

SEEDS = Path(__file__).parent.parent / "seeds"
GIVEN = 200  # questions a set that are read with their text given
NAMES = {"cosine": "cosine", "cosine + BM25": "none", "reader": None, "large": "large"}
"""Arm → the name of its reader."""


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


@dataclass(frozen=True)
class Library:
    """articles: corpus records; () is the project's own articles."""

    name: str
    articles: tuple[dict[str, str], ...]
    questions: tuple[Question, ...]


def main() -> None:
    options = _options()
    arms = list(NAMES) if options.large else [arm for arm in NAMES if arm != "large"]
    found: dict[tuple[str, str], list[Outcome]] = {}
    for library in tqdm(_libraries(options.data, options.most), disable=None, desc="libraries"):
        for arm, outcomes in _asked(library, arms):
            found.setdefault((library.name, arm), []).extend(outcomes)
    _table("Questions to a library", {key: _figures(some) for key, some in found.items()})
    given = _means(_given(options.data, arms))
    _table("With the text given", given)
    if options.save:
        rows = [
            {"set": name, "arm": arm} | one.to_json()
            for (name, arm), some in found.items()
            for one in some
        ]
        options.save.write_text(json.dumps(rows))


# -- questions to a library


def _libraries(data: Path, most: int | None) -> list[Library]:
    worlds = [*all_worlds(data, "test"), _conversations(data / "mtrag-un")]
    return [
        *(_seeds(split) for split in ("dev", "test")),
        *(Library(world.name, world.articles, _questions(world)[:most]) for world in worlds),
    ]


def _questions(world: World) -> tuple[Question, ...]:
    return tuple(
        Question(
            record["id"], record["question"], record["answerable"],
            tuple(Gold(**gold) for gold in record["gold"]), kind=world.name, place=record["id"],
        )
        for record in question_records(world, answers=False)
    )  # fmt: skip


def _seeds(split: str) -> Library:
    asked = read_questions(SEEDS / "questions.jsonl", split=split)
    return Library(f"seeds ({split})", (), asked.questions)


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


def _asked(library: Library, arms: Sequence[str]) -> Iterator[tuple[str, Sequence[Outcome]]]:
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus.jsonl"
        corpus.write_text("\n".join(map(json.dumps, library.articles)), "utf-8")
        source = corpus if library.articles else SEEDS
        with quoth.Index.build([source], Path(folder) / "index") as index:
            for arm in arms:
                asked = QuestionSet(library.name, "", library.questions)
                yield arm, evaluate(_answerer(index, arm), asked).outcomes


def _answerer(index: quoth.Index, arm: str) -> quoth.Answerer:
    if arm != "cosine":
        return quoth.Answerer(index, reader=NAMES[arm])
    first = quoth.Answerer(index, reader="none").reader
    return quoth.Answerer(index, reader=CosineReader(first), mode="dense")


def _figures(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    shown = ("hit@1", "quote@1", "quote@3", "abstain_auroc", "precision", "coverage", "abstained",
             "ece", "p50_ms")  # fmt: skip
    return summary(outcomes, shown)


# -- with the text given


def _given(data: Path, arms: Sequence[str]) -> Iterator[dict[str, object]]:
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
                    row["exact_match"] = exact_match(marked, answers)
                    row["f1"] = word_f1(marked, answers)
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


# -- the tables

Figures = dict[str, Figure]


def _means(rows: Iterable[dict[str, object]]) -> dict[tuple[str, str], Figures]:
    """Of each column but `set` and `arm`, by these."""
    found: dict[tuple[str, str], dict[str, list[float]]] = {}
    for row in rows:
        columns = found.setdefault((str(row.pop("set")), str(row.pop("arm"))), {})
        for name, value in row.items():
            columns.setdefault(name, []).append(float(value))  # type: ignore[arg-type]
    return {
        key: {name: mean_figure(values) for name, values in columns.items()}
        for key, columns in found.items()
    }


def _table(title: str, found: dict[tuple[str, str], Figures]) -> None:
    names = list(dict.fromkeys(name for figures in found.values() for name in figures))
    print(f"\n## {title}\n\n| set | arm | questions | {' | '.join(names)} |")
    print("|---|---|" + "---|" * (len(names) + 1))
    for (name, arm), figures in sorted(found.items(), key=lambda item: item[0][0]):
        count = max(one.questions for one in figures.values())
        cells = " | ".join(_cell(figures.get(one)) for one in names)
        print(f"| {name} | {arm} | {count} | {cells} |")


def _cell(figure: Figure | None) -> str:
    if figure is None or math.isnan(figure.value):
        return "–"
    digits = 0 if figure.value > 2 else 2
    low, high = (f"{one:.{digits}f}" for one in (figure.low, figure.high))
    return f"{figure.value:.{digits}f} [{low}, {high}]"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--large", action="store_true", help="the large reader too")
    parser.add_argument("--most", type=int, help="questions to a library of a public set")
    parser.add_argument("--save", type=Path, help="write each question's outcome as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
