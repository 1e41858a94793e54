"""Pure: what is said of quotes and numbers, as plain text that is not yet escaped."""

from __future__ import annotations

from urllib.parse import urlencode

from quoth.records import Metadata, Quote
from quoth.showing import page_of, place_of


def count(number: int, one: str) -> str:
    """`1 article`, `2 articles`, `1,200 articles`."""
    return f"{number:,} {one if number == 1 else one + 's'}"


def citation(quote: Quote) -> str:
    """A quote and where it stands, as plain text to paste elsewhere."""
    parts = (quote.metadata.author, quote.title, quote.section, page_of(quote), quote.metadata.date)
    where = ", ".join(dict.fromkeys(part for part in parts if part))
    address = f"\n{quote.metadata.address}" if quote.metadata.address else ""
    return f"“{quote.text}”\n— {where} ({quote.source}, {place_of(quote)}){address}"


def link_of(source: str, start: int, end: int) -> str:
    """What follows the app's address in a link to this place: `?article=…&start=…&end=…`."""
    return "?" + urlencode({"article": source, "start": start, "end": end})


def published_at(metadata: Metadata) -> str:
    """The article's address if a browser may be led there, else ""."""
    address = metadata.address
    return address if address.lower().startswith(("http://", "https://")) else ""
