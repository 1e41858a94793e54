"""Scores of one answer against its gold; pure."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

from quoth.evaluation.gold import Place, overlap
from quoth.evaluation.outcomes import Given

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = frozenset(string.punctuation)


def normalised(text: str) -> str:
    """As in SQuAD's script: lower case, no punctuation, no articles, single blanks."""
    plain = "".join(one for one in text.lower() if one not in _PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", plain).split())


def exact_match(found: str, answers: Sequence[str]) -> float:
    """1 if the words are one of the answers after normalising, else 0 (Rajpurkar et al. 2016)."""
    return float(any(normalised(found) == normalised(answer) for answer in answers))


def word_f1(found: str, answers: Sequence[str]) -> float:
    """The best F1, 0 to 1, of the bag of words with an answer's (Rajpurkar et al. 2016).

    Where either has no words, 1 if both have none, else 0, as in SQuAD 2.0's script.
    """
    return max((_f1(normalised(found).split(), normalised(a).split()) for a in answers), default=0)


def _f1(found: Sequence[str], gold: Sequence[str]) -> float:
    if not found or not gold:
        return float(found == gold)
    both = sum((Counter(found) & Counter(gold)).values())
    return 2 * both / (len(found) + len(gold))


def occurs(answer: str, text: str) -> bool:
    """Whether the answer's words stand in the text in a row, after normalising.

    Words, not letters: "art" is not in "party" (as in DrQA, Chen et al. 2017).
    """
    words, own = normalised(answer).split(), normalised(text).split()
    size = len(words)
    return bool(size) and any(own[n : n + size] == words for n in range(len(own) - size + 1))


def answer_found(answers: Sequence[str], quotes: Sequence[str]) -> float:
    """1 if an answer occurs in one of the quotes, else 0."""
    return float(any(occurs(answer, quote) for quote in quotes for answer in answers))


def sources_found(quotes: Sequence[Given], places: Sequence[Place]) -> tuple[int, int]:
    """Of how many sources with gold one of the quotes overlaps it; how many there are."""
    found = {
        place.source
        for quote in quotes
        for place in places
        if overlap(quote.source, quote.start, quote.end, place)
    }
    return len(found), len({place.source for place in places})


def quote_found(quotes: Sequence[Given], places: Sequence[Place], *, all_sources: bool) -> float:
    """1 if one of the quotes overlaps gold, with `all_sources` one for each source; else 0."""
    found, wanted = sources_found(quotes, places)
    return float(found >= (wanted if all_sources else 1) and wanted > 0)
