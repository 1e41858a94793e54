"""Where a question's gold stands in the articles of an index, and which passages hold it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from quoth.evaluation.records import Gold, Question
from quoth.index import Index
from quoth.records import Passage

_MOST_PLACES = 50  # of one quote: what stands more often says nothing


class Place(NamedTuple):
    """`article.text[start:end]` of a source. whole: all of the article is meant."""

    source: str
    start: int
    end: int
    whole: bool = False


class Articles:
    """The texts and passages of an index, each read once. Not for several threads."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._sources = frozenset(index.sources())
        self.text = lru_cache(maxsize=512)(self._text)
        self.passages = lru_cache(maxsize=512)(self._passages)
        self._holding = lru_cache(maxsize=4096)(self._places_of)

    @property
    def sources(self) -> frozenset[str]:
        return self._sources

    def places(self, question: Question) -> list[list[Place]]:
        """For each gold of the question, the places where it stands; none where it does not."""
        return [list(self._of(gold)) for gold in question.gold]

    def _of(self, gold: Gold) -> Iterator[Place]:
        if gold.context:
            for source, start in self._holding(gold.context):
                start += gold.start or 0
                yield Place(source, start, start + len(gold.quote))
        elif gold.source in self._sources:
            text = self.text(gold.source)
            if not gold.quote:
                yield Place(gold.source, 0, len(text), whole=True)
            starts = _occurrences(text, gold.quote) if gold.start is None else [gold.start]
            for start in starts:
                if text.startswith(gold.quote, start) and gold.quote:
                    yield Place(gold.source, start, start + len(gold.quote))

    def _text(self, source: str) -> str:
        return self._index.article(source).text

    def _places_of(self, context: str) -> tuple[tuple[str, int], ...]:
        return tuple(
            (source, start)
            for source in sorted(self._sources)
            for start in _occurrences(self.text(source), context)
        )

    def _passages(self, source: str) -> tuple[Passage, ...]:
        with self._index.reading() as view:
            found = view.store.passages(view.store.passage_ids_of([source]).tolist())
        return tuple(found[number] for number in sorted(found))


def _occurrences(text: str, words: str) -> list[int]:
    found: list[int] = []
    start = text.find(words) if words else -1
    while start >= 0 and len(found) < _MOST_PLACES:
        found.append(start)
        start = text.find(words, start + 1)
    return found


def overlap(source: str, start: int, end: int, place: Place) -> bool:
    return source == place.source and start < place.end and place.start < end


def holds(passage: Passage, place: Place) -> bool:
    """Whether the passage has all of the place in it."""
    return passage.source == place.source and (
        place.whole or (passage.start <= place.start and place.end <= passage.end)
    )


def relevant(articles: Articles, places: Sequence[Place]) -> set[str]:
    """Names, as `judged_name` gives them, of what a search should find.

    The passages that hold a place whole, or, where it is cut apart, those that hold some of it;
    where whole articles are gold, the articles.
    """
    found: set[str] = set()
    for place in places:
        if place.whole:
            found.add(place.source)
            continue
        passages = articles.passages(place.source)
        whole = [one for one in passages if holds(one, place)]
        some = [one for one in passages if overlap(one.source, one.start, one.end, place)]
        found |= {judged_name(one, whole=False) for one in whole or some}
    return found


def judged_name(passage: Passage, *, whole: bool) -> str:
    """The name under which a passage, or with `whole` its article, is judged."""
    return passage.source if whole else f"{passage.source}:{passage.start}-{passage.end}"
