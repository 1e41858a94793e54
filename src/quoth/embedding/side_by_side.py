"""The parts of a text side by side in one pass of a model, and the vectors of them; pure.

Each part is run as if it stood alone behind what is in none of them, such as a title: its tokens
see that and their own part, and its positions go on from there (parallel context windows, Ratner et
al. 2023). So a sentence has nearly the vector of a pass of its own, whatever stands beside it, and
a passage with all its sentences costs one pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from quoth.matmul import matmul
from quoth.records import Floats, Ints, Span

PADDING, SHARED = 0, 1
"""Groups of tokens that are none of a text's, and of those that every token sees. Parts follow."""
_FIRST_PART = SHARED + 1


class LaidOut(NamedTuple):
    """A text's tokens as a model takes them, each (tokens,) int64."""

    ids: Ints
    groups: Ints
    positions: Ints


def lay_out(
    ids: Sequence[int], offsets: Sequence[tuple[int, int]], parts: Sequence[Span]
) -> LaidOut:
    """offsets: of each token in the text, as `parts` are; empty for special ones.

    Parts are in order and do not overlap. Without any, all tokens see each other.
    """
    places, groups = np.asarray(offsets, np.int64).reshape(-1, 2), np.full(len(ids), SHARED)
    for number, (start, end) in enumerate(parts, _FIRST_PART):
        groups[(places[:, 0] < end) & (places[:, 1] > start)] = number
    positions = np.cumsum(groups == SHARED) - (groups == SHARED)
    for number in range(_FIRST_PART, _FIRST_PART + len(parts)):
        inside = groups == number
        positions[inside] += np.arange(np.count_nonzero(inside))
    return LaidOut(np.asarray(ids, np.int64), groups, positions)


def part_vectors(tokens: Floats, groups: Ints, parts: int) -> Floats:
    """(1 + parts, dimension), not of length 1: the mean of all tokens, then that of each part's.

    tokens (tokens, dimension) float32, what fills up the text behind its own; groups (tokens,) as
    `lay_out` gives them. A part that no token is of, such as one beyond what the model reads, has
    the text's own vector.
    """
    tokens = tokens[: len(groups)]
    own = tokens.mean(axis=0)
    inside = groups == np.arange(_FIRST_PART, _FIRST_PART + parts)[:, None]
    count = inside.sum(axis=1, keepdims=True)
    means = matmul(inside.astype(np.float32), tokens) / np.maximum(count, 1)
    return np.concatenate([own[None], np.where(count > 0, means, own)]).astype(np.float32)
