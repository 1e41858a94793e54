"""Three small articles that do not say the same, and an answerer that compares them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from small_library import corpus_index

from quoth.answering import Answerer
from quoth.index import Index
from quoth.records import Answer, Difference, Metadata, Quote, Span, Turn, Voice

TEXTS = {
    "herald": "The bridge opened on 12 May 1911. It cost 40,000 crowns.",
    "gazette": "The bridge did not open before 14 May 1911. It cost 55,000 crowns.",
    "almanac": "Rain fell on <b>every</b> day of that year.",
}
DATES = {"herald": "1911-05-13", "gazette": "1911-05-20", "almanac": ""}
FOLLOW_UP = "And what did it cost?"


def sources_index(folder: Path) -> Index:
    """An index of the three articles."""
    return corpus_index(folder, TEXTS, ["bridge", "crowns", "rain"])


def span(source: str, words: str) -> Span:
    """Where the words stand in that article."""
    start = TEXTS[source].index(words)
    return Span(start, start + len(words))


def quote(source: str, words: str, lit: str, *, rank: int = 1, confidence: float = 0.9) -> Quote:
    """The quote of these words; `lit` answer."""
    start, end = span(source, words)
    title = source.capitalize()
    metadata = Metadata(date=DATES[source])
    highlights = (span(source, lit),)
    return Quote(
        rank, words, source, title, "", start, end, confidence, highlights, metadata=metadata
    )


HERALD = quote("herald", "The bridge opened on 12 May 1911.", "12 May 1911")
GAZETTE = quote("gazette", "The bridge did not open before 14 May 1911.", "14 May 1911")


def voices() -> tuple[Voice, ...]:
    """What the three say on when the bridge was opened."""
    date = Difference("date", span("gazette", "14 May"), "herald", "12 May")
    negation = Difference("negation", span("gazette", "not"), "herald", "")
    other = Difference("date", span("herald", "12 May"), "gazette", "14 May")
    return (
        Voice("gazette", "Gazette", GAZETTE.metadata, GAZETTE, (negation, date)),
        Voice("herald", "Herald", HERALD.metadata, HERALD, (other,)),
        Voice("almanac", "Almanac <b>", Metadata(), None),
    )


class SourcesAnswerer(Answerer):
    """Answers everything with when the bridge was opened; keeps what it was asked with."""

    def __init__(self, index: Index) -> None:
        super().__init__(index, reader="none")
        self.asked: list[tuple[str, tuple[Turn, ...], bool]] = []

    def ask(  # type: ignore[override]
        self,
        question: str,
        *,
        history: tuple[Turn, ...] = (),
        compare: bool = False,
        source: str | None = None,
        after: str | None = None,
        before: str | None = None,
    ) -> Answer:
        self.asked.append((question, tuple(history), compare))
        quotes = (HERALD, replace(GAZETTE, rank=2, confidence=0.7))
        understood = f"What did the bridge cost? ({question})" if history else ""
        by_source = voices() if compare else ()
        told = Answer(question, "answered", 0.9, quotes, quotes, 5.0)
        return replace(told, understood=understood, by_source=by_source)
