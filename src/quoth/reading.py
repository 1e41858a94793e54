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
from quoth.errors import UsageError
from quoth.passages import cut, embedded_texts, embedding_text
from quoth.records import Article, Embedder, Evidence, Floats, Hit, Passage, Reading, Span
from quoth.terms import terms
from quoth.text import words
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
_MOST_EVIDENCE = 3
_MOST_READ = 20  # passages of one text whose sentences are read
_MOST_COMPARED = 80  # passages of one text that are compared by meaning: some seconds
# Log-odds taken from what should not win over prose. A hit that is boilerplate has lost already.
_HEADING = 4.0
_BOILERPLATE = 1.0
_AS_GOOD = 0.7  # log-odds below the best within which a sentence is extracted with it
_NEAR = 2.0  # log-odds below a sentence within which the next one may go on with it
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
        described = self.features(question, hits)
        return [
            _reading(question, hit.passage, some) for hit, some in zip(hits, described, strict=True)
        ]

    def features(self, question: str, hits: Sequence[Hit]) -> list[Floats]:
        """For each hit, its sentences' `FEATURES`: (sentences, 6) float32."""
        asked = self._asked(question)
        vectors = self._vectors([hit.passage for hit in hits])
        return [_features(asked, hit, some) for hit, some in zip(hits, vectors, strict=True)]

    def extract(self, question: str, text: str) -> Extract:
        """The sentences of any text that answer the question: the best, and those as good.

        A text without words gives no spans. Offsets are code points of `text`. Of a text of more
        than 20 passages (some 13,000 characters), only the 20 nearest to the question are read.
        Raises UsageError for an empty question, or half of a surrogate pair in the text.
        """
        _require_readable(question, text)
        passages = self._nearest(question, self._cut(text))
        hits = [Hit.of(one, rank=n, score=1.0) for n, one in enumerate(passages, 1)]
        found: dict[Span, Evidence] = {}
        asked, vectors = self._asked(question), self._embedded(passages)
        readings = [
            _reading(question, hit.passage, _features(asked, hit, some))
            for hit, some in zip(hits, vectors, strict=True)
        ]
        for one in [one for reading in readings for one in reading.evidence]:
            if words(text[slice(*one.sentence)]):
                found[one.sentence] = max(one, found.get(one.sentence, one), key=_score)
        best = max(map(_score, found.values()), default=0.0)
        return Extract(
            max((one.confidence for one in found.values()), default=0.0),
            tuple(
                ScoredSpan(*span, text[span.start : span.end], one.confidence)
                for span, one in sorted(found.items())
                if one.score >= best - _AS_GOOD
            ),
        )

    def _cut(self, text: str) -> list[Passage]:
        limit = self._embedder.max_tokens
        article = Article("", "", text, "")
        return cut(article, count_tokens=self._embedder.count_tokens, limit=limit)

    def _nearest(self, question: str, passages: Sequence[Passage]) -> Sequence[Passage]:
        """The passages of a long text that are worth reading, in order of place.

        By meaning and words together, among those that share most words with the question:
        a vector for each passage of a book would take minutes.
        """
        if len(passages) <= _MOST_READ:
            return passages
        asked, limit = self._asked(question), self._embedder.max_tokens
        shares = np.array([_word_share(asked.weights, one.text) for one in passages])
        some = np.argsort(-shares, kind="stable")[:_MOST_COMPARED]
        texts = [embedding_text(passages[n], limit=limit) for n in some]
        near = 0.6 * (self._embedder.embed_passages(texts) @ asked.vector) + 0.4 * shares[some]
        return [passages[n] for n in sorted(some[np.argsort(-near, kind="stable")[:_MOST_READ]])]

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
        return self._embedded(passages)

    def _embedded(self, passages: Sequence[Passage]) -> list[Floats]:
        if not passages:
            return []
        limit = self._embedder.max_tokens
        texts = [embedded_texts(passage, limit=limit) for passage in passages]
        vectors = self._embedder.embed_passages([text for some in texts for text in some])
        ends = np.cumsum([len(some) for some in texts])
        return np.split(vectors, ends[:-1])


def _require_readable(question: str, text: str) -> None:
    if not question.strip():
        raise UsageError("the question is empty: ask something")
    half = next((n for n, one in enumerate(text) if "\ud800" <= one <= "\udfff"), None)
    if half is not None:
        raise UsageError(
            f"the text holds half of a surrogate pair, U+{ord(text[half]):04X}, "
            f"at place {half}: remove it"
        )


def _score(evidence: Evidence) -> float:
    return evidence.score


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
    sure = log_odds(CONFIDENCE, features)
    penalty = np.where(np.arange(len(scores)) < passage.headings, _HEADING, 0.0)
    penalty += _BOILERPLATE * passage.boilerplate
    scores, sure = scores - penalty, sure - penalty
    best = np.argsort(-scores, kind="stable")[:_MOST_EVIDENCE].tolist()
    evidence = tuple(
        _evidence(question, passage, number, scores, probability(float(sure[number])))
        for number in best
    )
    return Reading(max((one.confidence for one in evidence), default=0.0), evidence)


def _evidence(
    question: str, passage: Passage, number: int, scores: Floats, confidence: float
) -> Evidence:
    first, last = _extended(passage, number, scores)
    sentence = passage.sentences[number]
    words = answering_words(question, passage.text[_inside(passage, sentence)])
    marks = [Span(sentence.start + s, sentence.start + e) for s, e in words] or [sentence]
    start, end = passage.sentences[first].start, passage.sentences[last].end
    return Evidence(start, end, float(scores[number]), confidence, sentence, tuple(marks))


def _extended(passage: Passage, number: int, scores: Floats) -> tuple[int, int]:
    """First and last sentence of the quote around a sentence.

    A sentence that leans on the one before it ("This …", "They …") takes that one along. One that
    asks takes the next along, and so does one whose next leans on it and reads almost as well:
    inside its paragraph, and while the quote stays short.
    """
    first = last = number
    texts = _texts(passage)
    while _LEANING.match(texts[first]) and _may_join(passage, first - 1, last):
        first -= 1
    if _may_join(passage, first, number + 1):
        goes_on = _LEANING.match(texts[number + 1]) and scores[number + 1] > scores[number] - _NEAR
        last += bool(goes_on or texts[number].endswith("?"))
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
