"""Asking every question of a set: index and questions → `Run`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime

from quoth.answering import Answerer
from quoth.errors import UsageError
from quoth.evaluation import ranking, scoring
from quoth.evaluation.gold import Articles, Place, judged_name, overlap, relevant
from quoth.evaluation.outcomes import Given, GoldPlace, Outcome
from quoth.evaluation.records import Question, QuestionSet
from quoth.evaluation.runs import Run, described_index, described_platform
from quoth.evaluation.stages import failed_stage
from quoth.records import Progress, Quote

QUOTES = 3
"""Quotes that are asked for, as `quoth ask` does."""
RANKED = 100
"""Passages that are searched for to judge their ranking, whatever the reader is given of them."""


def evaluate(
    answerer: Answerer, questions: QuestionSet, *, progress: Progress | None = None
) -> Run:
    """Ask all questions and score what comes.

    Raises UsageError for a question whose gold names a source that the index has not.
    """
    articles = Articles(answerer.index)
    _require_sources(questions.questions, articles)
    started = time.time()
    outcomes = []
    for number, question in enumerate(questions.questions):
        if progress is not None:
            progress("asking", number, len(questions.questions))
        outcomes.append(_outcome(answerer, articles, question))
    if progress is not None:
        progress("asking", len(outcomes), len(outcomes))
    return Run(
        questions=questions.name,
        questions_sha256=questions.sha256,
        made=datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
        settings=described_index(answerer),
        platform=described_platform(),
        outcomes=tuple(_with_rankings(outcomes)),
    )


def _require_sources(questions: Sequence[Question], articles: Articles) -> None:
    for question in questions:
        for gold in question.gold:
            if gold.source and gold.source not in articles.sources:
                raise UsageError(
                    f"{question.place}: no article {gold.source!r} in the index: "
                    "`quoth list` shows what there is, `quoth eval --check` all that is missing"
                )


def _outcome(answerer: Answerer, articles: Articles, question: Question) -> Outcome:
    trace = answerer.trace(question.question, quotes=QUOTES, history=question.history)
    found = articles.places(question)
    places = [place for some in found for place in some]
    quotes = tuple(_given(quote, places) for quote in trace.answer.nearest)
    whole = any(place.whole for place in places)
    ranked = answerer.retriever.search(
        question.question, RANKED, mode=answerer.mode, history=question.history
    )
    named = dict.fromkeys(judged_name(hit.passage, whole=whole) for hit in ranked)
    is_found = scoring.quote_found(quotes, places, all_sources=question.all_sources_needed)
    return Outcome(
        id=question.id,
        question=question.question,
        kind=question.kind,
        answerable=question.answerable,
        answered=trace.answer.status == "answered",
        confidence=trace.answer.confidence,
        quotes=quotes,
        gold=tuple(_shown(articles, place) for place in places),
        missing=tuple(
            gold.quote or gold.source
            for gold, some in zip(question.gold, found, strict=True)
            if not some
        ),
        answers=question.answers,
        ranked=tuple(named),
        relevant=tuple(sorted(relevant(articles, places))),
        stage=failed_stage(
            answerable=question.answerable,
            answered=trace.answer.status == "answered",
            is_found=bool(is_found),
            places=places,
            articles=articles,
            hits=trace.hits,
            quotes=quotes,
        ),
        elapsed_ms=trace.answer.elapsed_ms,
        history=question.history,
        all_sources_needed=question.all_sources_needed,
        values=_values(articles, question, places, quotes),
    )


def _given(quote: Quote, places: Sequence[Place]) -> Given:
    is_gold = any(overlap(quote.source, quote.start, quote.end, place) for place in places)
    return Given(**{one.name: getattr(quote, one.name) for one in fields(quote)}, is_gold=is_gold)


def _shown(articles: Articles, place: Place) -> GoldPlace:
    text = "" if place.whole else articles.text(place.source)[place.start : place.end]
    return GoldPlace(place.source, place.start, place.end, text)


def _values(
    articles: Articles, question: Question, places: Sequence[Place], quotes: Sequence[Given]
) -> dict[str, float]:
    """The metrics of one question that need no ranking."""
    values: dict[str, float] = {}
    if quotes:
        stored = [articles.text(quote.source) for quote in quotes]
        slices = [text[q.start : q.end] for text, q in zip(stored, quotes, strict=True)]
        exact = [one == quote.text for one, quote in zip(slices, quotes, strict=True)]
        within = [quote.text in text for text, quote in zip(stored, quotes, strict=True)]
        values |= {"offsets": float(all(exact)), "verbatim": float(all(within))}
    if not question.answerable:
        return values
    if question.gold:
        for k in (1, QUOTES):
            values[f"quote@{k}"] = scoring.quote_found(
                quotes[:k], places, all_sources=question.all_sources_needed
            )
    if question.answers:
        for k in (1, QUOTES):
            texts = [quote.text for quote in quotes[:k]]
            values[f"answer_recall@{k}"] = scoring.answer_found(question.answers, texts)
        marked = _marked(quotes[0]) if quotes else ""
        values["exact_match"] = scoring.exact_match(marked, question.answers)
        values["f1"] = scoring.word_f1(marked, question.answers)
    if question.all_sources_needed and places:
        found, wanted = scoring.sources_found(quotes, places)
        values[f"all_sources@{QUOTES}"] = found / wanted
    return values


def _marked(quote: Quote) -> str:
    """The first of the words marked in it."""
    return next((quote.text[s - quote.start : e - quote.start] for s, e in quote.highlights), "")


def _with_rankings(outcomes: Sequence[Outcome]) -> list[Outcome]:
    judged = [one for one in outcomes if one.answerable and (one.relevant or one.missing)]
    found = ranking.rankings(
        {one.id: one.ranked for one in judged},
        {one.id: frozenset(one.relevant) for one in judged},
    )
    for one in outcomes:
        one.values.update(found.get(one.id, {}))
    return list(outcomes)
