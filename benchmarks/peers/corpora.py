"""What the systems are compared on: articles as JSON lines, and questions.

The articles are read once, by quoth's loaders, so that the reading of files is not compared.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from quoth.articles import make_article, read_articles
from quoth.evaluation import Question, read_questions
from quoth.passages import cut
from quoth.records import Article, Embedder
from quoth.text import one_line, sentences

ROOT = Path(__file__).parent.parent.parent
for folder in ("benchmarks", "training"):
    sys.path.append(str(ROOT / folder))

QUESTIONS = 200
"""Of a text whose questions are its own."""
_QUESTION = re.compile(r"(?:Who|What|When|Where|Which|Why|How|Is|Are|Can|Do) [^.?!]{15,120}\?")
_SHORT = (40, 120)
_BEGINNING = 5_000  # characters of an article that sentences are taken from


@dataclass(frozen=True, slots=True)
class Corpus:
    """articles: a file of {"_id", "title", "text"} a line. judged: whether its questions have gold.

    asked: rounds of questions; indexed: rounds of indexing; every: peers between two of quoth's.
    """

    name: str
    title: str
    articles: Path
    questions: tuple[Question, ...]
    judged: bool = True
    asked: int = 2
    indexed: int = 1
    every: int = 4

    def texts(self) -> dict[str, str]:
        """Source → text."""
        return {one["_id"]: one["text"] for one in read_lines(self.articles)}


def read_lines(file: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def seeds(folder: Path) -> Corpus:
    """This project's three articles and their questions."""
    found = read_articles([ROOT / "seeds"]).articles
    questions = read_questions(ROOT / "seeds" / "questions.jsonl").questions
    articles = _written(folder / "articles.jsonl", map(_record, found))
    title = "This project's articles and questions"
    return Corpus("seeds", title, articles, questions, asked=3, indexed=2, every=2)


def public(name: str, title: str, data: Path, folder: Path) -> Corpus:
    """A public set as benchmarks/public_sets.py makes it, `name` one of its functions."""
    import public_sets

    world = getattr(public_sets, name)(data)
    lines = public_sets.question_records(world, answers=name == "squad")
    questions = read_questions(_written(folder / "questions.jsonl", lines)).questions
    return Corpus(name, title, _written(folder / "articles.jsonl", world.articles), questions)


def debian(text: Path, size: int, folder: Path, embedder: Embedder) -> Corpus:
    """So many passages, as quoth cuts them, of the documents that peers/debian.py has gathered.

    It is asked with questions and sentences that stand in it; they have no gold. Raises ValueError
    for too little text.
    """
    chosen = list(_until(size, _documents(text), embedder))
    articles = _written(folder / "articles.jsonl", map(_record, chosen))
    questions = tuple(
        Question(str(number), one, answerable=False)
        for number, one in enumerate(islice(_asked(chosen), QUESTIONS))
    )
    title = f"Documentation of Debian, about {size:,} of quoth's passages"
    return Corpus("debian", title, articles, questions, judged=False)


def _asked(articles: Sequence[Article]) -> Iterator[str]:
    """The questions that stand in the articles, then short sentences of them, each once."""
    texts = [one_line(one.text) for one in articles]
    questions = [found.group() for text in texts for found in _QUESTION.finditer(text)]
    short = [
        text[start:end]
        for text in texts
        for start, end in sentences(text[:_BEGINNING])
        if _SHORT[0] <= end - start <= _SHORT[1]
    ]
    yield from dict.fromkeys(questions + short)


def _until(size: int, articles: Iterable[Article], embedder: Embedder) -> Iterator[Article]:
    passages = 0
    for article in articles:
        passages += len(cut(article, count_tokens=embedder.count_tokens))
        yield article
        if passages >= size:
            return
    raise ValueError(f"{passages:,} passages are all there are: ask for no more, not {size:,}")


def _documents(text: Path) -> Iterator[Article]:
    """In an order that mixes the packages."""
    files = [path.relative_to(text) for path in text.rglob("*.txt")]
    for path in sorted(files, key=lambda one: hashlib.sha256(one.as_posix().encode()).digest()):
        title, _, body = (text / path).read_text("utf-8").partition("\n")
        yield make_article(body.strip(), path.as_posix(), title, ())


def _record(article: Article) -> dict[str, str]:
    return {"_id": article.source, "title": article.title, "text": article.text}


def _written(file: Path, records: Iterable[dict[str, object]]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in records)
    return file


PUBLIC = {
    "squad": "SQuAD 1.1, the thirteen titles that 2.0 lacks, a quarter of the paragraphs left out",
    "selqa": "SelQA, sections of its test split, a quarter of them left out",
}
