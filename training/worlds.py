"""Public question sets → small libraries of articles with questions and their answers' places.

A world is what a user of quoth has: a few articles or a few dozen short ones, and questions of
which some have no answer in them. Each is written as a .jsonl corpus and read by quoth itself.
"""

from __future__ import annotations

import gzip
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examples import SHIFTS, Split, home_of, records, split_of, titles_of

Record = dict[str, Any]
Place = tuple[str, int, int]
WITHHELD = 0.25
"""Share of articles that are left out of a world, so that their questions have no answer there."""


@dataclass(frozen=True)
class Question:
    """`places`: (source, start, end) of what answers; empty where nothing does."""

    text: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class World:
    """articles: corpus records {"_id", "title", "text"}."""

    name: str
    articles: tuple[Record, ...]
    questions: tuple[Question, ...]


def all_worlds(data: Path, split: Split, seed: int = 1) -> list[World]:
    """The worlds of a split (see examples.py), the same for the same seed.

    `dev` is what the weights over the network are fitted on, `test` what is reported.
    """
    chance = random.Random(seed)
    worlds = by_title(data, "squad-v2-dev", split, chance, titles=3, questions=200)
    if split == "test":
        worlds += by_title(
            data, "squad-v1-dev", split, chance, titles=3, questions=100, withheld=WITHHELD
        )
    for name in SHIFTS:
        worlds += by_paragraph(data, name, split, chance, paragraphs=60, questions=80)[:2]
    worlds += by_sentence(data, split, chance, paragraphs=60)
    return worlds + by_candidates(data, split, chance, questions=60)[:6]


def by_title(
    data: Path,
    name: str,
    split: Split,
    chance: random.Random,
    *,
    titles: int,
    questions: int,
    withheld: float = 0.0,
) -> list[World]:
    """A few encyclopedia articles each: paragraphs of one title joined, a line each."""
    paragraphs: dict[str, list[str]] = defaultdict(list)
    of_two = set(titles_of(data, "squad-v2-dev").values())
    for text, title in titles_of(data, name).items():
        if (name == "squad-v2-dev" or title not in of_two) and (
            home_of(name, title, text, of_two) == split
        ):
            paragraphs[title.replace("_", " ")].append(text)
    asked = _by_context(data / name)
    names = sorted(paragraphs)
    chance.shuffle(names)
    return [
        _titled_world(name, {n: paragraphs[n] for n in some}, asked, chance, questions, withheld)
        for some in _groups(names, titles)
    ]


def _titled_world(
    name: str,
    paragraphs: dict[str, list[str]],
    asked: dict[str, list[Record]],
    chance: random.Random,
    wanted: int,
    withheld: float,
) -> World:
    articles, questions = [], []
    for title, texts in paragraphs.items():
        start, kept = 0, []
        for text in texts:
            if chance.random() < withheld:
                questions += [Question(record["question"], ()) for record in asked.get(text, [])]
                continue
            questions += [_question(record, title, start) for record in asked.get(text, [])]
            start += len(text) + 1
            kept.append(text)
        articles.append({"_id": title, "title": title, "text": "\n".join(kept)})
    chance.shuffle(questions)
    return World(name, tuple(articles), tuple(questions[:wanted]))


def by_paragraph(
    data: Path, name: str, split: Split, chance: random.Random, *, paragraphs: int, questions: int
) -> list[World]:
    """A few dozen short articles of one paragraph each."""
    asked = _by_context(data / name)
    titles = titles_of(data, name)
    texts = sorted(text for text in asked if split_of(name, titles.get(text, ""), text) == split)
    chance.shuffle(texts)
    worlds = []
    for some in _groups(texts, paragraphs):
        articles = [{"_id": f"a{n}", "title": "", "text": text} for n, text in enumerate(some)]
        found = [_question(r, f"a{n}", 0) for n, text in enumerate(some) for r in asked[text]]
        worlds.append(_withholding(name, articles, found, chance, questions))
    return worlds


