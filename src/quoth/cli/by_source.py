"""`quoth ask --compare`: what each source says, as JSON and as text. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quoth.cli.output import Json, known_json, quote_json
from quoth.cli.terminal import NOT_ANSWERED, Look, blocks, laid_out, quote_block, safe, state

if TYPE_CHECKING:
    from quoth.records import Answer, Difference, Quote, Voice

SAYS_NOTHING = "says nothing on this"


def by_source_json(answer: Answer) -> list[Json]:
    """What stands under the key `by_source`."""
    return [_voice_json(voice) for voice in answer.by_source]


def by_source_text(answer: Answer, look: Look) -> str:
    """A block for each source: its title and date, its quote, and what differs in it."""
    told = [_voice_text(voice, look) for voice in answer.by_source]
    return blocks(told if answer.status == "answered" else [NOT_ANSWERED, *told])


def _voice_json(voice: Voice) -> Json:
    quote = voice.quote
    return {
        "source": voice.source,
        "title": voice.title,
        **known_json(voice.metadata),
        "quote": None if quote is None else quote_json(quote),
        "differences": [_difference_json(one, quote) for one in voice.differences if quote],
    }


def _difference_json(difference: Difference, quote: Quote) -> Json:
    start, end = difference.span
    return {
        "kind": difference.kind,
        "start": start,
        "end": end,
        "text": _words(difference, quote),
        "other": difference.other,
        "words": difference.words,
    }


def _voice_text(voice: Voice, look: Look) -> str:
    head = " · ".join(filter(None, (voice.title or voice.source, voice.metadata.date)))
    lines = laid_out(head, [(0, len(head))], look, 0)
    if voice.quote is None:
        place = "" if not voice.title else f" · {safe(voice.source)}"
        return "\n".join([*lines, look.dim(f"   {SAYS_NOTHING}{place}")])
    differs = [_differs(one, voice.quote) for one in voice.differences]
    below = [_place(voice.quote), state(voice.quote), *differs]
    return "\n".join([*lines, quote_block(voice.quote, below, look)])


def _place(quote: Quote) -> str:
    """Where it stands in its article, whose title is told already."""
    section = "" if quote.section == quote.title else quote.section
    page = f"page {quote.page}" if quote.page else ""
    return " · ".join(filter(None, (section, page, f"{quote.source}:{quote.start}-{quote.end}")))


def _differs(difference: Difference, quote: Quote) -> str:
    here, other = _words(difference, quote), difference.other
    if difference.kind != "negation":
        return f"differs: {here} here, {difference.words} in {other}"
    if difference.words:
        return f"differs: “{here}” here, with “{difference.words}” in {other}"
    return f"differs: “{here}” here, not so in {other}"


def _words(difference: Difference, quote: Quote) -> str:
    start, end = difference.span
    return quote.text[start - quote.start : end - quote.start]
