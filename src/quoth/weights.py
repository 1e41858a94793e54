"""The numbers that `training/fit_reading.py` found; made by it, not by hand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Logistic:
    """log-odds = bias + weights · features."""

    bias: float
    weights: tuple[float, ...]


SENTENCE = Logistic(bias=0.0, weights=(8.642, 0.828, 6.074, 4.156, 1.628, -0.627))
"""Over `reading.FEATURES`: which sentence answers? Compares sentences for one question only."""

CONFIDENCE = Logistic(bias=-3.667, weights=(3.722, -0.051, -0.697, 0.965, 1.27, 0.0))
"""Over the same: is a question's best sentence right? Calibrated on SQuAD 2.0 and on seeds/."""
