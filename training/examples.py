"""Public question sets → questions with their texts, near misses, and the split they belong to.

Whatever shares an article's title is in one split, over all sets: `train` teaches the network,
`dev` fits what stands on top of it (fusion, confidence, threshold), `test` is for reporting.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from tqdm import tqdm

from quoth.embedding import load_embedder
from quoth.text import sentences

Split = Literal["train", "dev", "test"]
Range = tuple[int, int]
SHIFTS = ("squadshifts-new-wiki", "squadshifts-amazon", "squadshifts-reddit")
_NEAR = 24
"""Other texts that are kept for a question as near misses, nearest first."""


@dataclass(frozen=True)
class Text:
    """A text of a few sentences, `sentences` their (start, end)."""

    set: str
    title: str
    text: str
    sentences: tuple[Range, ...]


@dataclass
class Question:
    """`text`: the number of the text that it was asked of. `answers`: (start, end) in that; none
    where it is unanswerable. `exact`: the answers are words, not whole sentences."""

    set: str
    question: str
    text: int
    answers: tuple[Range, ...]
    exact: bool = True
    near: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Examples:
    texts: list[Text]
    questions: list[Question]


def split_of(set_name: str, title: str, text: str) -> Split:
    """By title; by the text itself where there is none. A twentieth of texts without title is dev.

    The titles of SQuAD 1.1 that 2.0 lacks are test; `squad-v1-dev` is given as set for these only.
    """
    if set_name == "squad-v1-dev":
        return "test"
    key = (title.split(" / ")[0] or text).replace("_", " ").casefold()
    place = int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) % 100
    if set_name in SHIFTS:
        return "dev" if place < 6 else "train"
    return "train" if place < 65 else "dev" if place < 80 else "test"


def home_of(name: str, title: str, text: str, titles_of_two: Collection[str]) -> Split:
    """The split of one of a set's texts, which may be of SQuAD 2.0's titles."""
    shared = name == "disfl-qa" or (name == "squad-v1-dev" and title in titles_of_two)
    return split_of("squad-v2-dev" if shared else name, title, text)


def titles_of(data: Path, name: str) -> dict[str, str]:
    """A set's texts with their titles, "" where the set knows only the site's name."""
    corpus = data / name / "corpus.jsonl.gz"
    found = {r["text"]: r["title"] for r in records(corpus)} if corpus.exists() else {}
    return dict.fromkeys(found, "") if len(set(found.values())) == 1 else found


def load(data: Path, split: Split, cache: Path) -> Examples:
    """All questions of a split, near misses included; kept in `cache`."""
    file = cache / f"examples-{split}.json.gz"
    if not file.exists():
        examples = read_split(data, split)
        _mine(examples)
        cache.mkdir(parents=True, exist_ok=True)
        with gzip.open(file, "wt", encoding="utf-8") as stream:
            json.dump(
                [[asdict(t) for t in examples.texts], [asdict(q) for q in examples.questions]],
                stream,
            )
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        texts, questions = json.load(stream)
    return Examples([Text(**each) for each in texts], [Question(**each) for each in questions])


def records(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a gzipped JSON lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def read_split(data: Path, split: Split) -> Examples:
    """All questions of a split, without near misses; sets that `data` lacks are left out."""
    texts: dict[tuple[str, str], int] = {}
    examples = Examples([], [])

    def add(set_name: str, title: str, text: str) -> int:
        key = (set_name, text)
        if key not in texts:
            texts[key] = len(examples.texts)
            found = tuple((s.start, s.end) for s in sentences(text))
            examples.texts.append(Text(set_name, title.replace("_", " "), text, found))
        return texts[key]

    of_two = titles_of(data, "squad-v2-dev")
    titles_of_two = set(of_two.values())
    spans = ("squad-v2-dev", "disfl-qa", "squad-v1-dev", *SHIFTS, "nq-qed-dev")
    there = [name for name in (*spans, "selqa") if (data / name).is_dir()]
    if not there:
        raise SystemExit(f"no question sets in '{data}': see training/README.md")
    for name in [name for name in spans if name in there]:
        title_of = titles_of(data, name)
        for record in records(data / name / "spans.jsonl.gz"):
            context = record["context"]
            title = title_of.get(context) or of_two.get(context, "")
            if home_of(name, title, context, titles_of_two) != split:
                continue
            is_shared = name == "squad-v1-dev" and title in titles_of_two
            as_set = "squad-v2-dev" if is_shared or name == "disfl-qa" else name
            answers = () if record["is_impossible"] else _places(record["answers"])
            number = add(as_set, title, context)
            label = f"{name}-shared" if is_shared else name
            examples.questions.append(Question(label, record["question"], number, answers))
    if "selqa" in there:
        _read_selqa(data / "selqa", split, add, examples)
    return Examples(examples.texts, _without_twins(examples.questions))


def _read_selqa(folder: Path, split: Split, add: Any, examples: Examples) -> None:
    known = {record["_id"]: record for record in records(folder / "corpus.jsonl.gz")}
    relevant: dict[str, set[str]] = defaultdict(set)
    with gzip.open(folder / "qrels.tsv.gz", "rt", encoding="utf-8") as lines:
        for line in list(lines)[1:]:
            question, sentence, _ = line.split("\t")
            relevant[question].add(sentence)
    for record in records(folder / "queries.jsonl.gz"):
        parts = [(name, known[name]["text"].strip()) for name in record["candidates"]]
        parts = [(name, text) for name, text in parts if text]
        title = known[record["candidates"][0]]["title"]
        if split_of("selqa", title, "") != split:
            continue
        text, places = "", []
        for name, words in parts:
            start = len(text) + bool(text)
            text = f"{text} {words}" if text else words
            if name in relevant[record["_id"]]:
                places.append((start, start + len(words)))
        number = add("selqa", title, text)
        question = Question("selqa", record["text"], number, tuple(places), exact=False)
        examples.questions.append(question)


def _places(answers: Sequence[dict[str, Any]]) -> tuple[Range, ...]:
    return tuple(
        dict.fromkeys((a["answer_start"], a["answer_start"] + len(a["text"])) for a in answers)
    )


def _without_twins(questions: list[Question]) -> list[Question]:
    """SQuAD 1.1 and 2.0 ask many of the same questions of the same texts."""
    return list({(q.question, q.text): q for q in questions}.values())


def _mine(examples: Examples) -> None:
    """Near misses: other texts of the same set by meaning and words that do not hold the answer."""
    embedder = load_embedder()
    for name in tqdm(sorted({text.set for text in examples.texts}), desc="near misses"):
        numbers = [n for n, text in enumerate(examples.texts) if text.set == name]
        texts = [examples.texts[n] for n in numbers]
        asked = [q for q in examples.questions if examples.texts[q.text].set == name]
        plain = [f"{t.title}. {t.text}" for t in texts]
        vectors = embedder.embed_passages(plain)
        words = TfidfVectorizer(sublinear_tf=True, stop_words="english")
        rows = words.fit_transform(plain)
        for start in tqdm(range(0, len(asked), 512), desc=name, leave=False):
            some = asked[start : start + 512]
            questions = [q.question for q in some]
            near = 0.6 * embedder.embed_passages(questions) @ vectors.T
            near = near + 0.4 * (words.transform(questions) @ rows.T).toarray()
            for question, order in zip(some, np.argsort(-near, axis=1), strict=True):
                question.near = _misses(question, [numbers[n] for n in order[:60]], examples.texts)


def _misses(question: Question, order: Sequence[int], texts: Sequence[Text]) -> list[int]:
    own = texts[question.text].text
    answers = [_normal(own[start:end]) for start, end in question.answers if question.exact]
    kept = []
    for number in order:
        if number != question.text and own[:80] != texts[number].text[:80]:
            words = f" {_normal(texts[number].text)} "
            if not any(f" {answer} " in words for answer in answers):
                kept.append(number)
    return kept[:_NEAR]


def _normal(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
