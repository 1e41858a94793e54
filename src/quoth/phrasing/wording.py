"""Pure: where a sentence says something else than the texts it leans on, by its plain words.

English, by what can be seen on the surface: who did what to whom is not.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

from quoth.amounts import amounts
from quoth.dates import dates
from quoth.differing import blanked, denials, is_form
from quoth.phrasing.figures import plain
from quoth.phrasing.names import name_words
from quoth.phrasing.words import OPPOSITES, WEIGHTY
from quoth.records import Span
from quoth.terms import content_words, terms
from quoth.text import sentences, words

_LEAST_SHARED = 0.5
"""Share of a sentence's content words that its quotes must have: tests/sets/phrasing.jsonl."""
_HEDGES = re.compile(
    r"\b(?:may|might|could(?!\s+not|n)|possibly|perhaps|probably|likely|unlikely|reportedly|allegedly|alleged"
    r"|supposedly|apparently|rumou?r\w*|claim(?:s|ed|ing)?|plan(?:s|ned|ning)?|expect(?:s|ed)?"
    r"|hop(?:e|es|ed|ing)|intend(?:s|ed)?|suspect(?:s|ed)?|suggest(?:s|ed)?|if|unless|unconfirmed"
    r"|would|propos(?:e|es|ed|al))\b"
)
_MEANT = re.compile(
    r"\b(?:fail(?:s|ed|ing)?|refus(?:es?|ed|ing)|den(?:y|ies|ied|ying)|unable|impossible|hardly"
    r"|barely)\b",
    re.IGNORECASE,
)
_TURNING = re.compile(r"\b(?:by|from|to)\b", re.IGNORECASE)
_CAUSE = re.compile(
    r"\b(?:because|since|due to|therefore|thus|hence|so that|as a result|result(?:s|ed)? (?:in|of)"
    r"|caus(?:e|es|ed|ing)|led to|leads to|thanks to|owing to|reasons?|in order to)\b",
    re.IGNORECASE,
)
_SAYING = re.compile(
    r"\b(?:said|says?|told|tells?|report(?:s|ed)?|added|according|writes?|wrote)\b"
)
"""Who says so may come first or last."""
_CLAUSE_END = re.compile(r"[,;:.!?()—–]")


@dataclass(frozen=True)
class Wording:
    """A sentence beside the texts that it leans on."""

    sentence: str
    texts: Sequence[str]

    def struck(self) -> str:
        """Why the sentence is not theirs, on one line; "" where nothing speaks against it."""
        checks = (
            self._denial, self._weight, self._cause, self._opposite, self._hedge, self._order,
            self._foreign,
        )  # fmt: skip
        return next((reason for check in checks if (reason := check())), "")

    def _denial(self) -> str:
        """It denies what they say, or says what they deny."""
        own, told = _denials(self.sentence), [_denials(text) for text in self._nearest]
        if own:
            alike = any(cues and len(cues) % 2 == len(own) % 2 for cues in told)
            words = self.sentence[slice(*own[0])]
            return "" if alike else f"“{words}” denies what no cited quote denies"
        stems = set(terms(self.sentence))
        for text, cues in zip(self._nearest, told, strict=True):
            for cue in cues:
                if _denied(text, cue.end) & stems:
                    return f"a cited quote says “{text[slice(*cue)]}”, this does not"
        return ""

    def _weight(self) -> str:
        """It puts in a word that carries weight."""
        known = {word for text in self.texts for word in _lower(text)}
        found = next((w for w in _lower(self.sentence) if w in WEIGHTY and w not in known), "")
        return f"“{found}” is in no cited quote" if found else ""

    def _cause(self) -> str:
        """It gives a cause where they give none."""
        found = _CAUSE.search(self.sentence)
        if found is None or any(_CAUSE.search(text) for text in self.texts):
            return ""
        return f"“{found[0]}” where no cited quote gives a cause"

    def _opposite(self) -> str:
        """It has the opposite of a word of theirs."""
        known = {word for text in self.texts for word in _lower(text)}
        near = {word for text in self._nearest for word in _lower(text)}
        for word in _lower(self.sentence):
            for one, other in (*OPPOSITES, *((b, a) for a, b in OPPOSITES)):
                if word in one and not one & known and (said := sorted(other & near)):
                    return f"“{word}” where a cited quote says “{said[0]}”"
        return ""

    def _hedge(self) -> str:
        """It leaves out that something only may be so."""
        if _HEDGES.search(self.sentence):
            return ""
        found = [_HEDGES.search(text) for text in self._nearest]
        if not found or not all(found):
            return ""
        return f"a cited quote says “{found[0][0]}”, this does not" if found[0] else ""

    def _order(self) -> str:
        """Its names, or its numbers, stand in another order, with nothing that turned them."""
        for text in self._nearest:
            if _turns(text) != _turns(self.sentence):
                continue
            if not _keeps(_ends(self.sentence), _ends(text)):
                return "its numbers stand in another order than in the cited quote"
            told = _SAYING.search(text) or _SAYING.search(self.sentence)
            if not (told or _keeps(name_words(self.sentence), name_words(text))):
                return "its names stand in another order than in the cited quote"
        return ""

    def _foreign(self) -> str:
        """Too few of its words are theirs, names and numbers aside, which are looked at alone."""
        names = {stem for name in name_words(self.sentence) for stem in terms(name)}
        own = [one for one in terms(_without_figures(self.sentence)) if one not in names]
        known = {stem for text in self.texts for stem in terms(text)}
        shared = sum(any(is_form(one, each) for each in known) for one in own)
        if shared >= _LEAST_SHARED * len(own) and terms(self.sentence):
            return ""
        return "too few of its words are in the cited quotes"

    @cached_property
    def _nearest(self) -> list[str]:
        """The sentences of the texts that share most words with it."""
        own = set(terms(self.sentence))
        some = [text[start:end] for text in self.texts for start, end in sentences(text)]
        shared = [len(own.intersection(terms(one))) for one in some]
        most = max(shared, default=0)
        return [one for one, number in zip(some, shared, strict=True) if number == most]


def _denials(text: str) -> list[Span]:
    """The words that deny, by themselves or by what they mean, in order."""
    meant = [Span(*match.span()) for match in _MEANT.finditer(text)]
    return sorted([*denials(text, wholly=True), *meant])


def _denied(text: str, place: int) -> set[str]:
    """The stems of the first content word behind a cue, within its clause."""
    end = _CLAUSE_END.search(text, place)
    behind = text[place : end.start() if end else len(text)]
    found = content_words(behind)
    return set(found[0][1]) if found else set()


def _turns(text: str) -> set[str]:
    return {match[0].lower() for match in _TURNING.finditer(text)}


def _ends(text: str) -> list[tuple[float, float]]:
    """The numbers of `text` that are no dates."""
    return [one.ends for one in amounts(_undated(text))]


def _undated(text: str) -> str:
    return blanked(plain(text), (one.span for one in dates(plain(text))))


def _without_figures(text: str) -> str:
    """Without dates, numbers and their units."""
    return blanked(_undated(text), (one.measured for one in amounts(_undated(text))))


def _keeps(own: Sequence[Hashable], told: Sequence[Hashable]) -> bool:
    """Whether what stands once in both is in the same order in both."""
    both = [one for one in own if own.count(one) == told.count(one) == 1]
    return both == [one for one in told if one in both]


def _lower(text: str) -> list[str]:
    return [text[start:end].casefold() for start, end in words(text)]
