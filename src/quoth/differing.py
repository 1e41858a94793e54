"""Pure: where two statements about the same thing differ in a number, date, name or negation.

English, by what can be seen on the surface. Nothing here knows what a sentence means, so it only
compares sentences that say nearly the same: apart from the words in question, one may add to what
the other says, but not each something of its own. A difference that is told and is none misleads;
one that is missed only leaves two quotes side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from quoth.amounts import Amount, amounts
from quoth.asked import answering_words, asks_for
from quoth.dates import Date, dates
from quoth.matmul import matmul
from quoth.records import DifferenceKind, Floats, Span
from quoth.terms import content_words, terms

_NEAR = 0.5
"""Cosine of two sentences from which they may speak of the same thing."""
_SHARED = 2  # content words that both must have beside those in question
_LONGEST = 1000  # characters of a sentence; what is longer is no statement, but a list or a table
_STEM = 4  # letters that two forms of a word share at least

_CUE = re.compile(
    r"\b(?:cannot|no longer|not|never|nobody|none|neither|nor|without|no)\b|\b\w+n[’']t\b",
    re.IGNORECASE,
)
_HALF_CUE = re.compile(
    r"(?:\bnot|n[’']t)\s+(?:just|only|merely|simply|necessarily|always|all|every|yet|sure|clear"
    r"|certain|known|so\s+much|exactly|entirely|really|quite|very|too|un\w+)\b"
    r"|\bno\s+(?:doubt|matter|wonder|question|one\s+doubts|less|more|fewer|later|sooner)\b"
    r"|\bwhether\s+or\s+not\b|\bif\s+not\b|\bwhy\s+not\b",
    re.IGNORECASE,
)
"""Denies nothing, or not all of it."""
_LIMITS = re.compile(
    r"\b(?:another|others?|else|different|too|also|as well|only|even|alone|each|every|per|average"
    r"|maximum|minimum|initial(?:ly)?|original(?:ly)?|first|last|former(?:ly)?|previous(?:ly)?"
    r"|earlier|later|next|second|third|new|old|once|again|since|until|by then|still"
    r"|plan(?:s|ned)?|expect(?:s|ed)?|forecasts?|predict(?:s|ed)?|target|goal|hope[sd]?|hoping"
    r"|promised?|wants?|wanted|might|may|could|would|should|will|if|unless|whether|claims?"
    r"|den(?:y|ies|ied)|alleged(?:ly)?|so-called|rumou?rs?|north|south|east|west|northern|southern"
    r"|eastern|western|young|women|woman|men|man|children|child|adults?|adult|annual|monthly|daily"
    r"|weekly|yearly|year|month|week|day|hour)\b",
    re.IGNORECASE,
)
"""Words that narrow what a sentence speaks of: both must have the same ones."""
_TOLD_BY = re.compile(
    r",\s+(?:[\w’'.-]+\s+){1,5}(?:said|says|say|told|tells|reports?|reported|adds?|added|announced"
    r"|estimates?|estimated|believes?|thinks?|writes?|wrote)\b[^,;]*$"
    r"|,?\s+according\s+to\s+[^,;]*$|^according\s+to\s+[^,;]*,",
    re.IGNORECASE,
)
"""Who says so: what both may add of their own."""
_SLOT = re.compile(r"(?:by|in|at|near|from)\s+(?:the\s+)?$", re.IGNORECASE)
"""What stands before a name that fills a place for which there is one thing."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence. vector (dimension,), length 1: its meaning."""

    text: str
    vector: Floats


@dataclass(frozen=True, slots=True)
class Clash:
    """Where two statements differ: the words of each, offsets into its sentence.

    For a negation, the word that denies, and in the other what is denied. negated: 1 or 2, which
    of them denies; 0 for other kinds.
    """

    kind: DifferenceKind
    one: Span
    other: Span
    negated: int = 0


