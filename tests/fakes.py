"""Stand-ins whose results can be worked out on paper."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from quoth.reading.token_scores import TokenScores
from quoth.records import Floats, Progress, Span


class WordEmbedder:
    """An `Embedder` whose vectors count the words of a small vocabulary.

    One axis a word, in the order given, and a last one that is 1 for a text with none of them;
    then scaled to length 1. With the vocabulary ("drone", "ferry"):

        "a drone"              → (1, 0, 0)
        "Drone, drone, ferry!" → (2, 1, 0) / √5
        "nothing of these"     → (0, 0, 1)

    A question and a passage with the same words have cosine 1, without a shared word 0.
    A token is a run without white space.
    """

    def __init__(self, vocabulary: Sequence[str], *, max_tokens: int = 254) -> None:
        self.vocabulary = tuple(word.lower() for word in vocabulary)
        self.name = "words"
        self.fingerprint = hashlib.sha256(" ".join(self.vocabulary).encode()).hexdigest()
        self.dimension = len(self.vocabulary) + 1
        self.max_tokens = max_tokens

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        vectors = self.embed_questions(texts)
        if progress is not None:
            progress("embedding", len(texts), len(texts))
        return vectors

    def embed_questions(self, texts: Sequence[str]) -> Floats:
        counts = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            counts[row] = self._counts(text)
        counts /= np.linalg.norm(counts, axis=1, keepdims=True)
        return counts

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def _counts(self, text: str) -> list[int]:
        words = _words(text)
        counts = [words.count(word) for word in self.vocabulary]
        return [*counts, 0 if any(counts) else 1]


class WordsInParts(WordEmbedder):
    """A `PartsEmbedder`: a part's vector counts its own words and, once more, those of its text.

    Remembers what it was asked for.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        super().__init__(vocabulary)
        self.embedded: list[str] = []
        self.parts: list[tuple[str, list[str]]] = []

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        self.embedded += texts
        return super().embed_passages(texts, progress)

    def embed_parts(
        self,
        texts: Sequence[str],
        parts: Sequence[Sequence[Span]],
        progress: Progress | None = None,
    ) -> list[Floats]:
        asked = [
            (text, [text[start:end] for start, end in spans])
            for text, spans in zip(texts, parts, strict=True)
        ]
        self.parts += asked
        return [
            self.embed_questions([text, *(f"{part} {text}" for part in found)])
            for text, found in asked
        ]


class WordNetwork:
    """A reader's network that finds the words of the question, and remembers what it read.

    A token is a run without white space. Its log-odds of being evidence, and a span's first and
    last token, are 5 if the question holds it, else -5; so is the relevance of its text if the
    text holds any.
    """

    def __init__(self) -> None:
        self.calls: list[list[tuple[str, str]]] = []

    def read(self, question: str, texts: Sequence[tuple[str, str]]) -> list[TokenScores]:
        """texts: (context, text) each."""
        self.calls.append(list(texts))
        return [self._scores(set(_words(question)), text) for _, text in texts]

    def _scores(self, asked: set[str], text: str) -> TokenScores:
        found = list(re.finditer(r"\S+", text))
        offsets = np.array([one.span() for one in found], np.int64).reshape(-1, 2)
        odds = np.array([5.0 if asked & set(_words(one[0])) else -5.0 for one in found], np.float32)
        relevance = np.full(len(odds), odds.max(initial=-5.0), np.float32)
        return TokenScores(offsets, relevance, odds, odds, odds)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
