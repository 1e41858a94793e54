"""Pure: what stands beside a passage or a quote in a framework's own metadata."""

from __future__ import annotations

from quoth.records import Hit, Quote

Value = str | int | float | list[list[int]]

PLACES = ("start", "end", "score", "rank", "confidence", "highlights", "check")
"""What a program needs of a passage or quote, and a language model does not."""


def of_hit(hit: Hit) -> dict[str, Value]:
    """source, title, section, start, end, score, rank; author, date, address, page if known.

    start, end: code points of the article's text.
    """
    return {**_origin(hit), "score": hit.score, "rank": hit.rank}


def of_quote(quote: Quote) -> dict[str, Value]:
    """As `of_hit`, with confidence, highlights and check in place of the score.

    highlights: [start, end] of each run of answering words, code points of the article's text.
    """
    return {
        **_origin(quote),
        "rank": quote.rank,
        "confidence": quote.confidence,
        "highlights": [list(span) for span in quote.highlights],
        "check": quote.check,
    }


def identity(found: Hit | Quote) -> str:
    """The same wherever the same words of the same article are found: `notes.txt:10-27`."""
    return f"{found.source}:{found.start}-{found.end}"


def _origin(found: Hit | Quote) -> dict[str, Value]:
    about = found.metadata
    known: dict[str, Value] = {
        "author": about.author,
        "date": about.date,
        "address": about.address,
        "page": found.page or 0,
    }
    return {
        "source": found.source,
        "title": found.title,
        "section": found.section,
        "start": found.start,
        "end": found.end,
        **{name: value for name, value in known.items() if value},
    }
