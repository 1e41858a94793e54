"""Pure: what each source says, in order, and where their quotes differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from quoth.differing import Clash, Statement, clashes
from quoth.records import Difference, Floats, Quote, Span, Voice
from quoth.text import sentences

Embed = Callable[[Sequence[str]], Floats]
"""(n,) texts → (n, dimension), rows of length 1."""
_Placed = tuple[Span, Statement]


def arranged(voices: Sequence[Voice]) -> tuple[Voice, ...]:
    """Newest first as far as dates are known, then the surest; those that say nothing last.

    The quotes are numbered in that order.
    """
    speaking = sorted(_speaking(voices), key=lambda one: (-_sure(one), one.source))
    speaking.sort(key=lambda one: one.metadata.date, reverse=True)  # "" comes last
    silent = sorted((one for one in voices if one.quote is None), key=lambda one: one.source)
    numbered = [replace(one, quote=_numbered(one, rank)) for rank, one in enumerate(speaking, 1)]
    return (*numbered, *silent)


def compared(question: str, voices: Sequence[Voice], embed: Embed) -> tuple[Voice, ...]:
    """The same voices, each with what in its quote does not go with others' quotes."""
    speaking = _speaking(voices)
    if len(speaking) < 2:
        return tuple(voices)
    placed = _placed(speaking, embed)
    found: dict[str, list[Difference]] = {one.source: [] for one in speaking}
    for one, other in combinations(speaking, 2):
        for mine, theirs in _pairs(question, placed[one.source], placed[other.source]):
            found[one.source].append(_difference(mine, theirs, other))
            found[other.source].append(_difference(theirs, mine, one))
    return tuple(
        replace(one, differences=tuple(dict.fromkeys(found.get(one.source, ())))) for one in voices
    )


_End = tuple[Clash, Span, str]
"""One end of a clash: it, the place of the words in their article, and the words; "" for what is
denied there, as the difference is that it is not."""


def _pairs(
    question: str, mine: Sequence[_Placed], theirs: Sequence[_Placed]
) -> list[tuple[_End, _End]]:
    return [
        (
            (clash, _moved(clash.one, here.start), _words(clash, one.text, 1)),
            (clash, _moved(clash.other, there.start), _words(clash, other.text, 2)),
        )
        for here, one in mine
        for there, other in theirs
        for clash in clashes(question, one, other)
    ]


def _difference(mine: _End, theirs: _End, other: Voice) -> Difference:
    return Difference(mine[0].kind, mine[1], other.source, theirs[2])


def _words(clash: Clash, text: str, side: int) -> str:
    """What the other side is told of this one: "" where the other denies and this one does not."""
    if clash.kind == "negation" and clash.negated != side:
        return ""
    start, end = clash.one if side == 1 else clash.other
    return text[start:end]


def _placed(speaking: Sequence[Voice], embed: Embed) -> Mapping[str, list[_Placed]]:
    """source → the sentences of its quote, with where they begin in their article."""
    spans = [(one, Span(*span)) for one in speaking for span in sentences(_quote(one).text)]
    texts = [_quote(one).text[start:end] for one, (start, end) in spans]
    found: dict[str, list[_Placed]] = {one.source: [] for one in speaking}
    for (one, span), text, vector in zip(spans, texts, embed(texts), strict=True):
        place = _moved(span, _quote(one).start)
        found[one.source].append((place, Statement(text, vector)))
    return found


def _speaking(voices: Sequence[Voice]) -> list[Voice]:
    return [one for one in voices if one.quote is not None]


def _quote(voice: Voice) -> Quote:
    if voice.quote is None:
        raise ValueError(f"{voice.source!r} says nothing")
    return voice.quote


def _sure(voice: Voice) -> float:
    return _quote(voice).confidence


def _numbered(voice: Voice, rank: int) -> Quote:
    return replace(_quote(voice), rank=rank)


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)
