"""A question and what was asked before it → a question that stands alone; pure, no model.

Whether a question leans on earlier ones is told by its own words: connectives, pronouns, ellipsis
(Hobbs 1978 and Dalton et al. 2020, "TREC CAsT", name these as what follow-ups are made of). One
that leans gets the content words of what it follows, in brackets, so that search and reader see
its own words first and a person can see what was understood; "and Iran?" takes the place of the
name it follows. Of the ways compared in benchmarks/FOLLOW-UPS.md this one found most.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from quoth.records import Span, Turn
from quoth.terms import content_words
from quoth.text import words

_MOST_CARRIED = 6
"""Words of earlier questions that a follow-up takes along, the latest first."""
_SHORT = 4  # content words up to which "another" or "too" is all that a question says

_CONNECTIVE = re.compile(
    r"\W*(?:and|but|so|or|then|also|plus|no|yes|ok(?:ay)?|sorry|(?:what|how) about|what else|"
    r"anything else|in that case|if so|if not|such as|because|instead|i mean|i meant|"
    r"i(?: am|['’]m) (?:talking|asking|interested))\b",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"\W*(?:why|how|when|where|who|which|what|how (?:so|come|many|much|long|often))\W*",
    re.IGNORECASE,
)
_OBJECT = re.compile(r"\b(?:it|them|him|her|hers|theirs)\b", re.IGNORECASE)
_SUBJECT = re.compile(r"\b(?:its|they|their|he|his|she)\b", re.IGNORECASE)
"""Pronouns of which a name or a noun before them, in the same question, is mostly what is meant."""
_CLAUSE = re.compile(r",|\b(?:and|if|when|while|that)\b", re.IGNORECASE)
_POINTER = re.compile(r"\b(?:this|these|those|former|latter)\b", re.IGNORECASE)
_EXPLETIVE = re.compile(
    r"\b(?:is|was|be|does|will|would|could|makes?|how|when|where|why|takes?)\s+it"
    r"(?:\s+\w+){0,4}\s+(?:to|that|for|if|whether|mean|take)\b"
    r"|\bit\s+(?:is|was|takes?)\b.*\b(?:to|that)\b",
    re.IGNORECASE,
)
"""An "it" that stands for nothing: "is it possible to …"."""
_THAT = re.compile(
    r"^that\b|\bthat\W*$|\bthat one\b"
    r"|\b(?:is|was|are|were|does|did|do|about|of|with|for|by|to|from|like|after|before|why|how|"
    r"has|could|would|will|can|might|than|on|in)\s+that\b(?!\s+the\b)",
    re.IGNORECASE,
)
"""A "that" that points, not one that joins clauses."""
_THERE = re.compile(
    r"(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )\bthere\b(?!\s+(?:is|are|was|were|any|be|an?)\b)",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:others?|else|another|the same"
    r"|(?:the|that|which|other|another|first|second|third|last|next) ones?)\b"
    r"|\b(?:too|either|as well)\W*$",
    re.IGNORECASE,
)
_DEFINES = re.compile(
    r"\b(?:what|who)(?:['’]s| is| are| was| were)\b|\bmeans?\b|\bdefin|\btell me\b", re.IGNORECASE
)
"""A short question that asks what something is needs nothing else."""
_INSTEAD = re.compile(
    r"\W*(?:no\W+)?(?:(?:and|but|or|so)\W+)?(?:what about|how about|and|or)\b\W*"
    r"(?:(?P<by>for|in|of|with|to|about|on|by|from)\b)?\s*(?P<name>.*?)[\s?.!]*",
    re.IGNORECASE,
)
_CARRIED = re.compile(r"\([^()]*\)$")
_NAME = re.compile(r"\b[A-Z][\w’'.-]*(?:\s+(?:of\s+(?:the\s+)?)?[A-Z][\w’'.-]*)*")
_POSSESSIVE = re.compile(r"[’']s?$")
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}
_ORDINAL = re.compile(
    rf"\bthe ({'|'.join(_ORDINALS)}) (?:article|source|text|document|one)\b", re.IGNORECASE
)


def understood(question: str, history: Sequence[Turn]) -> str:
    """The question as it would be asked alone; itself where it does not lean on `history`.

    history: oldest first; each of its questions is understood in the same way first.
    """
    before = ""
    for turn in history:
        before = _joined(turn.question, before)
    return _joined(question, before)


def leans(question: str) -> bool:
    """Whether a question says by its own words that it follows another."""
    content = content_words(question)
    if not content or _CONNECTIVE.match(question) or _BARE.fullmatch(question):
        return True
    if _points(question) or (_OTHER.search(question) and len(content) <= _SHORT):
        return True
    alone = _names(question) or _DEFINES.search(question)
    return len(content) == 1 and not alone


def named_source(question: str, history: Sequence[Turn], sources: Sequence[str]) -> str | None:
    """The source that a follow-up names by its place, as "no, the second article" does.

    Counted are the sources of the last answer where there is such a one, else `sources`, those
    of the index in order. None for a first question, and where no source is so named.
    """
    found = _ORDINAL.search(question)
    if found is None or not history:
        return None
    number = _ORDINALS[found[1].lower()]
    answered = list(dict.fromkeys(quote.source for quote in history[-1].quotes))
    for counted in (answered, sources):
        if len(counted) > max(number, 1):
            return counted[number]
    return None


def _points(question: str) -> bool:
    plain = _EXPLETIVE.sub(" ", question)
    if any(sign.search(plain) for sign in (_POINTER, _THAT, _THERE)):
        return True
    mine, other = _SUBJECT.search(plain), _OBJECT.search(plain)
    return bool(
        (mine and not _names_someone(plain[: mine.start()]))
        or (other and not _has_clause(plain[: other.start()]))
    )


def _names_someone(text: str) -> bool:
    """Whether "his" or "they" behind these words is likely one of them."""
    return len(_names(text)) > 0 or len(content_words(text)) > 1


def _has_clause(text: str) -> bool:
    """Whether "him" or "them" behind these words is likely of their clause before."""
    return len(_names(text)) > 1 or (_CLAUSE.search(text) is not None and bool(content_words(text)))


def _joined(question: str, before: str) -> str:
    """The question with what it needs of the one before, which stands alone."""
    if not before or not leans(question):
        return question
    if _only_names_source(question):
        return _ORDINAL.sub("it", before)
    return _replaced(question, before) or _with_words(question, before)


def _only_names_source(question: str) -> bool:
    """ "no, the second article": the same is asked again of another article."""
    found = _ORDINAL.search(question)
    return found is not None and not content_words(
        question[: found.start()] + question[found.end() :]
    )


def _replaced(question: str, before: str) -> str:
    """ "and for Iran?" after "What are Russia's goals?" → "What are Iran's goals?"

    "" where it does not only name another, or it is not clear in whose place.
    """
    found = _INSTEAD.fullmatch(question)
    name = found["name"] if found else ""
    if found is None or not _NAME.fullmatch(name):
        return ""
    before_each = rf"\b{found['by']}\s+$" if found["by"] else ""
    places = _names(before)
    after_same = [one for one in places if re.search(before_each, before[: one.start], re.I)]
    places = after_same if found["by"] and after_same else places
    if len(places) != 1:
        return ""
    start, end = places[0]
    owns = _POSSESSIVE.search(before[start:end])
    own = "" if owns is None or _POSSESSIVE.search(name) else owns.group()
    return before[:start] + name + own + before[end:]


def _with_words(question: str, before: str) -> str:
    new = _new_words(question, before)
    return f"{question.strip()} ({' '.join(new)})" if new else question


def _new_words(question: str, before: str) -> list[str]:
    """Content words that the question lacks: of the one before, then what that one leant on.

    Of the latter names come first: they are what a conversation is about.
    """
    known = {stem for _, stems in content_words(question) for stem in stems}
    asked, places = (
        _CARRIED.search(before),
        [Span(*one.span()) for one in _ORDINAL.finditer(before)],
    )
    older, names = asked.start() if asked else len(before), _names(before)
    new = [
        span
        for span, stems in content_words(before)
        if not known.issuperset(stems) and not _in_any(span, places)
    ]
    order = sorted(new, key=lambda one: one.start >= older and 2 - _in_any(one, names))
    return [before[start:end] for start, end in sorted(order[:_MOST_CARRIED])]


def _in_any(span: Span, places: Sequence[Span]) -> bool:
    return any(place.start <= span.start and span.end <= place.end for place in places)


def _names(question: str) -> list[Span]:
    """Capitalised words in a row; the question's first word is capitalised anyway."""
    first = next((span.end for span in words(question)), 0)
    found = (Span(*match.span()) for match in _NAME.finditer(question))
    cut = (_without_first(question, span, first) for span in found)
    return [span for span in cut if question[span.start : span.end] not in ("", "I")]


def _without_first(question: str, span: Span, first: int) -> Span:
    if span.start >= first:
        return span
    rest = question[first : span.end]
    return Span(span.end - len(rest.lstrip()), span.end) if rest.strip() else Span(first, first)
