"""Pure functions from what each source says to columns side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from quoth.records import Answer, Difference, Quote, Voice
from quoth.showing import highlighted
from quoth.web.cards import Hand, foot_html, words_html
from quoth.web.labels import count

SILENT = 8
"""Sources that say nothing which get a column of their own; the rest are counted."""
_TOLD = 4  # differences listed under a quote


def voices_html(answer: Answer, hand: Hand) -> str:
    """A column for each source, in the order of `answer.by_source`.

    hand: the sources' quotes, their ranks in that order.
    """
    titles = {voice.source: voice.title for voice in answer.by_source}
    quotes = iter(hand.quotes)
    spoken = [
        _speaking(voice, next(quotes), hand, titles)
        for voice in answer.by_source
        if voice.quote is not None
    ]
    silent = [voice for voice in answer.by_source if voice.quote is None]
    columns = "".join([*spoken, *map(_silent, silent[:SILENT])])
    rest = len(silent) - SILENT
    more = f'<p class="more">{count(rest, "more source")} said nothing on this.</p>'
    return f'<ul class="voices">{columns}</ul>{more if rest > 0 else ""}'


def _speaking(voice: Voice, quote: Quote, hand: Hand, titles: Mapping[str, str]) -> str:
    words = highlighted(quote, [difference.span for difference in voice.differences])
    return (
        f'<li class="voice">{_heading(voice)}<div class="card">{words_html(quote, hand, words)}'
        f"{_differences(quote, voice.differences, titles)}{foot_html(quote)}</div></li>"
    )


def _silent(voice: Voice) -> str:
    return f'<li class="voice silent">{_heading(voice)}<p>says nothing on this</p></li>'


def _heading(voice: Voice) -> str:
    date = escape(voice.metadata.date) or "no date"
    return f'<h3><bdi>{escape(voice.title or voice.source)}</bdi></h3><p class="file">{date}</p>'


def _differences(quote: Quote, differences: Sequence[Difference], titles: Mapping[str, str]) -> str:
    if not differences:
        return ""
    items = "".join(_difference(quote, one, titles) for one in differences[:_TOLD])
    rest = len(differences) - _TOLD
    more = f"<li>and {count(rest, 'more difference')}</li>" if rest > 0 else ""
    return f'<ul class="differences" aria-label="Differences">{items}{more}</ul>'


def _difference(quote: Quote, difference: Difference, titles: Mapping[str, str]) -> str:
    """“4 euros” here, “5 euros” in another."""
    start, end = difference.span
    own = escape(quote.text[start - quote.start : end - quote.start])
    title = escape(titles.get(difference.other) or difference.other)
    other = f"<bdi>“{escape(difference.words)}”</bdi>" if difference.words else "no negation"
    return (
        f'<li><span class="kind">{difference.kind}</span> <bdi>“{own}”</bdi> here, '
        f"{other} in <cite><bdi>{title}</bdi></cite></li>"
    )
