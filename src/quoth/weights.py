"""The numbers that `training/fit_reading.py` found; made by it, not by hand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Logistic:
    """log-odds = bias + weights · features."""

    bias: float
    weights: tuple[float, ...]


SENTENCE = Logistic(bias=0.0, weights=(8.637, 0.651, 6.12, 4.128, 1.662, -0.622))
"""Over `reading.FEATURES`: which sentence answers? Compares sentences for one question only."""

CONFIDENCE = Logistic(bias=-4.435, weights=(3.562, -0.09, -0.064, 0.978, 1.527, 0.0))
"""Over the same: is a question's best sentence right? Calibrated on SQuAD 2.0 and on seeds/."""

THRESHOLD = 0.24
"""Confidence below which quoth abstains."""
