"""`Retriever`: a question → passages, by meaning, by words, or by both.

Both searches' scores are put on one scale and added (`fuse`); boilerplate goes below prose.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import numpy as np

from quoth.dialogue import understood
from quoth.engines import StateGoneError
from quoth.errors import IndexDamagedError, UsageError
from quoth.filters import chosen_sources
from quoth.index import Index
from quoth.matmul import matmul
from quoth.records import Floats, Hit, Ints, Mode, Turn
from quoth.rows import REMEDY, Place
from quoth.spelling import corrected
from quoth.timing import stage

if TYPE_CHECKING:
    from quoth.state import View

MAX_QUESTION = 10_000  # characters
MAX_HITS = 1_000
_BOILERPLATE = 0.3
_CANDIDATES = 50  # from each search
_AT_ONCE = 4  # searches for words, of as many questions
_TRIES = 10  # to find all of a state before others have replaced it
_TURNS = 10  # of a conversation: what came before these is forgotten


class Retriever:
    """Searches an index, by meaning and by words. Safe to use from several threads.

        retriever = quoth.Retriever(quoth.Index.open("index"))
        for hit in retriever.search("Who supplies drones?", k=5):
            print(hit.score, hit.source, hit.start, hit.text)

    Make one and keep it.
    """

    def __init__(self, index: Index) -> None:
        """index: one that is open. Its model is loaded at the first search by meaning."""
        self.index = index
        self._side = ThreadPoolExecutor(_AT_ONCE, "quoth-words")

    def search(
        self,
        question: str,
        k: int = 10,
        *,
        mode: Mode = "hybrid",
        source: str | None = None,
        after: str | None = None,
        before: str | None = None,
        history: Sequence[str | Turn] = (),
    ) -> list[Hit]:
        """The k best passages for a question, best first; ties in order of place.

        k: 1 to 1000. mode: `hybrid`, `dense` (meaning only) or `lexical` (words only).
        source: a shell pattern (`*.txt`); only articles whose source matches are searched.
        after, before: ISO dates (`2024`, `2024-05`, `2024-05-17`); only articles of that day or
        later, and of earlier days, are searched, and none without a date.
        history: what was asked before, oldest first, so that a follow-up is understood.
        Raises UsageError for an empty or overlong question, an unknown mode, k out of range, or
        a pattern or dates that match nothing.
        """
        question = understood(checked_question(question), checked_turns(history))
        _check(k, mode)
        with self.index.reading() as view:
            tries = _TRIES
            while True:
                _ = view.engines  # first of all, as the view is renewed where they are gone
                chosen = chosen_sources(view, source, after, before)
                try:
                    return self._found(view, question, k, mode, chosen)
                except StateGoneError:
                    tries -= 1
                    if not tries:
                        raise
                    view.renew()

    def _found(
        self, view: View, question: str, k: int, mode: Mode, chosen: Sequence[str] | None
    ) -> list[Hit]:
        with stage("spelling"):
            asked = self.spelt(question)
        dense, lexical = self._scores(view, asked, max(k, _CANDIDATES), mode, chosen)
        with stage("fetching passages"):
            places = view.store.places(list(dense | lexical))
        if len(places) < len(dense | lexical):
            raise IndexDamagedError(
                f"passages are missing from the index at {self.index.location.name!r}: {REMEDY}"
            )
        dense, lexical = _weighed(dense, places), _weighed(lexical, places)
        scores = fuse(dense, lexical) if mode == "hybrid" else dense or lexical
        best = _ranked(scores, places)[:k]
        with stage("fetching passages"):
            passages = view.store.passages([number for number, _ in best])
        return [
            Hit.of(passages[number], rank=rank, score=score)
            for rank, (number, score) in enumerate(best, 1)
        ]

    def spelt(self, question: str) -> str:
        """The question with the words corrected that neither the articles nor English know."""
        return corrected(question, self.index.engines.words.spellings, self._is_known)

    def _is_known(self, word: str) -> bool:
        """A word of the articles, or one so common that the model has a token for it."""
        if self.index.engines.words.spells(word):
            return True
        return self.index.embedder.count_tokens([word]) == [1]

    def _scores(
        self, view: View, question: str, k: int, mode: Mode, sources: Sequence[str] | None
    ) -> tuple[dict[int, float], dict[int, float]]:
        """Passage id → dense score, and → lexical score; empty for a search not asked for."""
        words = view.engines.words
        if mode == "lexical" and words.note:
            raise UsageError(f"mode 'lexical' cannot be had: {words.note}: choose hybrid or dense")
        if mode == "lexical":
            with stage("searching by words"):
                return {}, _as_dict(*words.search(question, k, sources))
        # Another core looks for the words while this one embeds the question.
        found = self._side.submit(words.search, question, k, sources) if mode == "hybrid" else None
        with stage("embedding the question"):
            query = self.index.embedder.embed_questions([question])
        allowed = None if sources is None else view.store.passage_ids_of(sources)
        with stage("searching by meaning"):
            scores, ids = view.engines.vectors.search(query, k, allowed)
        with stage("waiting for the search by words"):
            near, lexical = _as_dict(scores[0], ids[0]), _as_dict(*found.result()) if found else {}
        with stage("comparing sentences"):
            vectors = self.index.passage_vectors(list(near | lexical))
        return dict(zip(vectors, closeness(query[0], list(vectors.values())), strict=True)), lexical


def checked_question(question: str) -> str:
    """The question without white space around it.

    Raises UsageError if it is empty, too long, or holds control characters.
    """
    if not isinstance(question, str):
        raise UsageError(f"the question is {question!r}: it must be a string")
    stripped = question.strip()
    if not stripped:
        raise UsageError("the question is empty: ask something")
    if len(stripped) > MAX_QUESTION:
        raise UsageError(
            f"the question has {len(stripped):,} characters, at most {MAX_QUESTION:,} are read: "
            "shorten it"
        )
    for place, character in enumerate(stripped):
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n\r":
            raise UsageError(
                f"the question holds the control character U+{ord(character):04X} "
                f"at place {place}: remove it"
            )
    return stripped


def checked_turns(history: Sequence[str | Turn]) -> list[Turn]:
    """The last turns of a conversation, oldest first. Raises UsageError as for questions."""
    turns = [Turn(one) if isinstance(one, str) else one for one in history[-_TURNS:]]
    return [replace(turn, question=checked_question(turn.question)) for turn in turns]


def closeness(query: Floats, passages: Sequence[Floats]) -> list[float]:
    """How near each passage is in meaning: the mean of its own cosine and its best sentence's.

    query (dimension,); of each passage (1 + sentences, dimension), its own vector first. -1 to 1.
    It finds more than the passage's own cosine alone.
    """
    if not passages:
        return []
    # In float64, so that equal vectors have equal scores wherever they stand.
    cosines = matmul(np.concatenate(passages).astype(np.float64), query.astype(np.float64))
    starts = np.cumsum([0, *(len(vectors) for vectors in passages[:-1])])
    found: Floats = ((cosines[starts] + np.maximum.reduceat(cosines, starts)) / 2).astype(
        np.float32
    )
    return [float(one) for one in found]


def fuse(
    dense: Mapping[int, float], lexical: Mapping[int, float], *, weight: float = 0.6
) -> dict[int, float]:
    """Passage id → weight · dense + (1 - weight) · lexical, each brought to 0..1.

    A score is divided by its list's best after subtracting the list's worst (min-max; Bruch et
    al. 2023, "An Analysis of Fusion Functions for Hybrid Retrieval"); what a search did not find
    counts as its worst; where all that it found are equal, each is its best. It found
    more among the first five hits than reciprocal ranks did on development questions.
    """
    one, other = _to_unit(dense), _to_unit(lexical)
    return {
        number: weight * one.get(number, 0.0) + (1 - weight) * other.get(number, 0.0)
        for number in sorted(one.keys() | other.keys())
    }


def _to_unit(scores: Mapping[int, float]) -> dict[int, float]:
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if low == high:
        return dict.fromkeys(scores, 1.0)
    return {number: (score - low) / (high - low) for number, score in scores.items()}


def _weighed(scores: Mapping[int, float], places: Mapping[int, Place]) -> dict[int, float]:
    """Boilerplate at a fraction of its score.

    Before fusing, which would give 0 to the worst prose and so rank boilerplate above it.
    """
    return {
        number: score * _BOILERPLATE if places[number].boilerplate and score > 0 else score
        for number, score in scores.items()
    }


def _ranked(scores: Mapping[int, float], places: Mapping[int, Place]) -> list[tuple[int, float]]:
    """Ids best first, ties in order of source and place."""
    return sorted(
        scores.items(), key=lambda one: (-one[1], places[one[0]].source, places[one[0]].start)
    )


def _as_dict(scores: Floats, ids: Ints) -> dict[int, float]:
    return dict(zip(ids.tolist(), scores.tolist(), strict=True))


def _check(k: int, mode: str) -> None:
    if not isinstance(k, int) or not 1 <= k <= MAX_HITS:
        raise UsageError(f"k is {k!r}: it must be a whole number from 1 to {MAX_HITS:,}")
    if mode not in get_args(Mode):
        raise UsageError(f"unknown mode {mode!r}: choose hybrid, dense or lexical")
