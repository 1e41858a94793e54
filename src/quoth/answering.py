"""`Answerer`: hits and what the reader found in them → an `Answer` of verbatim quotes.

Candidates that say the same are merged, the best ones become quotes, each checked against the
stored article, and the confidence of the first decides between answering and abstaining.
"""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import Indel
from rapidfuzz.utils import default_process

from quoth.calibration import Calibration
from quoth.dialogue import understood
from quoth.errors import IndexDamagedError, QuothWarning, UsageError
from quoth.index import Index
from quoth.reading import IndexContext, load_networks, load_reader, reader_fingerprint
from quoth.records import Answer, Evidence, Hit, Mode, Passage, Quote, Reader, Span, Turn
from quoth.retrieval import Retriever, checked_question

OWN = "own"  # the name of quoth's own reader, where one is stored or told
MAX_QUOTES = 20
HITS_READ = 20
"""Hits that the reader is given for one question."""
_WORTH = 0.02  # confidence below which a further quote says nothing: bare headings, mostly
_SAME = 0.9  # share of words alike, in order, from which two quotes say the same
Candidate = tuple[Evidence, Passage]


@dataclass(frozen=True, slots=True)
class Trace:
    """An answer with the hits that were read for it."""

    answer: Answer
    hits: tuple[Hit, ...]


class Answerer:
    """Answers questions from an index. Safe to use from several threads."""

    def __init__(
        self,
        index: Index,
        *,
        reader: Reader | str | None = None,
        threshold: float | None = None,
        calibrated: bool = True,
        mode: Mode = "hybrid",
        candidates: int = HITS_READ,
    ) -> None:
        """reader: any, or the name of one as `load_reader` takes it; None is quoth's own.

        threshold: 0 to 1, the confidence from which it answers; None is that of the index's
        calibration for this reader, or the reader's own, 0.5 for one that has none.
        calibrated: whether to apply that calibration, if there is one. mode, candidates: how
        passages are searched, and how many the reader is given.
        Raises UsageError for a threshold out of range, ModelError for a reader that cannot be
        loaded.
        """
        if threshold is not None and not 0 <= threshold <= 1:
            raise UsageError(f"the threshold is {threshold}: it must be from 0 to 1")
        self.index = index
        self.retriever = Retriever(index)
        self.mode, self.candidates = mode, candidates
        self._given = reader
        self._given_threshold, self._is_calibrated = threshold, calibrated
        # Its models are loaded now, not at the first question, and side by side.
        with ThreadPoolExecutor(1) as side:
            if reader is None or isinstance(reader, str):
                side.submit(load_networks, reader)  # what it raises, `self.reader` raises again
            _ = index.embedder
        self.recalibrate()

    def recalibrate(self) -> None:
        """Take up the index's calibration as it is now."""
        found = self._calibration() if self._is_calibrated else None
        fitted: float = getattr(self.reader, "threshold", 0.5)
        if found is not None:
            fitted = found.threshold
        given = self._given_threshold
        self.calibration, self.threshold = found, fitted if given is None else given

    def uncalibrated(self) -> Answerer:
        """The same without the index's calibration."""
        return Answerer(
            self.index, reader=self._given, threshold=self._given_threshold, calibrated=False,
            mode=self.mode, candidates=self.candidates,
        )  # fmt: skip

    @property
    def reader_name(self) -> str:
        """The name that was given, "own" for quoth's own, the class of any other reader."""
        given = self._given
        if given is None or isinstance(given, str):
            return given or OWN
        return type(given).__name__

    @property
    def reader_fingerprint(self) -> str:
        """Of what quoth ships for the reader; "" for one that was given as an object."""
        given = self._given
        return reader_fingerprint(given) if given is None or isinstance(given, str) else ""

    def _calibration(self) -> Calibration | None:
        found = self.index.calibration(self.reader_name)
        if found is not None and found.reader_fingerprint != self.reader_fingerprint:
            warnings.warn(
                "the index was calibrated on another version of the reader, so that is left out: "
                "run `quoth calibrate` again",
                QuothWarning,
                stacklevel=4,
            )
            return None
        return found

    @property
    def reader(self) -> Reader:
        """The reader that was given, or the one of that name over the index as it is now."""
        given = self._given
        return index_reader(self.index, given) if given is None or isinstance(given, str) else given

    def ask(
        self,
        question: str,
        *,
        quotes: int = 3,
        source: str | None = None,
        after: str | None = None,
        before: str | None = None,
        history: Sequence[str | Turn] = (),
        compare: bool = False,
    ) -> Answer:
        """What the articles say: up to `quotes` (1 to 20) quotes, best first, or none.

        source, after, before: which articles are searched, as for `Retriever.search`.
        history: what was asked before, oldest first, so that a follow-up is understood.
        compare: also what each source says, as `by_source`.
        Raises UsageError for an unusable question, number of quotes, pattern or date;
        IndexDamagedError if a stored article is not what it was.
        """
        return self.trace(
            question, quotes=quotes, source=source, after=after, before=before, history=history,
            compare=compare,
        ).answer  # fmt: skip

    def trace(
        self,
        question: str,
        *,
        quotes: int = 3,
        source: str | None = None,
        after: str | None = None,
        before: str | None = None,
        history: Sequence[str | Turn] = (),
        compare: bool = False,
    ) -> Trace:
        """As `ask`, with what was read."""
        start = time.perf_counter()
        question = checked_question(question)
        turns = [Turn(one) if isinstance(one, str) else one for one in history]
        searched = understood(question, turns)
        if not isinstance(quotes, int) or not 1 <= quotes <= MAX_QUOTES:
            raise UsageError(f"quotes is {quotes!r}: it must be from 1 to {MAX_QUOTES}")
        with self.index.reading():  # one state of the index, whatever is written meanwhile
            hits = self.retriever.search(
                searched, self.candidates, mode=self.mode, source=source, after=after, before=before
            )
            return self._traced(start, question, searched, quotes, hits)

    def _traced(
        self, start: float, question: str, searched: str, quotes: int, hits: list[Hit]
    ) -> Trace:
        readings = self.reader.read(self.retriever.spelt(searched), hits)
        chosen = choose(candidates(hits, [reading.evidence for reading in readings]), quotes)
        sure = np.minimum.accumulate([self._worth(one) for one, _ in chosen])
        nearest = tuple(
            self._quote(rank, candidate, float(confidence))
            for rank, (candidate, confidence) in enumerate(zip(chosen, sure, strict=True), 1)
        )
        confidence = nearest[0].confidence if nearest else 0.0
        answered = confidence >= self.threshold and bool(nearest)
        answer = Answer(
            question=question,
            status="answered" if answered else "abstained",
            confidence=confidence,
            quotes=worth_showing(nearest) if answered else (),
            nearest=nearest,
            elapsed_ms=(time.perf_counter() - start) * 1000,
            understood="" if searched == question else searched,
        )
        return Trace(answer, tuple(hits))

    def _worth(self, evidence: Evidence) -> float:
        """Its confidence, as calibrated on the user's own questions if it was."""
        own = self.calibration
        return evidence.confidence if own is None else own.apply(evidence.confidence)

    def _quote(self, rank: int, candidate: Candidate, confidence: float) -> Quote:
        """The quote, cut from the stored article itself."""
        evidence, passage = candidate
        text = self.index.text(passage.source)[evidence.start : evidence.end]
        if text != _slice(passage, evidence):
            raise IndexDamagedError(
                f"a passage of {passage.source!r} is not where the index says: run 'quoth repair'"
            )
        return Quote(
            rank=rank,
            text=text,
            source=passage.source,
            title=passage.title,
            section=passage.section,
            start=evidence.start,
            end=evidence.end,
            confidence=confidence,
            highlights=evidence.highlights,
            check=self.index.check(passage.source),
            metadata=passage.metadata,
        )


