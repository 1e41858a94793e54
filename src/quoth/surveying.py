"""Every source is asked: what the search and the reader find in each, so that each has a chance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from quoth.choosing import Candidate, candidates
from quoth.filters import chosen_sources
from quoth.gist import gist_scores
from quoth.index import Index
from quoth.reading.quoting import reading
from quoth.records import Evidence, Hit, Metadata, Mode, Passage, Reader
from quoth.retrieval import Retriever

MOST_SOURCES = 20
"""Sources that are asked. Of more, those that the search found first; the others are not listed."""
_FOUND = 50  # hits of one search, whose scores are those of a search for fewer
_READ = 40  # hits that the reader is given, over all sources
_LEAST_READ, _MOST_READ = 2, 20  # of one source
_MOST_LOOKED_AT = 300  # passages of an article whose gist is wanted
_SPREAD = 10.0  # brings the scores of a gist, some tenths apart, to the scale of a reader's


@dataclass(frozen=True, slots=True)
class Where:
    """What is searched: as the arguments of `Retriever.search`."""

    mode: Mode = "hybrid"
    source: str | None = None
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """found: source → what might be quoted of it, best first. hits: all that was read."""

    hits: tuple[Hit, ...]
    found: Mapping[str, list[Candidate]]

    def heads(self, index: Index) -> dict[str, tuple[str, Metadata]]:
        """source → title and metadata of each."""
        known = {hit.source: (hit.title, hit.metadata) for hit in self.hits}
        if any(source not in known for source in self.found):  # few, then: see `few_sources`
            known |= {one.source: (one.title, one.metadata) for one in index.articles()}
        return known


def survey(retriever: Retriever, reader: Reader, question: str, where: Where) -> Survey:
    """Read the best hits of each source; some 40 in all.

    A source of which the search found nothing is searched by itself, where there are not too many.
    """
    by_source = _hits_by_source(retriever, question, where)
    share = max(_LEAST_READ, min(_MOST_READ, _READ // max(1, len(by_source))))
    spelt = retriever.spelt(question)
    found, read = {}, []
    for source, hits in by_source.items():
        some = hits[:share]
        read += some
        found[source] = candidates(some, [one.evidence for one in reader.read(spelt, some)])
    return Survey(tuple(read), found)


def survey_gist(index: Index, sources: Sequence[str], confidence: float) -> Survey:
    """What stands for each of these articles as a whole. confidence: of every quote."""
    found, read = {}, []
    for source in sources:
        passages = _prose(index, source)
        if passages:
            hits = [Hit.of(one, rank=n, score=0.0) for n, one in enumerate(passages, 1)]
            read += hits
            found[source] = candidates(hits, _gist(index, passages, confidence))
    return Survey(tuple(read), found)


def _gist(
    index: Index, passages: Sequence[Passage], confidence: float
) -> list[tuple[Evidence, ...]]:
    vectors = index.passage_vectors([one.id for one in passages])
    title = index.embedder.embed_questions([passages[0].title or passages[0].text])[0]
    scores = gist_scores(passages, [vectors[one.id] for one in passages], title)
    odds = math.log(confidence / (1 - confidence))
    return [
        reading("", one, some * _SPREAD, np.full(len(some), odds, np.float32))
        .evidence
        for one, some in zip(passages, scores, strict=True)
    ]  # fmt: skip


def _prose(index: Index, source: str) -> list[Passage]:
    """The article's passages without boilerplate, in order; all of them if there are no others."""
    with index.reading() as view:
        ids = view.store.passage_ids_of([source]).tolist()[:_MOST_LOOKED_AT]
        passages = sorted(view.store.passages(ids).values(), key=lambda one: one.start)
    return [one for one in passages if not one.boilerplate] or passages


def _hits_by_source(retriever: Retriever, question: str, where: Where) -> dict[str, list[Hit]]:
    hits = retriever.search(
        question, _FOUND, mode=where.mode, source=where.source, after=where.after,
        before=where.before,
    )  # fmt: skip
    found: dict[str, list[Hit]] = {}
    for hit in hits:
        found.setdefault(hit.source, []).append(hit)
    for source in few_sources(retriever.index, where):
        if source not in found:
            found[source] = _worst(retriever, question, source, where.mode)
    return dict(list(found.items())[:MOST_SOURCES])


def _worst(retriever: Retriever, question: str, source: str, mode: Mode) -> list[Hit]:
    """The hits of a source that the search found none of: their scores are its worst, 0."""
    hits = retriever.search(question, _MOST_READ, mode=mode, source=source)
    return [replace(hit, score=0.0) for hit in hits if hit.source == source]


def few_sources(index: Index, where: Where) -> list[str]:
    """The sources that are searched, in order; none of them where they are more than 20."""
    with index.reading() as view:
        sources = chosen_sources(view, where.source, where.after, where.before)
        if sources is None:
            sources = view.store.sources() if index.totals()[0] <= MOST_SOURCES else []
    return sources if len(sources) <= MOST_SOURCES else []
