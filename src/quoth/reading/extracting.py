"""Quotes from any text, without an index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from quoth.errors import UsageError
from quoth.passages import cut
from quoth.records import Article, Embedder, Evidence, Hit, Passage, Reading, Span
from quoth.text import encodable, words


@dataclass(frozen=True, slots=True)
class ScoredSpan:
    """A sentence that answers, `text[start:end]`. score: 0 to 1, the probability that it does."""

    start: int
    end: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Extract:
    """What a text says to a question. relevance: 0 to 1; spans in order of place."""

    relevance: float
    spans: tuple[ScoredSpan, ...]

    def _repr_html_(self) -> str:
        """What a notebook shows of it."""
        from quoth.notebook import extract_html

        return extract_html(self)


def passages_of(text: str, embedder: Embedder) -> list[Passage]:
    """The passages of a text that belongs to no index."""
    article = Article("", "", text, "")
    return cut(article, count_tokens=embedder.count_tokens, limit=embedder.max_tokens)


def as_hits(passages: Sequence[Passage]) -> list[Hit]:
    """Passages that nobody searched for, as hits of equal score."""
    return [Hit.of(one, rank=n, score=1.0) for n, one in enumerate(passages, 1)]


def extract(
    question: str,
    text: str,
    embedder: Embedder,
    nearest: Callable[[str, Sequence[Passage]], Sequence[Passage]],
    read: Callable[[str, Sequence[Hit]], Sequence[Reading]],
    margin: float,
) -> Extract:
    """The sentences of a text that answer: the best, and those that score at most `margin` less.

    nearest: which of many passages are worth reading, in order of place.
    Raises UsageError for an empty question, or half of a surrogate pair in the text.
    """
    _require_readable(question, text)
    hits = as_hits(nearest(encodable(question), passages_of(text, embedder)))
    found: dict[Span, Evidence] = {}
    for one in [one for reading in read(encodable(question), hits) for one in reading.evidence]:
        if words(text[slice(*one.sentence)]):
            found[one.sentence] = max(one, found.get(one.sentence, one), key=_score)
    best = max(map(_score, found.values()), default=0.0)
    return Extract(
        max((one.confidence for one in found.values()), default=0.0),
        tuple(
            ScoredSpan(*span, text[span.start : span.end], one.confidence)
            for span, one in sorted(found.items())
            if one.score >= best - margin
        ),
    )


def _score(evidence: Evidence) -> float:
    return evidence.score


def _require_readable(question: str, text: str) -> None:
    if not question.strip():
        raise UsageError("the question is empty: ask something")
    half = next((n for n, one in enumerate(text) if "\ud800" <= one <= "\udfff"), None)
    if half is not None:
        raise UsageError(
            f"the text holds half of a surrogate pair, U+{ord(text[half]):04X}, "
            f"at place {half}: remove it"
        )
