"""Pure but for waiting: the k best rows that are held, all of them or an error.

A collection may have rows that the store does not hold: of a change that goes on, or was killed.
So more rows are asked for until k are found, and a row that must be there and is not found is
waited for. No answer is ever silently a part of one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum

import numpy as np

from quoth.engines.milvus.held import Held
from quoth.engines.milvus.server import Patience
from quoth.errors import EngineError
from quoth.records import Floats, Ints
from quoth.vectors.exact import TIE_MARGIN, best_first

MOST = 16_384
"""Rows that Milvus gives to one search."""
Found = Sequence[tuple[Floats, Ints]]
"""Of each query the scores (n,) and the ids (n,), best first."""
Find = Callable[[int, bool], Found]
"""At most so many rows; whether they must be of the newest state."""


class _State(Enum):
    DONE, CUT, SHORT = range(3)


def k_best(
    find: Find, k: int, held: Held, expected: Callable[[], int], where: str
) -> tuple[Floats, Ints]:
    """Scores (m, k') and ids (m, k') of the best that are held, equal scores in order of id.

    expected: how many must be found where all are asked for; k' = min(k, that) if it is right.
    where: what was searched, for messages. Raises EngineError; StateGoneError where rows that are
    held may have been taken away meanwhile.
    """
    limit, newest, patience = min(k + TIE_MARGIN, MOST), False, Patience()
    while True:
        found = find(limit, newest)
        kept = _held_only(found, held)
        states = {
            _state(raw, own, k, limit, expected) for raw, own in zip(found, kept, strict=True)
        }
        held.require_kept()
        if states <= {_State.DONE}:
            return _stacked(kept, k)
        if _State.CUT in states:
            if limit == MOST:
                raise EngineError(_too_many(where, k))
        elif not patience.wait():
            raise EngineError(
                f"{where} lacks rows that the index has: ask again, and if that does not help, "
                "run 'quoth repair'"
            )
        newest = newest or _State.SHORT in states
        limit = min(2 * limit, MOST)


def _held_only(found: Found, held: Held) -> Found:
    every = np.unique(np.concatenate([np.empty(0, np.int64), *(ids for _, ids in found)]))
    own = held.among(every)
    masks = [np.isin(ids, own) for _, ids in found]
    return [(scores[mask], ids[mask]) for (scores, ids), mask in zip(found, masks, strict=True)]


def _state(
    raw: tuple[Floats, Ints],
    kept: tuple[Floats, Ints],
    k: int,
    limit: int,
    expected: Callable[[], int],
) -> _State:
    """Whether one query has all it should; if not, whether asking for more rows may help."""
    scores, found = raw[0], len(kept[0])
    if len(scores) < limit:
        return _State.DONE if found >= k or found >= min(k, expected()) else _State.SHORT
    if found >= k and (scores[-1] < kept[0][k - 1] or limit == MOST):
        return _State.DONE  # no row beyond can be among the k best, or none can be had
    return _State.CUT


def _stacked(kept: Found, k: int) -> tuple[Floats, Ints]:
    rows = [best_first(scores[None], ids[None], k) for scores, ids in kept]
    width = min((row[1].shape[1] for row in rows), default=0)
    scores = np.concatenate([row[0][:, :width] for row in rows] or [np.empty((0, 0), np.float32)])
    ids = np.concatenate([row[1][:, :width] for row in rows] or [np.empty((0, 0), np.int64)])
    return scores, ids


def _too_many(where: str, k: int) -> str:
    if k > MOST:
        return f"{where} gives at most {MOST:,} rows to a search, not {k:,}: ask for fewer"
    return (
        f"{where} holds too many rows that belong to no passage (of {MOST:,} found, fewer than "
        f"{k:,} do): run 'quoth repair'"
    )
