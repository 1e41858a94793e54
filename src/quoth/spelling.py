"""Pure: misspelt words of a question → the nearest word that the articles use.

A word is left alone if the articles use it or if it is common English; otherwise the nearest
word of the articles within one edit (two from eight letters on) takes its place, the more
frequent where several are as near. A name, that is, a capitalised word inside the question,
only becomes a word that the articles capitalise: "Shahed" is not "shared". Distance: optimal
string alignment, that is, Levenshtein's with swapped neighbours as one edit (Damerau 1964), by
rapidfuzz.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rapidfuzz.distance import OSA

from quoth.text import words

_SHORTEST = 4
_MOST_WORDS = 50  # looked up in a question; beyond that it is no typed question but pasted text
_TWO_EDITS_FROM = 8
Spellings = Callable[[str], Iterable[tuple[str, int]]]
"""prefix → the articles' words that begin with it, in either case, as they are written there,
with their numbers of passages."""


def corrected(question: str, spellings: Spellings, is_common: Callable[[str], bool]) -> str:
    """The question with its misspelt words replaced; the same string if there is none."""
    pieces: list[str] = []
    end = 0
    for span in words(question)[:_MOST_WORDS]:
        word = question[span.start : span.end]
        is_name = bool(pieces) and word[:1].isupper()
        found = _corrected_word(word, is_name, spellings, is_common)
        pieces += [question[end : span.start], found]
        end = span.end
    return "".join([*pieces, question[end:]])


def _corrected_word(
    word: str, is_name: bool, spellings: Spellings, is_common: Callable[[str], bool]
) -> str:
    low = word.lower()
    if len(low) < _SHORTEST or not low.isalpha() or is_common(low):
        return word
    near = _candidates(low, spellings).items()
    usable = {known: count for known, count in near if known[0].isupper() or not is_name}
    return _nearest(low, usable) or word


def _candidates(word: str, spellings: Spellings) -> dict[str, int]:
    """The articles' words that begin with the first or second letter: a typo rarely hits both."""
    reach = _reach(word)
    return {
        known: count
        for prefix in dict.fromkeys((word[0], word[1]))
        for known, count in spellings(prefix)
        if abs(len(known) - len(word)) <= reach
    }


def _nearest(word: str, candidates: dict[str, int]) -> str | None:
    reach = _reach(word)
    scored = [
        (distance, -count, known)
        for known, count in candidates.items()
        if (distance := OSA.distance(word, known.lower(), score_cutoff=reach)) <= reach
    ]
    return min(scored)[2] if scored else None


def _reach(word: str) -> int:
    return 2 if len(word) >= _TWO_EDITS_FROM else 1
