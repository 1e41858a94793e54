"""`EmbeddingReader`: (question, passage) → which sentences answer, and how surely.

Each sentence is described by a few numbers (`FEATURES`), all known before the question is asked
but for one encoding of the question itself, so that reading costs no pass through a model. A
logistic regression over them, fitted on public question sets (`training/`), scores the sentence;
a second one says how probable it is that a sentence so scored answers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quoth.asked import answering_words, holds
from quoth.passages import cut, embedded_texts
from quoth.records import Article, Embedder, Evidence, Floats, Hit, Passage, Reading, Span
from quoth.terms import terms
from quoth.weights import CONFIDENCE, SENTENCE, Logistic

FEATURES = ("sentence_cosine", "passage_cosine", "hit_score", "word_share", "kind", "asks")
"""What is known of a sentence:

sentence_cosine: between the question and the sentence under its title and section.
passage_cosine: between the question and the passage.
hit_score: the passage's score as a hit.
word_share: the share of the question's words that the sentence holds, by inverse passage frequency.
kind: 1 if it shows a sign of what is asked for, such as a number (asked.py).
asks: 1 if it is itself a question.
"""
MAX_QUOTE = 500
"""Characters; only a single longer sentence may exceed it."""
_MOST_SENTENCES = 3
_DEMOTED = 4.0  # log-odds taken from headings and boilerplate: they never win over prose
_AS_GOOD = 0.7  # log-odds below the best within which a sentence is extracted with it
_LEANING = re.compile(
    r"(?:this|that|these|those|it|they|he|she|its|it[’']s|they[’']re|that[’']s|their|his|her|such|"
    r"both|neither|either)\b",
    re.IGNORECASE,
)

PassageVectors = Callable[[Sequence[int]], Mapping[int, Floats]]
"""Passage ids → for each (1 + sentences, dimension): its own vector, then its sentences'."""


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


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, its vector (dimension,), and the weight of each of its words, which sum to 1."""

    text: str
    vector: Floats
    weights: Mapping[str, float]


class EmbeddingReader:
    """Reads with the embedding model's vectors alone. Safe to use from several threads."""

    def __init__(
        self,
        embedder: Embedder,
        *,
        passage_vectors: PassageVectors | None = None,
        passages_with: Callable[[str], int] | None = None,
        passages: int = 0,
    ) -> None:
        """passage_vectors: where the vectors are kept; without it they are made on the spot.

        passages_with: stem → in how many of the `passages` passages it occurs; without it all
        words weigh the same.
        """
        self._embedder = embedder
        self._passage_vectors = passage_vectors
        self._passages_with = passages_with or (lambda stem: 0)
        self._passages = passages

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        """One reading for each hit, in their order."""
        asked = self._asked(question)
        described = self.features(question, hits)
        return [
            _reading(asked.text, hit.passage, some)
            for hit, some in zip(hits, described, strict=True)
        ]

    def features(self, question: str, hits: Sequence[Hit]) -> list[Floats]:
        """For each hit, its sentences' `FEATURES`: (sentences, 6) float32."""
        asked = self._asked(question)
        vectors = self._vectors([hit.passage for hit in hits])
        return [_features(asked, hit, some) for hit, some in zip(hits, vectors, strict=True)]

    def extract(self, question: str, text: str) -> Extract:
        """The sentences of any text that answer the question: the best, and those as good.

        A text without words gives no spans. Offsets are code points of `text`.
        """
        passages = cut(
            Article("", "", text, ""),
            count_tokens=self._embedder.count_tokens,
            limit=self._embedder.max_tokens,
        )
        hits = [Hit.of(one, rank=n, score=1.0) for n, one in enumerate(passages, 1)]
        readings = self.read(question, hits)
        found = {one.sentence: one for reading in readings for one in reading.evidence}
        best = max((one.score for one in found.values()), default=0.0)
        return Extract(
            max((one.confidence for one in found.values()), default=0.0),
            tuple(
                ScoredSpan(*span, text[span.start : span.end], one.confidence)
                for span, one in sorted(found.items())
                if one.score >= best - _AS_GOOD
            ),
        )

    def _asked(self, question: str) -> _Asked:
        vector = self._embedder.embed_questions([question])[0]
        found = {stem: self._weight(stem) for stem in terms(question)}
        total = sum(found.values()) or 1.0
        return _Asked(question, vector, {stem: weight / total for stem, weight in found.items()})

    def _weight(self, stem: str) -> float:
        """Inverse passage frequency as in BM25 (Robertson and Zaragoza 2009)."""
        count = self._passages_with(stem)
        return math.log(1 + (self._passages - count + 0.5) / (count + 0.5))

    def _vectors(self, passages: Sequence[Passage]) -> list[Floats]:
        if self._passage_vectors is not None:
            found = self._passage_vectors([passage.id for passage in passages])
            return [found[passage.id] for passage in passages]
        texts = [embedded_texts(passage) for passage in passages]
        vectors = self._embedder.embed_passages([text for some in texts for text in some])
        ends = np.cumsum([len(some) for some in texts])
        return np.split(vectors, ends[:-1])


