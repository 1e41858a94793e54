"""The numbers that `training/fit_reading.py` found; made by it, not by hand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Logistic:
    """log-odds = bias + weights · features."""

    bias: float
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a reader makes of a sentence's features.

    sentence: which sentence answers? Compares sentences for one question only.
    confidence: is a question's best sentence right? Calibrated.
    threshold: confidence below which quoth abstains.
    margin: log-odds below the best within which a sentence is extracted with it.
    """

    sentence: Logistic
    confidence: Logistic
    threshold: float
    margin: float


RANGES_SHA256 = "645bf00854a17199e2b992899d2f7c014d16e35541a7364e14ef0f75b974df41"
"""Of `reading/reader-ranges.safetensors`, made by `training/ranges.py`."""

EMBEDDING_READER = Fitted(
    Logistic(bias=0.0, weights=(8.759, 0.263, 6.918, 3.509, 1.483, 0.212)),
    Logistic(bias=-6.007, weights=(5.454, 0.079, 1.574, 1.448, 0.46, 0.0)),
    threshold=0.39,
    margin=0.4,
)
"""Over `reading.FEATURES`."""

READER_SHA256 = "6a18346196f48d8564575f7b340bc098a92c1631f551c152fcff83d10baaaf86"
"""Of `reading/reader.safetensors`."""

READER = Fitted(
    Logistic(bias=0.0, weights=(4.589, 3.696, 3.519, 0.419, 0.404, 0.742, 0.79, 0.203, 0.341)),
    Logistic(bias=-2.314, weights=(2.323, 0.949, 0.333, -0.377, 0.592, 0.0, 0.405, -0.014, 0.077)),
    threshold=0.56,
    margin=1.6,
)
"""Over `reading.FEATURES` and `reading.NETWORK_FEATURES`."""

LARGE_SHA256 = "0fe6a0e29045edb945d34da7f48a7ef9787ab97d1d5b86b86e492cf427802271"
"""Of `reading/reader-large.safetensors`."""

LARGE_READER = Fitted(
    Logistic(
        bias=0.0,
        weights=(2.909, 3.76, 0.862, 0.528, -0.075, 1.326, 0.55, -0.1, 0.164, 0.4, 0.46, 0.191),
    ),
    Logistic(
        bias=-1.782,
        weights=(
            0.672,
            1.434,
            0.96,
            -0.928,
            0.435,
            0.0,
            0.213,
            0.066,
            -0.042,
            0.414,
            -0.106,
            0.093,
        ),
    ),
    threshold=0.48,
    margin=1.4,
)
"""Over `reading.FEATURES` and, of both networks, `reading.NETWORK_FEATURES`."""
