"""Vectors of the parts of a text, from the one pass that embeds the whole; pure.

A model that pools by the mean gives every token a vector in the light of all others. The mean over
a part's own tokens is the part's vector ("late chunking", Günther et al. 2024): nothing is run
again for it, and a part that says "he" or "there" is nearer to what is meant.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quoth.matmul import matmul
from quoth.records import Floats, Span


def part_vectors(
    own: Floats, tokens: Floats, offsets: Sequence[tuple[int, int]], parts: Sequence[Span]
) -> Floats:
    """(1 + parts, dimension), not of length 1: the text's own vector, then that of each part.

    own (dimension,), tokens (tokens, dimension) float32. offsets: of each token in the text, as
    `parts` are; empty for special ones. A part that no token is of, such as one beyond what the
    model reads, has the text's own vector.
    """
    places = np.asarray(offsets, np.int64).reshape(-1, 2)
    spans = np.asarray(parts, np.int64).reshape(-1, 2)
    inside = (places[:, 0] < spans[:, 1:]) & (places[:, 1] > spans[:, :1])
    count = inside.sum(axis=1, keepdims=True)
    means = matmul(inside.astype(np.float32), tokens) / np.maximum(count, 1)
    return np.concatenate([own[None], np.where(count > 0, means, own)]).astype(np.float32)
