"""Which of all that a reader found become quotes: best first, and nothing said twice; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz.distance import Indel
from rapidfuzz.utils import default_process

from quoth.records import Evidence, Hit, Passage, Span

_SAME = 0.9  # share of words alike, in order, from which two quotes say the same
Candidate = tuple[Evidence, Passage]
"""What might be quoted, and the passage that it stands in."""


def candidates(hits: Sequence[Hit], evidence: Sequence[Sequence[Evidence]]) -> list[Candidate]:
    """All evidence with its passage, best first; ties in order of source and place."""
    found = [(one, hit.passage) for hit, some in zip(hits, evidence, strict=True) for one in some]
    return sorted(found, key=lambda one: (-one[0].score, one[1].source, one[0].start))


def choose(ordered: Sequence[Candidate], wanted: int) -> list[Candidate]:
    """The first `wanted` of `ordered` that neither overlap nor repeat one chosen before."""
    chosen: list[Candidate] = []
    for candidate in ordered:
        if len(chosen) == wanted:
            break
        if not any(alike(candidate, other) for other in chosen):
            chosen.append(candidate)
    return chosen


def alike(one: Candidate, other: Candidate) -> bool:
    (a, passage), (b, other_passage) = one, other
    if passage.source == other_passage.source and a.start < b.end and b.start < a.end:
        return True
    return _say_the_same(words_of(passage, a.sentence), words_of(other_passage, b.sentence)) or (
        _say_the_same(words_of(passage, a), words_of(other_passage, b))
    )


def _say_the_same(one: str, other: str) -> bool:
    """Whether the words are nearly the same; never if a number differs."""
    if re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return False
    some, others = default_process(one).split(), default_process(other).split()
    return Indel.normalized_similarity(some, others, score_cutoff=_SAME) > 0


def words_of(passage: Passage, place: Evidence | Span) -> str:
    return passage.text[place.start - passage.start : place.end - passage.start]