def clashes(question: str, one: Statement, other: Statement) -> list[Clash]:
    """Where the two differ, of one kind at most: where they differ in more, they speak of two
    things. Exchanging them exchanges what is found."""
    texts = one.text, other.text
    if max(map(len, texts)) > _LONGEST or any(text.endswith("?") for text in texts):
        return []
    if float(matmul(one.vector, other.vector)) < _NEAR:
        return []
    return _compared(question, _Sides(_Parts.of(one.text), _Parts.of(other.text)))


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a sentence is made of. names: the capitalised ones inside it."""

    text: str
    dates: Sequence[Date]
    amounts: Sequence[Amount]
    names: Sequence[Span]
    cues: Sequence[Span]
    limits: frozenset[str]

    @classmethod
    def of(cls, text: str) -> _Parts:
        told_by = [Span(*match.span()) for match in _TOLD_BY.finditer(text)]
        text = blanked(text, told_by)
        days = dates(text)
        undated = blanked(text, [one.span for one in days])
        return cls(
            text,
            days,
            amounts(undated),
            answering_words("Who?", undated),
            denials(text),
            frozenset(match[0].lower() for match in _LIMITS.finditer(undated)),
        )

    def terms_without(self, spans: Iterable[Span]) -> set[str]:
        """The stems of its content words, but for those of its dates, numbers and `spans`."""
        dated = [one.span for one in self.dates]
        slots = [*dated, *(one.measured for one in self.amounts), *self.cues, *spans]
        return set(terms(blanked(self.text, slots)))


@dataclass(frozen=True, slots=True)
class _Sides:
    one: _Parts
    other: _Parts


def _compared(question: str, sides: _Sides) -> list[Clash]:
    one, other = sides.one, sides.other
    if one.limits != other.limits:
        return []
    numbers, days = _numbers(one, other), _dates(one, other)
    dated = bool(one.dates) == bool(other.dates)
    if days:
        alike = _counts_agree(one, other) and _denial(one, other) == 0
        return days if alike and not numbers and _same_rest(sides) else []
    if _denial(one, other):
        return _negations(sides) if not numbers and dated else []
    if numbers:
        return numbers if dated and _same_rest(sides) else []
    return _names(question, sides) if dated else []


def _numbers(one: _Parts, other: _Parts) -> list[Clash]:
    """Where each has one number of a unit, and these are not the same."""
    found = []
    for a in one.amounts:
        pairs = [b for b in other.amounts if a.is_of(b)]
        back = sum(b.is_of(each) for b in pairs for each in one.amounts)
        if len(pairs) == back == 1 and not a.agrees(pairs[0]):
            found.append(Clash("number", a.span, pairs[0].span))
    return found


def _dates(one: _Parts, other: _Parts) -> list[Clash]:
    """Where each has one date, and these cannot be the same."""
    if len(one.dates) != 1 or len(other.dates) != 1 or one.dates[0].agrees(other.dates[0]):
        return []
    return [Clash("date", one.dates[0].span, other.dates[0].span)]


def _counts_agree(one: _Parts, other: _Parts) -> bool:
    """Not so of what was counted at two times."""
    pairs = [a.agrees(b) for a in one.amounts for b in other.amounts]
    return any(pairs) or not pairs


def _denial(one: _Parts, other: _Parts) -> int:
    """How many more cues of negation one has than the other."""
    return abs(len(one.cues) - len(other.cues))


def _negations(sides: _Sides) -> list[Clash]:
    """Where one denies, once, what the other says."""
    one, other = sides.one, sides.other
    if len(one.cues) + len(other.cues) != 1 or not _same_rest(sides):
        return []
    denying, saying = (one, other) if one.cues else (other, one)
    said = _denied(denying, saying)
    if said is None or _HALF_CUE.search(denying.text):
        return []
    cue = denying.cues[0]
    pair = (cue, said) if denying is one else (said, cue)
    return [Clash("negation", *pair, negated=1 if denying is one else 2)]


def _denied(denying: _Parts, saying: _Parts) -> Span | None:
    """In the saying sentence, the first word of those that follow the cue in the other."""
    behind = [w for w in content_words(denying.text) if w[0].start >= denying.cues[0].end]
    if not behind:
        return None
    wanted = behind[0][1]
    return next((span for span, stems in content_words(saying.text) if stems == wanted), None)


def _names(question: str, sides: _Sides) -> list[Clash]:
    """Where a question asks for a name, and each has another one in the same place."""
    if asks_for(question) not in ("person", "place"):
        return []
    one, other = sides.one, sides.other
    mine, theirs = _own_names(one, other), _own_names(other, one)
    if len(mine) != 1 or len(theirs) != 1 or one.cues or other.cues:
        return []
    before = _SLOT.search(one.text[: mine[0].start]), _SLOT.search(other.text[: theirs[0].start])
    if not all(before) or before[0][0].lower() != before[1][0].lower():  # type: ignore[index]
        return []
    same = _same_rest(sides, mine, theirs)
    return [Clash("name", mine[0], theirs[0])] if same else []


def _own_names(parts: _Parts, other: _Parts) -> list[Span]:
    """Those of which the other sentence has no word."""
    known = set(terms(other.text))
    return [one for one in parts.names if not known & set(terms(parts.text[slice(*one)]))]


def _same_rest(sides: _Sides, mine: Iterable[Span] = (), theirs: Iterable[Span] = ()) -> bool:
    """Whether the sentences share enough, and at most one of them adds something."""
    a, b = sides.one.terms_without(mine), sides.other.terms_without(theirs)
    added, more = _beyond(a, b), _beyond(b, a)
    return not (added and more) and min(len(a) - len(added), len(b) - len(more)) >= _SHARED


def _beyond(some: set[str], others: set[str]) -> set[str]:
    """The stems that no other is a form of."""
    return {one for one in some if not any(is_form(one, each) for each in others)}


def denials(text: str, *, wholly: bool = False) -> list[Span]:
    """The words of `text` that deny something. wholly: without those of "not only", "no doubt"."""
    halves = [Span(*match.span()) for match in _HALF_CUE.finditer(text)] if wholly else []
    return [Span(*match.span()) for match in _CUE.finditer(blanked(text, halves))]


def is_form(one: str, other: str) -> bool:
    """Whether two stems are of one word, as far as their beginnings tell."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= _STEM and long.startswith(short))


def blanked(text: str, spans: Iterable[Span]) -> str:
    """`text` with blanks for `spans`, so that offsets stay."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
