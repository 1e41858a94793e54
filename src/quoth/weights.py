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
    Logistic(bias=0.0, weights=(9.971, -1.323, 6.134, 4.069, 1.461, 0.269)),
    Logistic(bias=-6.671, weights=(5.494, -0.515, 2.299, 1.807, 0.691, 0.0)),
    threshold=0.45,
    margin=0.3,
)
"""Over `reading.FEATURES`."""

READER_SHA256 = "6a18346196f48d8564575f7b340bc098a92c1631f551c152fcff83d10baaaf86"
"""Of `reading/reader.safetensors`."""

READER = Fitted(
    Logistic(bias=0.0, weights=(4.938, 3.055, 3.14, 0.546, 0.461, 0.709, 0.772, 0.249, 0.329)),
    Logistic(bias=-1.96, weights=(1.344, 1.33, 0.419, -0.32, 0.5, 0.0, 0.407, 0.035, 0.072)),
    threshold=0.57,
    margin=0.6,
)
"""Over `reading.FEATURES` and `reading.NETWORK_FEATURES`."""

LARGE_SHA256 = "0fe6a0e29045edb945d34da7f48a7ef9787ab97d1d5b86b86e492cf427802271"
"""Of `reading/reader-large.safetensors`."""

LARGE_READER = Fitted(
    Logistic(
        bias=0.0,
        weights=(
            4.018,
            2.772,
            0.76,
            0.502,
            -0.063,
            0.774,
            0.617,
            -0.107,
            0.166,
            0.358,
            0.453,
            0.209,
        ),
    ),
    Logistic(
        bias=-1.362,
        weights=(-0.031, 1.822, 0.7, -0.911, 0.414, 0.0, 0.219, 0.083, -0.038, 0.456, -0.109, 0.08),
    ),
    threshold=0.47,
    margin=1.2,
)
"""Over `reading.FEATURES` and, of both networks, `reading.NETWORK_FEATURES`."""
