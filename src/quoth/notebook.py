"""How answers, quotes, hits and extracts show themselves in a notebook: as cards of HTML.

Styles stand in the elements themselves, since notebooks drop style sheets; all colours are the
notebook's own or see-through, so that cards read well in the light and in the dark. Nothing is
fetched, no script runs, and every text is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from quoth.records import Answer, Hit, Quote
from quoth.showing import NO_ANSWER, confidence_words, details_of, highlighted, place_of

if TYPE_CHECKING:
    from quoth.reading import Extract

_CARD = (
    "margin:0.5em 0;padding:0.6em 1em;border:1px solid rgba(128,128,128,0.4);"
    "border-left:4px {line} rgba({colour},0.9);border-radius:4px;max-width:46em"
)
_SURE, _UNSURE = ("solid", "17,138,126"), ("dashed", "168,118,20")
_WORDS = "margin:0;padding:0;border:0;font-size:1.05em;line-height:1.5;white-space:pre-wrap"
_LABEL = "margin:0.4em 0 0;font-size:0.85em;opacity:0.8"
_MARK = "background:rgba(255,196,0,0.35);color:inherit;border-radius:2px"
_QUESTION = "margin:0.5em 0;font-weight:600"
_SAID = "margin:0.5em 0"


class Cards:
    """Cards that a notebook shows. html: what it shows."""

    def __init__(self, html: str) -> None:
        self.html = html

    def _repr_html_(self) -> str:
        return self.html


def cards(found: Answer | Extract | Iterable[Hit | Quote]) -> Cards:
    """Hits, quotes, an answer or an extract as cards, to end a notebook's cell with.

    quoth.cards(retriever.search("Who supplies drones?", k=5))
    """
    if isinstance(found, Answer):
        return Cards(answer_html(found))
    if isinstance(found, Iterable):
        return Cards(_framed("".join(map(card_html, found)) or _said("Nothing was found.")))
    return Cards(extract_html(found))


def answer_html(answer: Answer) -> str:
    """The question and its quotes; where it abstains, that it does and what came nearest."""
    head = f'<p dir="auto" style="{_QUESTION}">{escape(answer.question)}</p>'
    if answer.understood:
        head += _said(f"Understood as: {escape(answer.understood)}")
    if answer.status == "answered":
        return _framed(head + "".join(map(card_html, answer.quotes)))
    near = _said("What came nearest; these are not answers:") if answer.nearest else ""
    shown = "".join(quote_html(quote, answers=False) for quote in answer.nearest)
    return _framed(f"{head}{_said(f'<strong>{NO_ANSWER}</strong>')}{near}{shown}")


def card_html(found: Hit | Quote) -> str:
    """One card."""
    return quote_html(found) if isinstance(found, Quote) else hit_html(found)


def quote_html(quote: Quote, *, answers: bool = True) -> str:
    """Its words, the answering ones marked, where they stand, and how sure it is.

    answers: whether it is shown as an answer, or only as what came nearest to one.
    """
    told = confidence_words(quote.confidence)
    if quote.check == "changed":
        told += " · ! the article’s file has changed since it was indexed"
    words = highlighted(quote).replace("<mark>", f'<mark style="{_MARK}">')
    return _card(words, [_origin(quote), told], is_sure=answers)


def hit_html(hit: Hit) -> str:
    """The passage, where it stands, and its score."""
    return _card(escape(hit.text), [_origin(hit), f"rank {hit.rank} · score {hit.score:.3f}"])


def extract_html(extract: Extract) -> str:
    """The sentences that answer, in order of place."""
    parts = [
        _card(escape(one.text), [f"characters {one.start}–{one.end} · score {one.score:.2f}"])
        for one in extract.spans
    ]
    return _framed(_said(f"Relevance {extract.relevance:.2f}") + "".join(parts))


def _origin(found: Hit | Quote) -> str:
    parts = (found.title, *details_of(found), found.source, place_of(found))
    return " · ".join(f"<bdi>{escape(part)}</bdi>" for part in parts if part)


def _card(words: str, lines: Iterable[str], *, is_sure: bool = True) -> str:
    line, colour = _SURE if is_sure else _UNSURE
    told = "".join(f'<p style="{_LABEL}">{one}</p>' for one in lines)
    return (
        f'<div style="{_CARD.format(line=line, colour=colour)}">'
        f'<blockquote dir="auto" style="{_WORDS}">{words}</blockquote>{told}</div>'
    )


def _said(words: str) -> str:
    return f'<p dir="auto" style="{_SAID}">{words}</p>'


def _framed(parts: str) -> str:
    return f'<div class="quoth">{parts}</div>'
