"""The numbers that `training/fit_reading.py` found; made by it, not by hand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Logistic:
    """log-odds = bias + weights · features."""

    bias: float
    weights: tuple[float, ...]


SENTENCE = Logistic(bias=0.0, weights=(8.628, 0.692, 6.098, 4.136, 1.629, -0.622))
"""Over `reading.FEATURES`: which sentence answers? Compares sentences for one question only."""

CONFIDENCE = Logistic(bias=-3.999, weights=(3.654, -0.042, -0.36, 0.953, 1.326, 0.0))
"""Over the same: is a question's best sentence right? Calibrated on SQuAD 2.0 and on seeds/."""

THRESHOLD = 0.23
"""Confidence below which quoth abstains."""