def log_odds(model: Logistic, features: Floats) -> Floats:
    """features (n, f) → (n,) float32."""
    return np.asarray(features @ np.array(model.weights, np.float32) + model.bias, np.float32)


def probability(value: float) -> float:
    """Log-odds → probability."""
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, value))))


def _features(asked: _Asked, hit: Hit, vectors: Floats) -> Floats:
    passage = hit.passage
    cosines = vectors @ asked.vector
    return np.array(
        [
            (
                cosine,
                cosines[0],
                hit.score,
                _word_share(asked.weights, text),
                holds(asked.text, text),
                text.endswith("?"),
            )
            for cosine, text in zip(cosines[1:], _texts(passage), strict=True)
        ],
        np.float32,
    ).reshape(-1, len(FEATURES))


def _word_share(weights: Mapping[str, float], sentence: str) -> float:
    return sum(weights.get(stem, 0.0) for stem in set(terms(sentence)))


def _reading(question: str, passage: Passage, features: Floats) -> Reading:
    scores = log_odds(SENTENCE, features)
    sure = log_odds(CONFIDENCE, np.column_stack([scores, features[:, 0]]))
    demoted = np.arange(len(scores)) < passage.headings
    penalty = _DEMOTED * (demoted | passage.boilerplate)
    evidence = [
        _evidence(question, passage, number, float(score), probability(float(odds)))
        for number, (score, odds) in enumerate(zip(scores - penalty, sure - penalty, strict=True))
    ]
    ordered = sorted(evidence, key=lambda one: (-one.score, one.start))
    return Reading(max((one.confidence for one in evidence), default=0.0), tuple(ordered))


def _evidence(
    question: str, passage: Passage, number: int, score: float, confidence: float
) -> Evidence:
    first, last = _extended(passage, number)
    sentence = passage.sentences[number]
    words = answering_words(question, passage.text[_inside(passage, sentence)])
    marks = [Span(sentence.start + s, sentence.start + e) for s, e in words] or [sentence]
    start, end = passage.sentences[first].start, passage.sentences[last].end
    return Evidence(start, end, score, confidence, sentence, tuple(marks))


def _extended(passage: Passage, number: int) -> tuple[int, int]:
    """First and last sentence of the quote around a sentence.

    A sentence that leans on the one before it ("This …", "They …") takes that one along, and a
    question the one after it, inside its paragraph and while the quote stays short.
    """
    first = last = number
    texts = _texts(passage)
    while _LEANING.match(texts[first]) and _may_join(passage, first - 1, last):
        first -= 1
    if texts[number].endswith("?") and _may_join(passage, first, number + 1):
        last = number + 1
    return first, last


def _may_join(passage: Passage, first: int, last: int) -> bool:
    """Whether the sentences first..last may stand together as one quote."""
    if not passage.headings <= first <= last < len(passage.sentences):
        return False
    start, end = passage.sentences[first].start, passage.sentences[last].end
    text = passage.text[start - passage.start : end - passage.start]
    short = last - first < _MOST_SENTENCES and len(text) <= MAX_QUOTE
    return short and "\n" not in text and "\r" not in text


def _texts(passage: Passage) -> list[str]:
    return [passage.text[_inside(passage, sentence)] for sentence in passage.sentences]


def _inside(passage: Passage, span: Span) -> slice:
    return slice(span.start - passage.start, span.end - passage.start)
