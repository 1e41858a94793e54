"""`Reader`: quoth's own, a network that reads a question and a passage together.

What the network says of a sentence and what the embedding model's vectors say of it are weighed
together by two logistic regressions, as in `EmbeddingReader`, which also decides what is read. A
larger network may read again what the first found most promising.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Unpack, overload

import numpy as np

from quoth import timing
from quoth.passages import context
from quoth.reading.embedding_reader import EmbeddingReader, IndexContext
from quoth.reading.extracting import Extract, extract
from quoth.reading.layout import CONTEXT_TOKENS, Range
from quoth.reading.network import Network
from quoth.reading.own import Stage, own_stages
from quoth.reading.promising import promising
from quoth.reading.quoting import fitted_reading, log_odds, probability
from quoth.reading.token_scores import NETWORK_FEATURES, sentence_features
from quoth.records import Embedder, Floats, Hit, Passage, Reading, Span
from quoth.weights import EMBEDDING_READER, Fitted

_NO_ANSWER = -4.0  # log-odds of a span below which it is not marked
_STOPS = (3,)
"""Hits after which the last stage, if it is sure, reads no more: sure of an answer, from its
threshold on, or that there is none, below `_HOPELESS`. On development data that loses nothing; two
lose 1.5 points of quote@1. Where it is to read fewer than twice as many, it reads all at once."""
_HOPELESS = 0.15
_UNREAD = Reading(0.0, ())
Marks = dict[int, Span]
"""Sentence → the words in it that answer, article offsets."""


class Reader:
    """Finds the sentences that answer, in any text or in hits. Safe to use from several threads.

        extract = quoth.Reader().read("When did it open?", "The hall is old. It opened in 1931.")
        print(extract.relevance, [span.text for span in extract.spans])

    Of many hits it reads the most promising.
    """

    def __init__(
        self,
        embedder: Embedder | None = None,
        *,
        stages: Sequence[Stage] | None = None,
        **known: Unpack[IndexContext],
    ) -> None:
        """embedder and stages: the packaged ones if none are given; loaded now.

        known: what an index knows beside the texts, by which `Answerer` saves computing it.
        Of each stage the most promising passages go on to the next; the last one's say counts.
        Raises ModelError.
        """
        if embedder is None:
            from quoth.embedding import load_embedder

            embedder = load_embedder()
        self._stages = tuple(stages or own_stages())
        self._last = self._stages[-1].fitted
        self.threshold = self._last.threshold
        self._first = EmbeddingReader(embedder, **known)

    @overload
    def read(self, question: str, passages: str) -> Extract: ...

    @overload
    def read(self, question: str, passages: Sequence[Hit]) -> list[Reading]: ...

    def read(self, question: str, passages: str | Sequence[Hit]) -> Extract | list[Reading]:
        """What a text says to a question, or each of some hits; for a text see `extract`.

        One reading for each hit, in their order. Of many hits those that look most promising
        are read; the others' readings are empty.
        """
        if isinstance(passages, str):
            return self.extract(question, passages)
        return self._readings(question, passages, thoroughly=False)

    def _readings(
        self, question: str, hits: Sequence[Hit], *, thoroughly: bool = True
    ) -> list[Reading]:
        readings = [_UNREAD] * len(hits)
        for n, (features, marks) in self._read(question, hits, thoroughly).items():
            readings[n] = fitted_reading(self._last, question, hits[n].passage, features, marks)
        return readings

    def extract(self, question: str, text: str) -> Extract:
        """The sentences of any text that answer the question: the best, and those as good.

        A text without words gives no spans. Offsets are code points of `text`. Of a text of more
        than 20 passages (some 13,000 characters), only the 20 nearest to the question are looked
        at. Raises UsageError for an empty question, or half of a surrogate pair in the text.
        """
        first = self._first
        return extract(
            question, text, first.embedder, first.nearest, self._readings, self._last.margin
        )

    def features(self, question: str, hits: Sequence[Hit]) -> dict[int, Floats]:
        """Number of each hit that is read → its sentences' features, (sentences, f) float32.

        `FEATURES`, then `NETWORK_FEATURES` for each stage.
        """
        return {n: features for n, (features, _) in self._read(question, hits, True).items()}

    def _read(
        self, question: str, hits: Sequence[Hit], thoroughly: bool
    ) -> dict[int, tuple[Floats, Marks]]:
        """Number of each hit that is read → its sentences' features, and the marked words.

        thoroughly: passages whole, whatever a stage's reach, and also where the last stage is sure
        after a few of them (`_STOPS`).
        """
        passages = [hit.passage for hit in hits]
        with timing.stage("weighing words and vectors"):
            described = self._first.features(question, hits)
        marks: list[Marks] = [{}] * len(hits)
        read, known = list(range(len(hits))), EMBEDDING_READER
        for stage in self._stages:
            scores = {n: log_odds(known.sentence, described[n]) for n in read}
            reach = np.inf if thoroughly else stage.reach
            parts = promising(passages, scores, most=stage.most_read, reach=reach)
            may_stop = stage is self._stages[-1] and not thoroughly  # others choose for the next
            read = []
            stops = [some for some in _STOPS if 2 * some <= len(parts)]
            for most in (*stops, len(parts)):
                some = {n: parts[n] for n in list(parts)[len(read) : most]}
                if not some:
                    break
                self._look(stage, question, passages, some, described, marks)
                read += some
                if may_stop and _is_sure(read, described, stage.fitted):
                    break
            known = stage.fitted
        return {n: (described[n], marks[n]) for n in read}

    def _look(
        self,
        stage: Stage,
        question: str,
        passages: Sequence[Passage],
        parts: Mapping[int, Span],
        described: list[Floats],
        marks: list[Marks],
    ) -> None:
        """Add what the stage's network says of those parts to the passages' features and marks."""
        with timing.stage("reading"):
            some = [(passages[n], part) for n, part in parts.items()]
            found = self._network_features(stage.network, question, some)
        for n, (said, marked) in zip(parts, found, strict=True):
            described[n] = np.hstack([described[n], said])
            marks[n] = marked

    def _network_features(
        self, network: Network, question: str, parts: Sequence[tuple[Passage, Span]]
    ) -> list[tuple[Floats, Marks]]:
        """For each part of a passage the passage's (sentences, 3), and the words that it marks in
        each sentence."""
        texts = [
            (
                context(one.title, one.section, CONTEXT_TOKENS * 6),
                one.text[s - one.start : e - one.start],
            )
            for one, (s, e) in parts
        ]
        found = []
        for (one, (start, _)), scores in zip(parts, network.read(question, texts), strict=True):
            sentences = [(s - start, e - start) for s, e in one.sentences]
            features, spans = sentence_features(scores, sentences)
            found.append((features, _marks(one, start, features, spans)))
        return found


def _is_sure(some: Sequence[int], described: Sequence[Floats], fitted: Fitted) -> bool:
    """Of the sentence with the highest score, whether it answers or not."""
    features = np.vstack([described[n] for n in some])
    best = int(log_odds(fitted.sentence, features).argmax())
    found = probability(float(log_odds(fitted.confidence, features)[best]))
    return found >= fitted.threshold or found <= _HOPELESS


def _marks(passage: Passage, start: int, features: Floats, spans: Sequence[Range | None]) -> Marks:
    """Sentence → its best span, article offsets; none where no words are likely to answer."""
    column = NETWORK_FEATURES.index("span")
    return {
        n: _with_accents(passage, Span(start + span[0], start + span[1]), passage.sentences[n].end)
        for n, span in enumerate(spans)
        if span is not None and features[n, column] >= _NO_ANSWER
    }


def _with_accents(passage: Passage, span: Span, limit: int) -> Span:
    """The span with the combining signs on its last letter, which tokenizers leave out."""
    end = span.end
    while end < limit and unicodedata.combining(passage.text[end - passage.start]):
        end += 1
    return Span(span.start, end)
