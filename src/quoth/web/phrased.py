"""Pure functions from a language model's sentences to what stands above the quotes.

The quotes do not wait for it: a place is kept, the page asks for what belongs there once it shows
the quotes, and puts it in. What the model wrote is escaped, whatever it is.
"""

from __future__ import annotations

import hashlib
from html import escape

from quoth.phrasing import citations, shown_quotes
from quoth.records import Answer, PhrasedSentence

_NAME = "Phrased by a language model"
_WAITING = "A language model is phrasing an answer from the quotes below …"


def phrase_key(answer: Answer) -> str:
    """What tells an answer's phrasing from that of any other answer."""
    places = [(one.source, one.start, one.end) for one in shown_quotes(answer)]
    told = repr((answer.understood or answer.question, places))
    return hashlib.sha256(told.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def place_html(answer: Answer) -> str:
    """The place that is kept for an answer's phrasing; "" where nothing answers."""
    if not shown_quotes(answer):
        return ""
    return (
        f'<section class="phrasing waiting" aria-label="{_NAME}" aria-live="polite" '
        f'data-phrase="{phrase_key(answer)}"><p class="by">{_WAITING}</p></section>'
    )


def phrasing_html(answer: Answer) -> str:
    """What belongs there."""
    if answer.phrasing is None:
        return no_phrasing_html(answer, "")
    sentences = "".join(map(_sentence, answer.phrasing.sentences))
    by = (
        f"Phrased by the language model <bdi>{escape(answer.phrasing.model)}</bdi>. "
        "The quotes below are the articles’ own words."
    )
    return _put(answer, f'<p class="by">{by}</p>{sentences}')


def no_phrasing_html(answer: Answer, line: str) -> str:
    """That there is none, and why. line: a sentence."""
    return _put(answer, f'<p class="by">The language model gave no answer. {escape(line)}</p>')


def _put(answer: Answer, html: str) -> str:
    return f'<div data-phrased="{phrase_key(answer)}">{html}</div>'


def _sentence(sentence: PhrasedSentence) -> str:
    if sentence.struck:
        reason = f"Struck: {escape(sentence.struck)}."
        words = f'<del dir="auto">{escape(sentence.text)}</del>'
        return f'<p class="struck">{words} <span class="reason">{reason}</span></p>'
    return f'<p dir="auto">{_linked(sentence.text)}</p>'


def _linked(text: str) -> str:
    """A kept sentence, its citations as buttons that lead to the quotes' cards."""
    parts, done = [], 0
    for citation in citations(text):
        parts.append(escape(text[done : citation.span.start]))
        parts += [
            f'<button type="button" class="cite" data-cite="{rank}" aria-label="Quote {rank}">'
            f"[{rank}]</button>"
            for rank in citation.ranks
        ]
        done = citation.span.end
    return "".join([*parts, escape(text[done:])])