def worth_showing(nearest: Sequence[Quote]) -> tuple[Quote, ...]:
    """The first quote, and those that are not as good as certain to be wrong."""
    return tuple(quote for quote in nearest if quote.rank == 1 or quote.confidence >= _WORTH)


def index_reader(index: Index, name: str | None = None) -> Reader:
    """The reader of that name; it takes its vectors and the rarity of words from an index."""
    return load_reader(name, embedder=index.embedder, **index_context(index))


def index_context(index: Index) -> IndexContext:
    """What an index knows of its passages beside their texts."""
    return {
        "passage_vectors": index.passage_vectors,
        "passages_with": index.engines.words.passages_with,
        "passages": len(index.engines.words),
    }


def candidates(hits: Sequence[Hit], evidence: Sequence[Sequence[Evidence]]) -> list[Candidate]:
    """All evidence with its passage, best first; ties in order of source and place."""
    found = [(one, hit.passage) for hit, some in zip(hits, evidence, strict=True) for one in some]
    return sorted(found, key=lambda one: (-one[0].score, one[1].source, one[0].start))


def choose(ordered: Sequence[Candidate], wanted: int) -> list[Candidate]:
    """The first `wanted` of `ordered` that neither overlap nor repeat one chosen before."""
    chosen: list[Candidate] = []
    for candidate in ordered:
        if len(chosen) == wanted:
            break
        if not any(_alike(candidate, other) for other in chosen):
            chosen.append(candidate)
    return chosen


def _alike(one: Candidate, other: Candidate) -> bool:
    (a, passage), (b, other_passage) = one, other
    if passage.source == other_passage.source and a.start < b.end and b.start < a.end:
        return True
    return _say_the_same(_slice(passage, a.sentence), _slice(other_passage, b.sentence)) or (
        _say_the_same(_slice(passage, a), _slice(other_passage, b))
    )


def _say_the_same(one: str, other: str) -> bool:
    """Whether the words are nearly the same; never if a number differs."""
    if re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return False
    some, others = default_process(one).split(), default_process(other).split()
    return Indel.normalized_similarity(some, others, score_cutoff=_SAME) > 0


def _slice(passage: Passage, place: Evidence | Span) -> str:
    return passage.text[place.start - passage.start : place.end - passage.start]
