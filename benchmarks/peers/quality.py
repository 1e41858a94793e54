"""What was shown → how good it is, by quoth's own rules of gold, for every system alike.

hit@k: a passage that holds a gold quote whole is among the first k; where none of the system's
passages holds it whole, one that holds some of it (the rule of `quoth eval`). quote@k: one of the
first k texts shown, whole passages of a system that gives no quotes, overlaps a gold quote.
within N: who reads what is shown from its beginning has read up to the end of a gold quote after
no more than N characters, so that long passages do not win by being long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from math import inf
from types import SimpleNamespace
from typing import Any, NamedTuple

from quoth.evaluation import Question
from quoth.evaluation.gold import Articles, Place, judged_name, overlap, relevant
from quoth.evaluation.scoring import quote_found

HITS = (1, 5, 10)
QUOTES = (1, 3)
CHARACTERS = (500, 1000, 2000)
Record = Mapping[str, Any]


class Shown(NamedTuple):
    """A slice of an article, or (source, 0, 0) of a text that stands nowhere in it.

    length: characters of the text as it was shown.
    """

    source: str
    start: int
    end: int
    length: int


class KnownArticles(Articles):
    """Articles by their texts, and passages that another system has cut of them."""

    def __init__(self, texts: Mapping[str, str], passages: Iterable[Shown]) -> None:
        self._cut: dict[str, list[Shown]] = {}
        for one in passages:
            self._cut.setdefault(one.source, []).append(one)
        articles = {source: SimpleNamespace(text=text) for source, text in texts.items()}
        index: Any = SimpleNamespace(sources=lambda: list(texts), article=articles.__getitem__)
        super().__init__(index)

    def _passages(self, source: str) -> Any:
        return tuple(self._cut.get(source, ()))


def located(texts: Mapping[str, str], record: Record) -> Shown:
    """Where a text stands: at its start if it says so, else first; blanks may differ."""
    source, text = record["source"], record["text"]
    article, length = texts[source], len(text)
    if record["start"] is not None and article.startswith(text, record["start"]):
        return Shown(source, record["start"], record["start"] + length, length)
    start = article.find(text.strip()) if text.strip() else -1
    if start >= 0:
        return Shown(source, start, start + len(text.strip()), length)
    found = re.search(r"\s+".join(map(re.escape, text.split())), article) if text.split() else None
    return Shown(source, *(found.span() if found else (0, 0)), length)


def judged(questions: Sequence[Question]) -> list[int]:
    """The places of the questions that have gold."""
    return [place for place, one in enumerate(questions) if one.answerable and one.gold]


def scores(
    articles: KnownArticles, question: Question, shown: Sequence[Shown], *, quotes: bool
) -> dict[str, float]:
    """Metric → value of one question with gold; no hit@k of quotes."""
    places = [place for some in articles.places(question) for place in some]
    wanted = relevant(articles, places)
    names = [judged_name(one, whole=False) for one in shown]  # type: ignore[arg-type]
    hits = {} if quotes else {f"hit@{k}": float(bool(wanted & set(names[:k]))) for k in HITS}
    both = question.all_sources_needed
    found = {f"quote@{k}": quote_found(shown[:k], places, all_sources=both) for k in QUOTES}  # type: ignore[arg-type]
    read = read_until(shown, places)
    return hits | found | {f"within {most}": float(read <= most) for most in CHARACTERS}


def read_until(shown: Sequence[Shown], places: Sequence[Place]) -> float:
    """Characters from the beginning of what is shown to the end of gold in it; inf without."""
    before = 0
    for one in shown:
        ends = [
            min(one.end, place.end) - one.start
            for place in places
            if overlap(one.source, one.start, one.end, place)
        ]
        if ends:
            return before + min(ends)
        before += one.length
    return inf
