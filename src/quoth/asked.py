"""Pure: what kind of thing a question asks for, and which words of a sentence are of that kind.

English only and by the question's own words; a question that fits no kind asks for `thing`, which
every sentence holds. The kinds follow the coarse classes of Li and Roth (2002), cut down to those
that can be seen on the surface.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from quoth.records import Span
from quoth.text import words

Kind = Literal["number", "time", "person", "place", "reason", "manner", "thing"]

_QUESTIONS: dict[Kind, str] = {
    "time": r"\bwhen\b|\b(what|which) (time|date|day|month|year|decade|century)\b"
    r"|\bhow (long ago|soon)\b",
    "number": r"\bhow (many|much|long|old|far|big|large|high|tall|often|fast|few)\b"
    r"|\bwhat (percent|percentage|number|amount|share|fraction|proportion|price)\b",
    "person": r"\bwho(m|se)?\b|\b(what|which) (person|people|group|company|organi[sz]ation)\b",
    "place": r"\bwhere\b|\b(what|which) (country|countries|city|state|region|place|nation)\b",
    "reason": r"\bwhy\b|\bhow come\b|\b(what|for what) (caused?|reasons?|made|makes|led)\b",
    "manner": r"\bhow\b|\b(in )?what way\b|\bby what means\b",
}
"""The words by which each kind is asked for; the first in the question, then in this order."""

_NUMBER = (
    r"(?<![\w.,])(?<![a-z]-)[$€£]?\d(?:[\d.,]*\d)?(?!\d|(?:st|nd|rd|th)\b)%?"
    r"(?:\s(?:percent|per cent|thousand|million|billion|trillion))?"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|"
    r"fifty|hundreds?|thousands?|millions?|billions?|dozens?|half|twice|several|once)\b"
)
_DATE = (
    r"\b(?:(?:early|mid|late|the)[- ]){0,3}(?:1\d{3}|20\d\d)s?\b"
    r"|\b(?:January|February|March|April|May|"
    r"June|July|August|September|October|November|December|Monday|Tuesday|Wednesday|Thursday|"
    r"Friday|Saturday|Sunday)\b(?:\s\d{1,2}\b)?(?:,?\s(?:1\d{3}|20\d\d)\b)?"
    r"|\b\d{1,2}(?:st|nd|rd|th)[- ]century\b"
)
_TIME = _DATE + (
    r"|\b(?:century|decades?|years?|months?|weeks?|days?|today|yesterday|since|until|before|after|"
    r"during|when|era)\b"
)
_OPENERS = (
    r"(?!(?:The|An?|In|On|At|By|For|From|To|With|And|But|Or|So|If|When|While|Since|After|Before|As|"
    r"Because|Although|Though|Even|Only|Both|Each|Every|Some|Many|Most|Now|Then|Here|There|That|"
    r"This|These|Those|It|Its|He|She|They|We|You|I|His|Her|Their|Our|Your|My|What|Who|Why|How|Where|"
    r"Which|Is|Are|Was|Were|Do|Does|Did|Has|Have|Had|Can|Could|Will|Would|Should|May|Might|Let|Not|"
    r"No|However|Despite|During|Under|Over|Until|Unlike|Like)\b)"
)
"""Capitalised at the start of a sentence, but no part of the name that follows."""
_WORDS_OF_NAME = r"[A-Z][\w’'-]*(?:\s(?:of\s(?:the\s)?)?[A-Z][\w’'-]*)"
_NAME = (
    rf"(?<![.!?:]\s)(?<!^)(?<![“\"'(])\b{_WORDS_OF_NAME}*"  # inside a sentence: any capital
    rf"|\b{_OPENERS}{_WORDS_OF_NAME}+"  # at its start: only two in a row
)
_REASON = (
    r"\b(?:because|since|due|so|therefore|thus|hence|result(?:s|ed|ing)?|reasons?|caus(?:e|es|ed|ing)"
    r"|led|leads?|as|to|for|if|means?|given|thanks|driven|needs?|needed)\b"
)
_MANNER = (
    r"\b(?:by|through|using|via|with|us(?:e|es|ed)|allow(?:s|ed|ing)?|help(?:s|ed|ing)?|like)\b"
)

_SIGNS: dict[Kind, re.Pattern[str]] = {
    "number": re.compile(_NUMBER, re.IGNORECASE),
    "time": re.compile(_TIME),
    "person": re.compile(_NAME),
    "place": re.compile(_NAME),
    "reason": re.compile(_REASON, re.IGNORECASE),
    "manner": re.compile(_MANNER, re.IGNORECASE),
}
_LABEL = re.compile(r"[^.:!?]{1,60}:\s")
_ANSWERS: dict[Kind, re.Pattern[str]] = {
    "number": _SIGNS["number"],
    "time": re.compile(_DATE),
    "person": _SIGNS["person"],
    "place": _SIGNS["place"],
}
"""The kinds whose very answers can be seen on the surface; the others only show signs."""


@lru_cache(maxsize=256)  # asked once for each sentence that is read
def asks_for(question: str) -> Kind:
    """The kind of thing that `question` asks for."""
    found = [
        (match.start(), order, kind)
        for order, (kind, pattern) in enumerate(_QUESTIONS.items())
        if (match := re.search(pattern, question, re.IGNORECASE))
    ]
    return min(found)[2] if found else "thing"


def answering_words(question: str, sentence: str) -> list[Span]:
    """The words of `sentence` that are of the kind asked for and not in the question already.

    Only for numbers, times, persons and places; [] for what cannot be seen on the surface. A label
    ("Limited Supply: …") is passed over where such words stand behind it.
    """
    pattern = _ANSWERS.get(asks_for(question))
    known = f" {_bare(question)} "
    found = [
        Span(match.start(), match.end())
        for match in (pattern.finditer(sentence) if pattern else ())
        if f" {_bare(match.group())} " not in known
    ]
    label = _LABEL.match(sentence)
    return [span for span in found if label and span.start >= label.end()] or found


def _bare(text: str) -> str:
    """The words of `text` alone, so that "5" is not found in "15"."""
    return " ".join(text[start:end].casefold() for start, end in words(text))


def holds(question: str, sentence: str) -> bool:
    """Whether `sentence` shows a sign of what `question` asks for."""
    kind = asks_for(question)
    if kind in ("number", "person", "place"):
        return bool(answering_words(question, sentence))
    return kind == "thing" or _SIGNS[kind].search(sentence) is not None
