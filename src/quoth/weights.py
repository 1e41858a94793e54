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
    Logistic(bias=0.0, weights=(6.979, 1.092, 7.184, 3.192, 1.482, 0.136)),
    Logistic(bias=-5.102, weights=(4.523, 0.671, 0.883, 1.324, 0.555, 0.0)),
    threshold=0.45,
    margin=0.3,
)
"""Over `reading.FEATURES`."""

READER_SHA256 = "6a18346196f48d8564575f7b340bc098a92c1631f551c152fcff83d10baaaf86"
"""Of `reading/reader.safetensors`."""

READER = Fitted(
    Logistic(bias=0.0, weights=(3.476, 4.155, 3.757, 0.269, 0.495, 0.564, 0.74, 0.234, 0.328)),
    Logistic(bias=-1.779, weights=(2.341, 0.056, 0.564, -0.603, 0.399, 0.0, 0.416, -0.023, 0.103)),
    threshold=0.57,
    margin=0.8,
)
"""Over `reading.FEATURES` and `reading.NETWORK_FEATURES`."""

LARGE_SHA256 = "0fe6a0e29045edb945d34da7f48a7ef9787ab97d1d5b86b86e492cf427802271"
"""Of `reading/reader-large.safetensors`."""

LARGE_READER = Fitted(
    Logistic(
        bias=0.0,
        weights=(2.14, 3.586, 1.39, 0.548, 0.013, 0.836, 0.506, -0.096, 0.153, 0.414, 0.454, 0.203),
    ),
    Logistic(
        bias=-1.629,
        weights=(
            1.356,
            0.047,
            1.146,
            -1.129,
            0.479,
            0.0,
            0.209,
            0.076,
            -0.041,
            0.469,
            -0.114,
            0.076,
        ),
    ),
    threshold=0.5,
    margin=1.5,
)
"""Over `reading.FEATURES` and, of both networks, `reading.NETWORK_FEATURES`."""
