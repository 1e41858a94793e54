"""Pure: where a sentence says something else than the texts it leans on, by its plain words.

English, by what can be seen on the surface: who did what to whom is not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from quoth.differing import denials, is_form
from quoth.phrasing.words import OPPOSITES, WEIGHTY
from quoth.terms import content_words, terms
from quoth.text import sentences, words

_LEAST_SHARED = 0.5
"""Share of a sentence's content words that its quotes must have: tests/sets/phrasing.jsonl."""
_HEDGES = re.compile(
    r"\b(?:may|might|could|possibly|perhaps|probably|likely|unlikely|reportedly|allegedly|alleged"
    r"|supposedly|apparently|rumou?r\w*|claim(?:s|ed|ing)?|plan(?:s|ned|ning)?|expect(?:s|ed)?"
    r"|hop(?:e|es|ed|ing)|intend(?:s|ed)?|suspect(?:s|ed)?|suggest(?:s|ed)?|if|unless|unconfirmed"
    r"|would|propos(?:e|es|ed|al))\b"
)
_CLAUSE_END = re.compile(r"[,;:.!?()—–]")


@dataclass(frozen=True)
class Wording:
    """A sentence beside the texts that it leans on."""

    sentence: str
    texts: Sequence[str]

    def struck(self) -> str:
        """Why the sentence is not theirs, on one line; "" where nothing speaks against it."""
        return (
            self._denial() or self._weight() or self._turned() or self._hedge() or self._foreign()
        )

    def _denial(self) -> str:
        """It denies what they say, or says what they deny."""
        own = denials(self.sentence, wholly=True)
        told = [denials(text, wholly=True) for text in self._nearest]
        if own and not any(told):
            return f"“{self.sentence[slice(*own[0])]}” denies what no cited quote denies"
        if own:
            return ""
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

    def _turned(self) -> str:
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

    def _foreign(self) -> str:
        """Too few of its words are theirs."""
        own = terms(self.sentence)
        known = {stem for text in self.texts for stem in terms(text)}
        shared = sum(any(is_form(one, each) for each in known) for one in own)
        if own and shared >= _LEAST_SHARED * len(own):
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


def _denied(text: str, place: int) -> set[str]:
    """The stems of the first content word behind a cue, within its clause."""
    end = _CLAUSE_END.search(text, place)
    behind = text[place : end.start() if end else len(text)]
    found = content_words(behind)
    return set(found[0][1]) if found else set()


def _lower(text: str) -> list[str]:
    return [text[start:end].casefold() for start, end in words(text)]
