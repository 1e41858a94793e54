"""Scored sentences → candidate quotes: which stand together, and which words are marked; pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np

from quoth.asked import answering_words
from quoth.matmul import matmul
from quoth.records import Evidence, Floats, Passage, Reading, Span
from quoth.weights import Fitted, Logistic

MAX_QUOTE = 500
"""Characters; only a single longer sentence may exceed it."""
_MOST_SENTENCES = 3
_MOST_EVIDENCE = 3
# Log-odds taken from what should not win over prose. A hit that is boilerplate has lost already.
_HEADING = 4.0
_BOILERPLATE = 1.0
_NEAR = 2.0  # log-odds below a sentence within which the next one may go on with it
_LEANING = re.compile(
    r"(?:this|that|these|those|it|they|he|she|its|it[’']s|they[’']re|that[’']s|their|his|her|such|"
    r"both|neither|either)\b",
    re.IGNORECASE,
)


def log_odds(model: Logistic, features: Floats) -> Floats:
    """features (n, f) → (n,) float32."""
    weights = np.array(model.weights, np.float32)
    return np.asarray(matmul(features, weights) + model.bias, np.float32)


def probability(value: float) -> float:
    """Log-odds → probability."""
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, value))))


def fitted_reading(
    fitted: Fitted,
    question: str,
    passage: Passage,
    features: Floats,
    marks: Mapping[int, Span] | None = None,
) -> Reading:
    """features (sentences, f) as `fitted` takes them; marks as `reading` does."""
    scores, odds = log_odds(fitted.sentence, features), log_odds(fitted.confidence, features)
    return reading(question, passage, scores, odds, marks)


def reading(
    question: str,
    passage: Passage,
    scores: Floats,
    odds: Floats,
    marks: Mapping[int, Span] | None = None,
) -> Reading:
    """What a passage says: its best sentences, each with the neighbours that it needs.

    scores (sentences,): how well each answers. odds (sentences,): log-odds that it does.
    marks: sentence → the answering words in it, article offsets; without one, words that are of
    the kind asked for are marked, or else the sentence.
    """
    penalty = np.where(np.arange(len(scores)) < passage.headings, _HEADING, 0.0)
    penalty += _BOILERPLATE * passage.boilerplate
    scores, odds = scores - penalty, odds - penalty
    best = np.argsort(-scores, kind="stable")[:_MOST_EVIDENCE].tolist()
    evidence = tuple(
        Evidence(
            *_extended(passage, number, scores),
            score=float(scores[number]),
            confidence=probability(float(odds[number])),
            sentence=passage.sentences[number],
            highlights=_highlights(question, passage, number, marks or {}),
        )
        for number in best
    )
    return Reading(max((one.confidence for one in evidence), default=0.0), evidence)


def sentence_texts(passage: Passage) -> list[str]:
    return [passage.text[_inside(passage, sentence)] for sentence in passage.sentences]


def _highlights(
    question: str, passage: Passage, number: int, marks: Mapping[int, Span]
) -> tuple[Span, ...]:
    if number in marks:
        return (marks[number],)
    sentence = passage.sentences[number]
    words = answering_words(question, passage.text[_inside(passage, sentence)])
    found = tuple(Span(sentence.start + s, sentence.start + e) for s, e in words)
    return found or (sentence,)


def _extended(passage: Passage, number: int, scores: Floats) -> tuple[int, int]:
    """Start and end of the quote around a sentence.

    A sentence that leans on the one before it ("This …", "They …") takes that one along. One that
    asks takes the next along, and so does one whose next leans on it and reads almost as well:
    inside its paragraph, and while the quote stays short.
    """
    first = last = number
    texts = sentence_texts(passage)
    while _LEANING.match(texts[first]) and _may_join(passage, first - 1, last):
        first -= 1
    if _may_join(passage, first, number + 1):
        goes_on = _LEANING.match(texts[number + 1]) and scores[number + 1] > scores[number] - _NEAR
        last += bool(goes_on or texts[number].endswith("?"))
    return passage.sentences[first].start, passage.sentences[last].end


def _may_join(passage: Passage, first: int, last: int) -> bool:
    """Whether the sentences first..last may stand together as one quote."""
    if not passage.headings <= first <= last < len(passage.sentences):
        return False
    start, end = passage.sentences[first].start, passage.sentences[last].end
    text = passage.text[start - passage.start : end - passage.start]
    short = last - first < _MOST_SENTENCES and len(text) <= MAX_QUOTE
    return short and "\n" not in text and "\r" not in text


def _inside(passage: Passage, span: Span) -> slice:
    return slice(span.start - passage.start, span.end - passage.start)
