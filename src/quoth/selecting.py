"""What is quoted for a question: the best, one of each source, or several points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from math import prod

import numpy as np

from quoth.choosing import Candidate, candidates, choose, of_each, spread
from quoth.framing import Framed
from quoth.index import Index
from quoth.records import Evidence, Floats, Hit, Passage, Reader
from quoth.retrieval import Retriever
from quoth.surveying import Survey, Where, few_sources, survey, survey_gist

GIST = 0.75
"""Confidence of a quote that stands for a whole article. No reader says how likely that is, as it
is no answer; of 15 such quotes to development questions 13 were right, which is too few to say
more."""
_SPEAKS = 0.25
"""Share of the confidence that an answer needs, from which a source says something on a question.
With quoth's own reader that is 0.14. On development questions over three articles it told of 94%
of the sources that had something, and of 19% of those that had not (benchmarks/voices.py)."""
Worth = Callable[[Evidence], float]
"""The confidence of evidence, as it is shown."""


@dataclass(frozen=True, slots=True)
class Selection:
    """chosen: what is quoted, best first. confidence: 0 to 1, of the answer. hits: what was read.

    survey: what each source says, where each was asked.
    """

    chosen: Sequence[Candidate]
    confidence: float
    hits: Sequence[Hit]
    survey: Survey | None = None


class Selector:
    """Selects what is quoted, with one reader in one state of an index."""

    def __init__(
        self,
        retriever: Retriever,
        reader: Reader,
        where: Where,
        *,
        read: int,
        worth: Worth,
        threshold: float,
    ) -> None:
        """read: hits that the reader is given for one answer. threshold: from which it answers."""
        self._retriever, self._reader, self._where = retriever, reader, where
        self._read, self._worth = read, worth
        self._least = _SPEAKS * threshold

    @property
    def index(self) -> Index:
        return self._retriever.index

    def select(self, question: str, wanted: Framed, quotes: int) -> Selection:
        """Up to so many. question: as it was asked."""
        if wanted.broad and not wanted.text:
            sources = few_sources(self.index, self._where)
            return self._gist(sources, quotes) if sources else self._best(question, quotes)
        if wanted.each:
            found = self.survey(wanted.text or question)
            chosen = self._of_each(found, quotes)
            return Selection(chosen, self._sure(chosen, wanted), found.hits, found)
        if wanted.broad:
            hits, ordered = self._found(wanted.text)
            chosen = self._points(ordered, quotes)
            return Selection(chosen, self._sure(chosen, wanted), hits)
        return self._best(question, quotes)

    def survey(self, question: str) -> Survey:
        """What each source says on a question."""
        return survey(self._retriever, self._reader, question, self._where)

    def says(self, candidate: Candidate) -> bool:
        """Whether a source of which this is the best says something."""
        return self._worth(candidate[0]) >= self._least

    def _best(self, question: str, quotes: int) -> Selection:
        hits, ordered = self._found(question)
        chosen = choose(ordered, quotes)
        return Selection(chosen, self._first(chosen), hits)

    def _found(self, question: str) -> tuple[list[Hit], list[Candidate]]:
        """What is read, and all that may be quoted of it, best first."""
        where = self._where
        hits = self._retriever.search(
            question, self._read, mode=where.mode, source=where.source, after=where.after,
            before=where.before,
        )  # fmt: skip
        readings = self._reader.read(self._retriever.spelt(question), hits)
        return hits, candidates(hits, [one.evidence for one in readings])

    def _gist(self, sources: Sequence[str], quotes: int) -> Selection:
        found = survey_gist(self.index, sources, GIST)
        if len(found.found) > 1:
            chosen = self._of_each(found, quotes)
        else:
            chosen = self._points(list(chain.from_iterable(found.found.values())), quotes)
        return Selection(chosen, self._first(chosen), found.hits, found)

    def _of_each(self, found: Survey, quotes: int) -> list[Candidate]:
        return of_each(found.found, quotes, self.says)

    def _points(self, ordered: Sequence[Candidate], quotes: int) -> list[Candidate]:
        """Different points, of what may answer; if that is too little, the best of the rest."""
        some = [one for one in ordered if self.says(one)]
        chosen = spread(some, self._vectors(some), quotes)
        return choose(ordered, quotes, chosen)

    def _first(self, chosen: Sequence[Candidate]) -> float:
        return self._worth(chosen[0][0]) if chosen else 0.0

    def _sure(self, chosen: Sequence[Candidate], wanted: Framed) -> float:
        """Where many sentences answer and none alone, the probability that one of them does."""
        if not wanted.names_a_subject:
            return self._first(chosen)
        return 1 - prod(1 - self._worth(one) for one, _ in chosen)

    def _vectors(self, some: Sequence[Candidate]) -> Floats:
        """(n, dimension): of the answering sentence of each."""
        if not some:
            return np.empty((0, 0), np.float32)
        vectors = self.index.passage_vectors([passage.id for _, passage in some])
        rows = [vectors[passage.id][_row(one, passage)] for one, passage in some]
        return np.array(rows, np.float32)


def _row(evidence: Evidence, passage: Passage) -> int:
    """Of its sentence's vector; 0, the passage's own, for a sentence that is no whole one."""
    known = evidence.sentence in passage.sentences
    return 1 + passage.sentences.index(evidence.sentence) if known else 0
