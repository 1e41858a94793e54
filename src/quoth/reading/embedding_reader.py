"""`EmbeddingReader`: (question, passage) → which sentences answer, and how surely.

Each sentence is described by a few numbers (`FEATURES`), all known before the question is asked
but for one encoding of the question itself, so that reading costs no pass through a model. A
logistic regression over them, fitted on public question sets (`training/`), scores the sentence;
a second one says how probable it is that a sentence so scored answers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

import numpy as np

from quoth.asked import holds
from quoth.matmul import matmul
from quoth.passages import embedding_text, vectors_of
from quoth.reading.extracting import Extract, extract
from quoth.reading.quoting import fitted_reading, log_odds, sentence_texts
from quoth.records import Embedder, Floats, Hit, Passage, Reading
from quoth.terms import terms
from quoth.weights import EMBEDDING_READER

FEATURES = ("sentence_cosine", "passage_cosine", "hit_score", "word_share", "kind", "asks")
"""What is known of a sentence:

sentence_cosine: between the question and the sentence under its title and section.
passage_cosine: between the question and the passage.
hit_score: the passage's score as a hit.
word_share: the share of the question's words that the sentence holds, by inverse passage frequency.
kind: 1 if it shows a sign of what is asked for, such as a number (asked.py).
asks: 1 if it is itself a question.
"""
_MOST_READ = 20  # passages of one text whose sentences are read
_MOST_COMPARED = 80  # passages of one text that are compared by meaning: some seconds

PassageVectors = Callable[[Sequence[int]], Mapping[int, Floats]]
"""Passage ids → for each (1 + sentences, dimension): its own vector, then its sentences'."""


class IndexContext(TypedDict, total=False):
    """What an index knows of its passages beside their texts.

    passage_vectors: where the vectors of indexed passages are kept; those of others, and without
    it of all, are made on the spot.
    passages_with: stem → in how many of the `passages` passages it occurs; without it all words
    weigh the same.
    """

    passage_vectors: PassageVectors
    passages_with: Callable[[str], int]
    passages: int


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, its vector (dimension,), and the weight of each of its words, which sum to 1."""

    text: str
    vector: Floats
    weights: Mapping[str, float]


class EmbeddingReader:
    """Reads with the embedding model's vectors alone. Safe to use from several threads."""

    threshold = EMBEDDING_READER.threshold

    def __init__(self, embedder: Embedder, **known: Unpack[IndexContext]) -> None:
        self.embedder = embedder
        self._passage_vectors = known.get("passage_vectors")
        self._passages_with = known.get("passages_with", _unknown)
        self._passages = known.get("passages", 0)

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        """One reading for each hit, in their order."""
        described = self.features(question, hits)
        return [
            fitted_reading(EMBEDDING_READER, question, hit.passage, some)
            for hit, some in zip(hits, described, strict=True)
        ]

    def scores(self, question: str, hits: Sequence[Hit]) -> list[Floats]:
        """For each hit, (sentences,) log-odds by which its sentences are compared."""
        return [log_odds(EMBEDDING_READER.sentence, f) for f in self.features(question, hits)]

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
        margin = EMBEDDING_READER.margin
        return extract(question, text, self.embedder, self.nearest, self.read, margin)

    def nearest(self, question: str, passages: Sequence[Passage]) -> Sequence[Passage]:
        """The passages of a long text that are worth reading, in order of place.

        By meaning and words together, among those that share most words with the question:
        a vector for each passage of a book would take minutes.
        """
        if len(passages) <= _MOST_READ:
            return passages
        asked, limit = self._asked(question), self.embedder.max_tokens
        shares = np.array([_word_share(asked.weights, one.text) for one in passages])
        some = np.argsort(-shares, kind="stable")[:_MOST_COMPARED]
        texts = [embedding_text(passages[n], limit=limit) for n in some]
        near = 0.6 * matmul(self.embedder.embed_passages(texts), asked.vector) + 0.4 * shares[some]
        return [passages[n] for n in sorted(some[np.argsort(-near, kind="stable")[:_MOST_READ]])]

    def _asked(self, question: str) -> _Asked:
        vector = self.embedder.embed_questions([question])[0]
        found = {stem: self._weight(stem) for stem in terms(question)}
        total = sum(found.values()) or 1.0
        return _Asked(question, vector, {stem: weight / total for stem, weight in found.items()})

    def _weight(self, stem: str) -> float:
        """Inverse passage frequency as in BM25 (Robertson and Zaragoza 2009)."""
        count = self._passages_with(stem)
        return math.log(1 + (self._passages - count + 0.5) / (count + 0.5))

    def _vectors(self, passages: Sequence[Passage]) -> list[Floats]:
        """(1 + sentences, dimension) of each."""
        indexed = [passage.id for passage in passages if passage.id]
        if self._passage_vectors is not None and len(indexed) == len(passages):
            found = self._passage_vectors(indexed)
            return [found[passage.id] for passage in passages]
        return vectors_of(passages, self.embedder)


def _unknown(stem: str) -> int:
    return 0


def _features(asked: _Asked, hit: Hit, vectors: Floats) -> Floats:
    cosines = matmul(vectors, asked.vector)
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
            for cosine, text in zip(cosines[1:], sentence_texts(hit.passage), strict=True)
        ],
        np.float32,
    ).reshape(-1, len(FEATURES))


def _word_share(weights: Mapping[str, float], sentence: str) -> float:
    return sum(weights.get(stem, 0.0) for stem in set(terms(sentence)))
