"""Pure: what is said of quotes and numbers, as plain text that is not yet escaped."""

from __future__ import annotations

from urllib.parse import urlencode

from quoth.records import Metadata, Quote

_WORDS = ((0.9, "very likely"), (0.65, "likely"), (0.4, "possible"), (0.0, "doubtful"))


def confidence_words(confidence: float) -> str:
    """A probability (0 to 1) in words and number, `likely · 0.82`."""
    shown = round(confidence, 2)
    word = next(word for least, word in _WORDS if shown >= least)
    return f"{word} · {shown:.2f}"


def count(number: int, one: str) -> str:
    """`1 article`, `2 articles`, `1,200 articles`."""
    return f"{number:,} {one if number == 1 else one + 's'}"


def citation(quote: Quote) -> str:
    """A quote and where it stands, as plain text to paste elsewhere."""
    parts = (quote.metadata.author, quote.title, quote.section, page_of(quote), quote.metadata.date)
    where = ", ".join(dict.fromkeys(part for part in parts if part))
    address = f"\n{quote.metadata.address}" if quote.metadata.address else ""
    return f"“{quote.text}”\n— {where} ({quote.source}, {place_of(quote)}){address}"


def place_of(quote: Quote) -> str:
    """`characters 10–27`."""
    return f"characters {quote.start}–{quote.end}"


def page_of(quote: Quote) -> str:
    """`page 3`; "" where the article has no pages."""
    return f"page {quote.page}" if quote.page else ""


def details_of(quote: Quote) -> tuple[str, ...]:
    """What a label says after the title: section, page, author and date, as far as known."""
    section = quote.section if quote.section != quote.title else ""
    parts = (section, page_of(quote), quote.metadata.author, quote.metadata.date)
    return tuple(part for part in parts if part)


def link_of(source: str, start: int, end: int) -> str:
    """What follows the app's address in a link to this place: `?article=…&start=…&end=…`."""
    return "?" + urlencode({"article": source, "start": start, "end": end})


def published_at(metadata: Metadata) -> str:
    """The article's address if a browser may be led there, else ""."""
    address = metadata.address
    return address if address.lower().startswith(("http://", "https://")) else ""
