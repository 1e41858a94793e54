"""Which of all that a reader found become quotes: best first, and nothing said twice; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from rapidfuzz.distance import Indel
from rapidfuzz.utils import default_process

from quoth.matmul import matmul
from quoth.records import Evidence, Floats, Hit, Passage, Span

_SAME = 0.9  # share of words alike, in order, from which two quotes say the same
Candidate = tuple[Evidence, Passage]
"""What might be quoted, and the passage that it stands in."""


def candidates(hits: Sequence[Hit], evidence: Sequence[Sequence[Evidence]]) -> list[Candidate]:
    """All evidence with its passage, best first; ties in order of source and place."""
    found = [(one, hit.passage) for hit, some in zip(hits, evidence, strict=True) for one in some]
    return in_order(found)


def choose(
    ordered: Sequence[Candidate], wanted: int, before: Sequence[Candidate] = ()
) -> list[Candidate]:
    """`before`, and the first of `ordered` that neither overlap nor repeat one chosen already.

    `wanted` in all.
    """
    chosen = list(before)
    for candidate in ordered:
        if len(chosen) == wanted:
            break
        if not any(alike(candidate, other) for other in chosen):
            chosen.append(candidate)
    return chosen


def of_each(
    found: Mapping[str, Sequence[Candidate]], wanted: int, says: Callable[[Candidate], bool]
) -> list[Candidate]:
    """One candidate of each source that says something, best first; then the best of what is left.

    found: source → its candidates, best first. says: whether a source's best candidate says
    something. Different sources may say the same: that, too, is what each of them says.
    """
    firsts = in_order([some[0] for some in found.values() if some and says(some[0])])
    left = in_order([one for some in found.values() for one in some])
    return choose(left, wanted, firsts[:wanted])


def spread(
    ordered: Sequence[Candidate], vectors: Floats, wanted: int, *, weight: float = 0.9
) -> list[Candidate]:
    """`wanted` of `ordered` that cover different points, the best first.

    Maximal marginal relevance (Carbonell and Goldstein 1998): each next one has the highest
    weight · worth - (1 - weight) · (its greatest cosine with one chosen); its worth is e to the
    half of what its score lies below the best. vectors (n, dimension), length 1: of their
    sentences, each made under its section, so that those of one section are nearer. Ties go to
    the first. With a lower weight, what is another point is less often one that was asked for.
    """
    scores = np.array([one.score for one, _ in ordered], float)
    worths = np.exp((scores - scores.max(initial=-np.inf)) / 2)
    nearest = np.zeros(len(ordered))
    chosen: list[int] = []
    left = list(range(len(ordered)))
    while left and len(chosen) < wanted:
        gains = weight * worths[left] - (1 - weight) * nearest[left]
        best = left[int(np.argmax(gains))]
        chosen.append(best)
        cosines = matmul(vectors, vectors[best])
        nearest = cosines if len(chosen) == 1 else np.maximum(nearest, cosines)
        left = [n for n in left if n != best and not alike(ordered[n], ordered[best])]
    return [ordered[n] for n in chosen]


def in_order(found: Sequence[Candidate]) -> list[Candidate]:
    """Best first; ties in order of source and place."""
    return sorted(found, key=lambda one: (-one[0].score, one[1].source, one[0].start))


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
