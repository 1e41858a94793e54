"""Which parts of which passages are worth a network's time; pure.

What is known before a network reads, the scores of all sentences, says where it is likely to find
something. Beside a sentence that stands out little needs reading; where none does, much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from quoth.records import Floats, Ints, Passage, Span

_BESIDE = 1
"""Sentences read on each side, by which the network knows what "it" and "they" are."""


def promising(
    passages: Sequence[Passage],
    scores: Mapping[int, Floats],
    *,
    most: int,
    reach: float,
) -> dict[int, Span]:
    """Number of each passage to read → its part, article offsets; the most promising first.

    scores: number of each passage to choose from → its sentences' log-odds, (sentences,).
    most: passages.
    reach: log-odds. A part is the run of sentences, headings before it left out, that score at
    most so much less than the best of all prose, with their neighbours; a passage without any
    such sentence is not read.
    """
    best = {n: float(some.max(initial=-np.inf)) for n, some in scores.items()}
    order = sorted(best, key=lambda n: -best[n])[:most]
    prose = [scores[n][passages[n].headings :].max(initial=-np.inf) for n in order]
    least = max(prose, default=0.0) - reach
    parts = {n: _part(passages[n], np.flatnonzero(scores[n] >= least)) for n in order}
    return {n: part for n, part in parts.items() if part is not None}


def _part(passage: Passage, near: Ints) -> Span | None:
    """From the first of the sentences `near` to the last, without headings, which are context."""
    if not len(near):
        return None
    count = len(passage.sentences)
    top = passage.headings if passage.headings < count else 0
    first = max(near[0] - _BESIDE, top)
    last = min(max(near[-1] + _BESIDE, top), count - 1)
    return Span(passage.sentences[first].start, passage.sentences[last].end)
