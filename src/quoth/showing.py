"""What is shown of a quote wherever it is shown: its label as plain text, its words as HTML.

Nothing is added to a text, taken from it or moved: the text content of what `highlighted` gives is
the quote's text, code point for code point.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

from quoth.records import Hit, Quote, Span

NO_ANSWER = "The articles do not answer this."
_WORDS = ((0.9, "very likely"), (0.65, "likely"), (0.4, "possible"), (0.0, "doubtful"))


def confidence_words(confidence: float) -> str:
    """A probability (0 to 1) in words and number, `likely · 0.82`."""
    shown = round(confidence, 2)
    word = next(word for least, word in _WORDS if shown >= least)
    return f"{word} · {shown:.2f}"


def place_of(found: Hit | Quote) -> str:
    """`characters 10–27`."""
    return f"characters {found.start}–{found.end}"


def page_of(found: Hit | Quote) -> str:
    """`page 3`; "" where the article has no pages."""
    return f"page {found.page}" if found.page else ""


def details_of(found: Hit | Quote) -> tuple[str, ...]:
    """What a label says after the title: section, page, author and date, as far as known."""
    section = found.section if found.section != found.title else ""
    parts = (section, page_of(found), found.metadata.author, found.metadata.date)
    return tuple(part for part in parts if part)


def pieces(start: int, end: int, spans: Sequence[Span]) -> Iterator[tuple[Span, list[Span]]]:
    """`[start, end)` cut wherever one of `spans` begins or ends, with the spans over each piece.

    Spans may overlap, hold one another, and reach beyond the range.
    """
    inside = [span for span in spans if span.start < end and span.end > start]
    bounds = {place for span in inside for place in span if start < place < end}
    for one, other in pairwise(sorted({start, end} | bounds)):
        yield Span(one, other), [s for s in inside if s.start <= one and other <= s.end]


def highlighted(quote: Quote, differing: Sequence[Span] = ()) -> str:
    """A quote's words, the answering ones in `<mark>`; all of them alike if all answer.

    differing: the words in `<mark class="differs">`, in article offsets.
    """
    parts = []
    for piece, over in pieces(quote.start, quote.end, [*quote.highlights, *differing]):
        words = escape(quote.text[piece.start - quote.start : piece.end - quote.start])
        lit, differs = is_lit(piece, quote), any(span in differing for span in over)
        if differs:
            words = f'<mark class="{"lit " * lit}differs">{words}</mark>'
        elif lit:
            words = f"<mark>{words}</mark>"
        parts.append(words)
    return "".join(parts)


def is_lit(piece: Span, quote: Quote) -> bool:
    """Whether the piece answers more than the rest of the quote does."""
    return any(
        span.start <= piece.start and piece.end <= span.end
        for span in quote.highlights
        if span != (quote.start, quote.end)
    )
