"""`Answerer`: hits and what the reader found in them → an `Answer` of verbatim quotes.

Candidates that say the same are merged, the best ones become quotes, each checked against the
stored article, and the confidence of the first decides between answering and abstaining.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from quoth.calibration import Calibration
from quoth.choosing import Candidate, words_of
from quoth.dialogue import named_source, understood
from quoth.errors import IndexDamagedError, QuothWarning, UsageError
from quoth.framing import framed
from quoth.index import Index
from quoth.reading import IndexContext, load_networks, load_reader, reader_fingerprint
from quoth.records import Answer, Evidence, Hit, Mode, Quote, Reader, Turn, Voice
from quoth.retrieval import Retriever, checked_question, checked_turns
from quoth.selecting import Selection, Selector
from quoth.surveying import Where
from quoth.timing import stage

OWN = "own"  # the name of quoth's own reader, where one is stored or told
MAX_QUOTES = 20
HITS_READ = 20
"""Hits that the reader is given for one question."""
_COUNTED = 9  # articles of which one is called the second
_WORTH = 0.02  # confidence below which a further quote says nothing: bare headings, mostly


@dataclass(frozen=True, slots=True)
class Trace:
    """An answer with the hits that were read for it."""

    answer: Answer
    hits: tuple[Hit, ...]


class Answerer:
    """Answers questions from an index, with quotes. Safe to use from several threads.

        answerer = quoth.Answerer(quoth.Index.open("index"))
        answer = answerer.ask("Who supplies drones?")
        for quote in answer.quotes:  # none where answer.status is "abstained"
            print(quote.text, quote.source, quote.start, quote.end, quote.confidence)

    Make one and keep it: models are loaded when it is made, not when it is asked.
    """

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
        history: what was asked before, oldest first, so that a follow-up is understood; the last
        ten are looked at.
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
        turns = checked_turns(history)
        searched = understood(question, turns)
        if not isinstance(quotes, int) or not 1 <= quotes <= MAX_QUOTES:
            raise UsageError(f"quotes is {quotes!r}: it must be from 1 to {MAX_QUOTES}")
        with self.index.reading():  # one state of the index, whatever is written meanwhile
            named = None if source else named_source(question, turns, self._sources())
            where = Where(self.mode, source or named, after, before)
            selector = Selector(
                self.retriever, self.reader, where,
                read=self.candidates, worth=self._worth, threshold=self.threshold,
            )  # fmt: skip
            wanted = framed(searched)
            selection = selector.select(searched, wanted, quotes)
            with stage("checking quotes"):
                answer = self._answer(question, selection)
            voices = self._voices(selector, selection, wanted.text or searched) if compare else ()
        told = "" if searched == question else searched
        elapsed = (time.perf_counter() - start) * 1000
        answer = replace(
            answer, elapsed_ms=elapsed, understood=told, only_source=named or "", by_source=voices
        )
        return Trace(answer, tuple(selection.hits))

    def _sources(self) -> Sequence[str]:
        """As many as a person counts; none of more."""
        return self.index.sources() if self.index.totals()[0] <= _COUNTED else ()

    def _answer(self, question: str, selection: Selection) -> Answer:
        sure = np.minimum.accumulate([self._worth(one) for one, _ in selection.chosen])
        nearest = tuple(
            self._quote(rank, candidate, float(confidence))
            for rank, (candidate, confidence) in enumerate(
                zip(selection.chosen, sure, strict=True), 1
            )
        )
        answered = selection.confidence >= self.threshold and bool(nearest)
        return Answer(
            question=question,
            status="answered" if answered else "abstained",
            confidence=selection.confidence,
            quotes=worth_showing(nearest) if answered else (),
            nearest=nearest,
            elapsed_ms=0.0,
        )

    def _voices(self, selector: Selector, selection: Selection, searched: str) -> tuple[Voice, ...]:
        from quoth.voices import arranged, compared  # 40 ms that few questions need

        found = selection.survey or selector.survey(searched)
        heads = found.heads(self.index)
        voices = [
            Voice(source, *heads[source], self._best_quote(selector, some))
            for source, some in found.found.items()
        ]
        return compared(searched, arranged(voices), self.index.embedder.embed_passages)

    def _best_quote(self, selector: Selector, some: Sequence[Candidate]) -> Quote | None:
        if not some or not selector.says(some[0]):
            return None
        return self._quote(1, some[0], self._worth(some[0][0]))

    def _worth(self, evidence: Evidence) -> float:
        """Its confidence, as calibrated on the user's own questions if it was."""
        own = self.calibration
        return evidence.confidence if own is None else own.apply(evidence.confidence)

    def _quote(self, rank: int, candidate: Candidate, confidence: float) -> Quote:
        """The quote, cut from the stored article itself."""
        evidence, passage = candidate
        text = self.index.text(passage.source)[evidence.start : evidence.end]
        if text != words_of(passage, evidence):
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
