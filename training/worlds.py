"""Public question sets → small libraries of articles with questions and their answers' places.

A world is what a user of quoth has: a few articles or a few dozen short ones, and questions of
which some have no answer in them. Each is written as a .jsonl corpus and read by quoth itself.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import quoth.articles

Record = dict[str, Any]
Place = tuple[str, int, int]


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


def all_worlds(data: Path, seed: int = 1) -> list[World]:
    """The worlds that the weights are fitted on, the same for the same seed."""
    chance = random.Random(seed)
    worlds = [
        *by_title(data / "squad-v2-dev", chance, titles=3, questions=160),
        *by_title(data / "squad-v1-dev", chance, titles=3, questions=100, without="squad-v2-dev"),
    ]
    for name in ("squadshifts-new-wiki", "squadshifts-amazon", "squadshifts-reddit"):
        worlds += by_paragraph(data / name, chance, paragraphs=60, questions=80)[:4]
    worlds += by_sentence(data / "nq-qed-dev", chance, paragraphs=60)[:8]
    worlds += by_candidates(data / "selqa", chance, questions=60)[:6]
    return worlds


def own_world(folder: Path) -> World:
    """The project's own articles and the development part of their questions."""
    articles = quoth.articles.read_articles(folder).articles
    texts = {article.source: article for article in articles}
    lines = (folder / "questions.jsonl").read_text("utf-8").splitlines()
    asked = [record for record in map(json.loads, lines) if record["split"] == "dev"]
    return World(
        "seeds",
        tuple({"_id": a.source, "title": a.title, "text": a.text} for a in articles),
        tuple(
            Question(
                record["question"],
                tuple(
                    (gold["source"], start := texts[gold["source"]].text.index(gold["quote"]),
                     start + len(gold["quote"]))
                    for gold in record["gold"]
                ),
            )
            for record in asked
        ),
    )  # fmt: skip


def records(path: Path) -> Iterator[Record]:
    """The records of a gzipped JSON lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def by_title(
    folder: Path, chance: random.Random, *, titles: int, questions: int, without: str = ""
) -> list[World]:
    """A few encyclopedia articles each: paragraphs of one title joined, a line each."""
    paragraphs: dict[str, list[str]] = defaultdict(list)
    for record in records(folder / "corpus.jsonl.gz"):
        paragraphs[record["title"].replace("_", " ")].append(record["text"])
    if without:
        left_out = records(folder.parent / without / "corpus.jsonl.gz")
        for title in {record["title"].replace("_", " ") for record in left_out}:
            paragraphs.pop(title, None)
    asked = _by_context(folder)
    names = sorted(paragraphs)
    chance.shuffle(names)
    return [
        _titled_world(folder.name, {n: paragraphs[n] for n in some}, asked, chance, questions)
        for some in _groups(names, titles)
    ]


def _titled_world(
    name: str,
    paragraphs: dict[str, list[str]],
    asked: dict[str, list[Record]],
    chance: random.Random,
    wanted: int,
) -> World:
    articles, questions = [], []
    for title, texts in paragraphs.items():
        start = 0
        for text in texts:
            questions += [_question(record, title, start) for record in asked.get(text, [])]
            start += len(text) + 1
        articles.append({"_id": title, "title": title, "text": "\n".join(texts)})
    chance.shuffle(questions)
    return World(name, tuple(articles), tuple(questions[:wanted]))


def by_paragraph(
    folder: Path, chance: random.Random, *, paragraphs: int, questions: int
) -> list[World]:
    """A few dozen short articles of one paragraph each."""
    asked = _by_context(folder)
    texts = sorted(asked)
    chance.shuffle(texts)
    worlds = []
    for some in _groups(texts, paragraphs):
        articles = [{"_id": f"a{n}", "title": "", "text": text} for n, text in enumerate(some)]
        found = [_question(r, f"a{n}", 0) for n, text in enumerate(some) for r in asked[text]]
        chance.shuffle(found)
        worlds.append(World(folder.name, tuple(articles), tuple(found[:questions])))
    return worlds


def by_sentence(folder: Path, chance: random.Random, *, paragraphs: int) -> list[World]:
    """Paragraphs with real search questions and the one sentence that answers each."""
    texts = {record["_id"]: record for record in records(folder / "corpus.jsonl.gz")}
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
        articles = tuple({key: texts[n][key] for key in ("_id", "title", "text")} for n in some)
        worlds.append(World(folder.name, articles, tuple(questions)))
    return worlds


def by_candidates(folder: Path, chance: random.Random, *, questions: int) -> list[World]:
    """Sections of an encyclopedia with crowd-written questions; gold is whole sentences."""
    sentences = {record["_id"]: record for record in records(folder / "corpus.jsonl.gz")}
    relevant: dict[str, set[str]] = defaultdict(set)
    for question, sentence in _relevant(folder):
        relevant[question].add(sentence)
    asked = list(records(folder / "queries.jsonl.gz"))
    chance.shuffle(asked)
    worlds = []
    for some in _groups(asked, questions):
        articles: dict[str, Record] = {}
        found = []
        for record in some:
            article, places = _section(record["candidates"], sentences, relevant[record["_id"]])
            articles[article["_id"]] = article
            found.append(Question(record["text"], places))
        worlds.append(World(folder.name, tuple(articles.values()), tuple(found)))
    return worlds


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
