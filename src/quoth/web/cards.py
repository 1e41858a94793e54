"""Pure functions from quotes to cards, and from an abstention to what it says instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from quoth.records import Answer, Quote
from quoth.showing import NO_ANSWER, confidence_words, details_of, highlighted, place_of
from quoth.web.judging import judge_quote_html
from quoth.web.labels import citation, link_of

_BADGES = {
    "verified": ("✓ verified", "The article’s file still says exactly this."),
    "changed": ("! changed", "The article’s file has changed since it was indexed."),
}


@dataclass(frozen=True, slots=True)
class Hand:
    """The quotes that are shown together.

    turn: the number of the question in the conversation. chosen: the rank of the one whose place
    is shown. named: what one of them is called when read out.
    """

    quotes: tuple[Quote, ...]
    turn: int
    chosen: int | None = None
    named: str = "Quote"


def cards_html(answer: Answer, hand: Hand) -> str:
    """A card for each quote, best first."""
    kind = "quotes" if answer.status == "answered" else "quotes nearest"
    items = "".join(
        f'<li class="card">{words_html(quote, hand)}{_foot(quote, answer)}</li>'
        for quote in hand.quotes
    )
    return f'<ol class="{kind}">{items}</ol>'


def abstention_html(answer: Answer, nowhere: Sequence[str], turn: int) -> str:
    """That the articles do not answer, which words they lack, and what came nearest."""
    told = f'<p class="none">{NO_ANSWER}</p>{_missing(nowhere)}'
    if not answer.nearest:
        return told
    hand = Hand(answer.nearest, turn, named="Nearest quote, not an answer,")
    return (
        f'{told}<h3>Nearest quotes <span class="soft">these are not answers</span></h3>'
        f"{cards_html(answer, hand)}"
    )


def words_html(quote: Quote, hand: Hand, words: str = "") -> str:
    """The part of a card that is clicked: a quote's words and where they stand.

    words: its words as HTML, where more is marked in them than what answers.
    """
    spoken = (
        f"{hand.named} {quote.rank} of {len(hand.quotes)}, {confidence_words(quote.confidence)}: "
        f"{quote.text} From “{quote.title}”. Show it in the article."
    )
    current = "true" if quote.rank == hand.chosen else "false"
    details = "".join(f" · <bdi>{escape(part)}</bdi>" for part in details_of(quote))
    return (
        f'<div class="choose" role="button" tabindex="0" aria-current="{current}" '
        f'aria-label="{escape(spoken)}" data-turn="{hand.turn}" data-rank="{quote.rank}" '
        f'data-source="{escape(quote.source)}">'
        f'<blockquote dir="auto">{words or highlighted(quote)}</blockquote>'
        f'<p class="label"><cite><bdi>{escape(quote.title)}</bdi></cite>{details}</p>'
        f'<p class="file"><bdi>{escape(quote.source)}</bdi> · {place_of(quote)}</p></div>'
    )


def foot_html(quote: Quote, judging: str = "") -> str:
    """How sure it is, whether it still stands there, and what can be done with it."""
    badge, meaning = _BADGES[quote.check]
    link = link_of(quote.source, quote.start, quote.end)
    copiers = _copier("Copy", f" quote {quote.rank} and its source", "copy", citation(quote))
    copiers += _copier("Link", f" to quote {quote.rank}", "link", link)
    return (
        f'<div class="foot"><span class="confidence">{confidence_words(quote.confidence)}</span>'
        f'<span class="badge {quote.check}" title="{escape(meaning)}">{badge}</span>{judging}'
        f'<span class="copiers">{copiers}</span></div>'
    )


def _foot(quote: Quote, answer: Answer) -> str:
    return foot_html(quote, judge_quote_html(answer, quote))


def _copier(name: str, rest: str, what: str, text: str) -> str:
    """A button that copies. rest: of its name, for those who do not see where it stands."""
    return (
        f'<button type="button" class="quiet" data-{what}="{escape(text)}">'
        f'<span aria-live="polite">{name}</span><span class="hidden">{rest}</span></button>'
    )


def _missing(words: Sequence[str]) -> str:
    if not words:
        return ""
    quoted = [f"<bdi>“{escape(word)}”</bdi>" for word in words]
    if len(quoted) == 1:
        return f"<p>{quoted[0]} occurs in no article.</p>"
    return f"<p>{', '.join(quoted[:-1])} and {quoted[-1]} occur in no article.</p>"
