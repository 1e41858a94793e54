"""What the network says of each token → what is known of each sentence; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quoth.reading.layout import Laid, Range
from quoth.records import Floats, Ints

NETWORK_FEATURES = ("relevance", "evidence", "span")
"""What is known of a sentence, all log-odds:

relevance: that the window which it is in answers.
evidence: that it answers: the mean over its tokens.
span: of the best answer span inside it to there being none (Devlin et al. 2019).
"""
_LONGEST_SPAN = 30  # tokens
_MOST = 12.0  # log-odds beyond which more says nothing
_UNREAD = (-_MOST, -_MOST, -_MOST)


@dataclass(frozen=True, slots=True)
class TokenScores:
    """offsets (tokens, 2): code points of the text. The others (tokens,) float32, log-odds:

    relevance: of the window that the token is read in. start, end: of an answer's first and last
    token, to there being none in that window. evidence: of being in a sentence that answers.
    """

    offsets: Ints
    relevance: Floats
    start: Floats
    end: Floats
    evidence: Floats


def merged(laid: Laid, outputs: Sequence[tuple[float, Floats]]) -> TokenScores:
    """outputs: for each window its relevance and (window's tokens, 3) start, end, evidence.

    Where windows overlap, a token counts where it is farther from the window's ends.
    """
    count = len(laid.offsets)
    kept = np.zeros((count, 4), np.float32)
    depth = np.full(count, -1)
    for window, (relevance, scores) in zip(laid.windows, outputs, strict=True):
        here = np.arange(window.count)
        inside = np.minimum(here, here[::-1])
        place = slice(window.first, window.first + window.count)
        own = scores[window.head : window.head + window.count].astype(np.float32)
        own[:, :2] -= scores[0, :2]  # the first token of all stands for "no answer"
        own = np.column_stack([np.full(window.count, relevance, np.float32), own])
        deeper = inside > depth[place]
        kept[place][deeper] = own[deeper]
        depth[place] = np.maximum(depth[place], inside)
    offsets = np.array(laid.offsets, np.int64).reshape(-1, 2)
    return TokenScores(offsets, kept[:, 0], kept[:, 1], kept[:, 2], kept[:, 3])


def sentence_features(
    scores: TokenScores, sentences: Sequence[Range]
) -> tuple[Floats, list[Range | None]]:
    """(sentences, 3) `NETWORK_FEATURES`, and the best span of each, None without a token.

    sentences: (start, end) each, in order, code points of the text.
    """
    starts = scores.offsets[:, 0]
    rows, spans = [], list[Range | None]()
    for start, end in sentences:
        first, last = np.searchsorted(starts, [start, end])
        if first == last:
            rows.append(_UNREAD)
            spans.append(None)
            continue
        a, b, best = best_span(scores.start[first:last], scores.end[first:last])
        relevance = float(scores.relevance[first:last].max())
        rows.append((relevance, float(scores.evidence[first:last].mean()), best))
        # A token may reach into the next sentence: tokenizers drop the sign between.
        spans.append((int(starts[first + a]), min(int(scores.offsets[first + b, 1]), end)))
    found = np.array(rows, np.float32).reshape(-1, len(NETWORK_FEATURES))
    return np.clip(found, -_MOST, _MOST), spans


def best_span(start: Floats, end: Floats) -> tuple[int, int, float]:
    """First and last token of the span of up to 30 tokens with the greatest start + end."""
    order = np.arange(len(start))
    length = order[None, :] - order[:, None]
    allowed = (length >= 0) & (length < _LONGEST_SPAN)
    total = np.where(allowed, start[:, None] + end[None, :], -np.inf)
    a, b = divmod(int(np.argmax(total)), len(start))
    return a, b, float(start[a] + end[b])
