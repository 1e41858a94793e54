"""Questions to start from: those of a question set, or made from the articles' headings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from quoth.index import Index
from quoth.records import Article
from quoth.text import one_line

SHOWN = 5
"""As many questions as one sees at a glance."""
_LONGEST = 80  # characters of a heading that still reads as part of a question
_KINDS = ("fact", "why", "how")


def examples(articles: Iterable[Article], *, number: int = SHOWN) -> tuple[str, ...]:
    """Up to `number` questions about the articles, taken in turn from each one's headings.

    A heading that is a question already stays as it is; an article without headings gives its
    title. The same articles give the same questions.
    """
    queues = [_asked(article) for article in articles]
    found: dict[str, None] = {}
    for turn in range(max(map(len, queues), default=0)):
        found.update(dict.fromkeys(queue[turn] for queue in queues if turn < len(queue)))
    return tuple(found)[:number]


def read_examples(path: Path, *, number: int = SHOWN) -> tuple[str, ...]:
    """Questions of a question set (JSON lines) that show what can be asked.

    Taken from those for development: facts, reasons and ways in turn, and one, last, that the
    articles do not answer. () if there is no such file, or it is no question set.
    """
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        rows = [row for row in rows if row.get("split") == "dev" and not row.get("history")]
        answered = [_of_kind(rows, kind) for kind in _KINDS]
        unanswered = [str(row["question"]) for row in rows if not row["answerable"]]
    except (OSError, ValueError, KeyError, AttributeError):
        return ()
    turns = [question for some in zip(*answered, strict=False) for question in some]
    return (*turns[: number - 1], *unanswered[:1])


def examples_of(index: Index, *, number: int = SHOWN) -> tuple[str, ...]:
    """The questions of a `questions.jsonl` beside the articles, else those of `examples`."""
    articles = [index.article(info.source) for info in index.articles(number)]
    folders = dict.fromkeys(Path(article.path).parent for article in articles if article.path)
    sets = (read_examples(folder / "questions.jsonl", number=number) for folder in folders)
    return next(filter(None, sets), ()) or examples(articles, number=number)


def _asked(article: Article) -> list[str]:
    headings = [article.text[b.start : b.end] for b in article.blocks if b.kind == "heading"]
    plain = [one_line(heading.strip("# \t\n")) for heading in headings]
    usable = [text for text in plain if 0 < len(text) <= _LONGEST and text != article.title]
    return [_question(text) for text in usable or [one_line(article.title, _LONGEST)]]


def _question(heading: str) -> str:
    if heading.endswith("?"):
        return heading
    return f"What do the articles say about “{heading.rstrip('.:')}”?"


def _of_kind(rows: Sequence[dict[str, object]], kind: str) -> list[str]:
    return [str(row["question"]) for row in rows if row["answerable"] and row.get("kind") == kind]