def by_sentence(data: Path, split: Split, chance: random.Random, *, paragraphs: int) -> list[World]:
    """Paragraphs with real search questions and the one sentence that answers each."""
    folder = data / "nq-qed-dev"
    texts = {
        record["_id"]: record
        for record in records(folder / "corpus.jsonl.gz")
        if split_of(folder.name, record["title"], record["text"]) == split
    }
    home = _first_relevant(folder)
    asked: dict[str, list[Record]] = defaultdict(list)
    for record in records(folder / "queries.jsonl.gz"):
        if record.get("gold_sentence"):
            asked[home[record["_id"]]].append(record)
    names = sorted(texts)
    chance.shuffle(names)
    worlds = []
    for some in _groups(names, paragraphs):
        questions = [
            Question(record["text"], ((name, start, start + len(gold)),))
            for name in some
            for record in asked[name]
            if (start := texts[name]["text"].find(gold := record["gold_sentence"].strip())) >= 0
        ]
        articles = [{key: texts[n][key] for key in ("_id", "title", "text")} for n in some]
        worlds.append(_withholding(folder.name, articles, questions, chance))
    return worlds


def by_candidates(
    data: Path, split: Split, chance: random.Random, *, questions: int
) -> list[World]:
    """Sections of an encyclopedia with crowd-written questions; gold is whole sentences."""
    folder = data / "selqa"
    sentences = {record["_id"]: record for record in records(folder / "corpus.jsonl.gz")}
    relevant: dict[str, set[str]] = defaultdict(set)
    for question, sentence in _relevant(folder):
        relevant[question].add(sentence)
    asked = [
        record
        for record in records(folder / "queries.jsonl.gz")
        if split_of("selqa", sentences[record["candidates"][0]]["title"], "") == split
    ]
    chance.shuffle(asked)
    worlds = []
    for some in _groups(asked, questions):
        articles: dict[str, Record] = {}
        found = []
        for record in some:
            article, places = _section(record["candidates"], sentences, relevant[record["_id"]])
            articles[article["_id"]] = article
            found.append(Question(record["text"], places))
        worlds.append(_withholding(folder.name, list(articles.values()), found, chance))
    return worlds


def _withholding(
    name: str,
    articles: Sequence[Record],
    questions: Sequence[Question],
    chance: random.Random,
    wanted: int = 1000,
) -> World:
    """A world without some of its articles, whose questions have no answer in it then."""
    gone = {article["_id"] for article in articles if chance.random() < WITHHELD}
    asked = [
        Question(question.text, tuple(place for place in question.places if place[0] not in gone))
        for question in questions
    ]
    chance.shuffle(asked)
    kept = tuple(article for article in articles if article["_id"] not in gone)
    return World(name, kept, tuple(asked[:wanted]))


def _section(
    names: Sequence[str], sentences: dict[str, Record], gold: set[str]
) -> tuple[Record, tuple[Place, ...]]:
    text, places = "", []
    for name in names:
        words = sentences[name]["text"].strip()
        start = len(text) + 1 if text else 0
        text = f"{text} {words}" if text else words
        if name in gold and words:
            places.append((names[0], start, start + len(words)))
    return {"_id": names[0], "title": sentences[names[0]]["title"], "text": text}, tuple(places)


def _question(record: Record, source: str, shift: int) -> Question:
    if record["is_impossible"]:
        return Question(record["question"], ())
    return Question(
        record["question"],
        tuple(
            (
                source,
                shift + answer["answer_start"],
                shift + answer["answer_start"] + len(answer["text"]),
            )
            for answer in record["answers"]
        ),
    )


def _by_context(folder: Path) -> dict[str, list[Record]]:
    asked: dict[str, list[Record]] = defaultdict(list)
    for record in records(folder / "spans.jsonl.gz"):
        asked[record["context"]].append(record)
    return asked


def _relevant(folder: Path) -> Iterator[tuple[str, str]]:
    with gzip.open(folder / "qrels.tsv.gz", "rt", encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            question, passage, _ = line.split("\t")
            yield question, passage


def _first_relevant(folder: Path) -> dict[str, str]:
    return dict(reversed(list(_relevant(folder))))


def _groups(items: Iterable[Any], size: int) -> list[list[Any]]:
    listed = list(items)
    return [listed[start : start + size] for start in range(0, len(listed), size)]
