"""The numbers that `training/fit_reading.py` found; made by it, not by hand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Logistic:
    """log-odds = bias + weights · features."""

    bias: float
    weights: tuple[float, ...]


SENTENCE = Logistic(bias=-7.0, weights=(6.0, 2.0, 1.5, 2.5, 0.3, -1.5))
"""Over `reading.FEATURES`: does this sentence answer?"""

CONFIDENCE = Logistic(bias=0.5, weights=(0.5, 1.0))
"""Over (sentence log-odds, sentence cosine) of a question's best sentence: is it right?"""
