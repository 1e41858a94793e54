"""Pure: how well each sentence of an article stands for all of it.

For questions that have no subject of their own ("what is this article about?"), to which no
sentence is an answer. As in MEAD (Radev et al. 2004): nearness to the middle of the article, its
place, and nearness to what the article begins with, here its title; the first sentences of
sections count more, and questions and very short sentences less.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quoth.matmul import matmul
from quoth.records import Floats, Passage
from quoth.text import words

_OPENING = 3  # sentences of an article that tell what it is about
_SHORT = 6  # words below which a sentence says little alone
_OPENS, _LEADS, _ASKS, _TERSE = 0.15, 0.05, -0.2, -0.2


def gist_scores(
    passages: Sequence[Passage], vectors: Sequence[Floats], title: Floats
) -> list[Floats]:
    """For each passage of an article, (sentences,) scores, about 0 to 2; higher is better.

    passages: in order of place. vectors: for each (1 + sentences, dimension), its own first.
    title (dimension,): the vector of the article's title.
    """
    middle = np.mean([some[0] for some in vectors], axis=0)
    middle /= np.linalg.norm(middle) or 1.0
    scores, seen, sections = [], 0, set[str]()
    for passage, some in zip(passages, vectors, strict=True):
        own = np.asarray(matmul(some[1:], middle + title) / 2, np.float32)
        for n in range(passage.headings, len(passage.sentences)):
            leads = passage.section not in sections
            own[n] += _OPENS * (seen < _OPENING) + _LEADS * leads + _form(passage, n)
            sections.add(passage.section)
            seen += 1
        scores.append(own)
    return scores


def _form(passage: Passage, number: int) -> float:
    start, end = passage.sentences[number]
    text = passage.text[start - passage.start : end - passage.start]
    return _ASKS * text.endswith("?") + _TERSE * (len(words(text)) < _SHORT)
