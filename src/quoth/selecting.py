"""What is quoted for a question: the best, one of each source, or several points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from math import prod

import numpy as np

from quoth.choosing import Candidate, candidates, choose, in_order, of_each, spread
from quoth.framing import Framed
from quoth.index import Index
from quoth.records import Evidence, Floats, Hit, Reader
from quoth.retrieval import Retriever
from quoth.surveying import Survey, Where, few_sources, survey, survey_gist

GIST = 0.75
"""Confidence of a quote that stands for a whole article. No reader says how likely that is, as it
is no answer; this is about the share of right first quotes over those questions of that kind on
which the way of choosing them was developed."""
_SPEAKS = 0.25
"""Share of the confidence that an answer needs, from which a source says something on a question.
With quoth's own reader that is 0.14: over 20 development questions on three articles, 92% of the
sources that said something by that had it in them, and 90% of those that had were found."""
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
        if not (wanted.each or wanted.broad):
            return self._best(question, quotes)
        found = survey(self._retriever, self._reader, wanted.text or question, self._where)
        chosen = self._of_each(found, quotes) if wanted.each else self._points(found, quotes)
        sure = [self._worth(one) for one, _ in chosen]
        if not wanted.names_a_subject:
            return Selection(chosen, max(sure[:1], default=0.0), found.hits, found)
        return Selection(chosen, 1 - prod(1 - one for one in sure), found.hits, found)

    def survey(self, question: str) -> Survey:
        """What each source says on a question."""
        return survey(self._retriever, self._reader, question, self._where)

    def says(self, candidate: Candidate) -> bool:
        """Whether a source of which this is the best says something."""
        return self._worth(candidate[0]) >= self._least

    def _best(self, question: str, quotes: int) -> Selection:
        where = self._where
        hits = self._retriever.search(
            question, self._read, mode=where.mode, source=where.source, after=where.after,
            before=where.before,
        )  # fmt: skip
        readings = self._reader.read(self._retriever.spelt(question), hits)
        chosen = choose(candidates(hits, [one.evidence for one in readings]), quotes)
        return Selection(chosen, self._worth(chosen[0][0]) if chosen else 0.0, hits)

    def _gist(self, sources: Sequence[str], quotes: int) -> Selection:
        found = survey_gist(self.index, sources, GIST)
        one = len(found.found) < 2
        chosen = self._points(found, quotes) if one else self._of_each(found, quotes)
        return Selection(chosen, self._worth(chosen[0][0]) if chosen else 0.0, found.hits, found)

    def _of_each(self, found: Survey, quotes: int) -> list[Candidate]:
        return of_each(found.found, quotes, self.says)

    def _points(self, found: Survey, quotes: int) -> list[Candidate]:
        """Different points, of what may answer; if that is too little, the best of the rest."""
        ordered = in_order(list(chain.from_iterable(found.found.values())))
        some = [one for one in ordered if self.says(one)]
        chosen = spread(some, self._vectors(some), quotes)
        return chosen + choose([one for one in ordered if one not in some], quotes - len(chosen))

    def _vectors(self, some: Sequence[Candidate]) -> Floats:
        """(n, dimension): of the answering sentence of each."""
        if not some:
            return np.empty((0, 0), np.float32)
        vectors = self.index.passage_vectors([passage.id for _, passage in some])
        rows = [
            vectors[passage.id][1 + passage.sentences.index(one.sentence)] for one, passage in some
        ]
        return np.array(rows, np.float32)
