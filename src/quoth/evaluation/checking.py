"""What is wrong with a question set, before it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from rapidfuzz.utils import default_process

from quoth.evaluation.gold import Articles
from quoth.evaluation.records import Question
from quoth.index import Index
from quoth.text import one_line, sentences

_NEAR = 60.0  # of 100: the least likeness of a sentence that is suggested


@dataclass(frozen=True, slots=True)
class Fault:
    """place: `file:line`. suggestion: the nearest sentence of the articles, or ""."""

    place: str
    fault: str
    suggestion: str = ""

    def __str__(self) -> str:
        line = f"{self.place}: {self.fault}"
        return f"{line}\n    nearest: {self.suggestion}" if self.suggestion else line


def check(
    index: Index, questions: Sequence[Question], others: Sequence[Question] = ()
) -> list[Fault]:
    """Gold that stands in no article, duplicates, questions without gold, and leaks.

    others: another set, such as the one that something was tuned on; a question that is in both
    leaks.
    """
    articles = Articles(index)
    return [
        *(fault for one in questions for fault in _missing(articles, one)),
        *(
            Fault(one.place, "it is answerable, yet has neither gold nor answers")
            for one in questions
            if one.answerable and not one.gold and not one.answers
        ),
        *_same(questions, questions, "asks the same as"),
        *_same(questions, others, "leaks: it asks the same as"),
    ]


def _missing(articles: Articles, question: Question) -> list[Fault]:
    faults = []
    for gold, found in zip(question.gold, articles.places(question), strict=True):
        if found:
            continue
        if gold.source and gold.source not in articles.sources:
            near = process.extractOne(gold.source, sorted(articles.sources), scorer=fuzz.ratio)
            hint = f": did you mean {near[0]!r}?" if near and near[1] >= _NEAR else ""
            faults.append(Fault(question.place, f"no article {gold.source!r}{hint}"))
            continue
        words = one_line(gold.quote, 80)
        where = f"{gold.source!r}" if gold.source else "any article"
        nearest = _nearest(articles, gold.source, gold.quote)
        faults.append(Fault(question.place, f"gold does not stand in {where}: {words!r}", nearest))
    return faults


def _nearest(articles: Articles, source: str, quote: str) -> str:
    """The sentence most like the quote, with its place."""
    best = (0.0, "")
    for name in [source] if source else sorted(articles.sources):
        text = articles.text(name)
        spans = sentences(text)
        found = process.extractOne(
            quote, [text[s:e] for s, e in spans], scorer=fuzz.ratio, processor=default_process
        )
        if found is not None and found[1] > max(best[0], _NEAR):
            start, end = spans[found[2]]
            best = (found[1], f"{name}:{start}-{end} {one_line(text[start:end], 300)}")
    return best[1]


def _same(some: Sequence[Question], others: Sequence[Question], says: str) -> list[Fault]:
    """Questions with the same words, but for case and punctuation; each pair once."""
    seen: dict[tuple[str, ...], Question] = {}
    for one in others:
        seen.setdefault(_key(one), one)
    return [
        Fault(one.place, f"{says} {first.place}")
        for one in some
        if (first := seen.get(_key(one))) is not None and first is not one
    ]


def _key(question: Question) -> tuple[str, ...]:
    texts = (question.question, *question.history)
    return tuple(" ".join(default_process(text).split()) for text in texts)
