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


EMBEDDING_READER = Fitted(
    Logistic(bias=0.0, weights=(8.758, 0.264, 6.918, 3.51, 1.483, 0.212)),
    Logistic(bias=-6.004, weights=(5.458, 0.076, 1.571, 1.448, 0.46, 0.0)),
    threshold=0.39,
    margin=0.4,
)
"""Over `reading.FEATURES`."""

READER_SHA256 = "8314e113a648402cd25f2942e145594fa41a7224d040d7353c008360942a62e2"
"""Of `reading/reader.safetensors`."""

READER = Fitted(
    Logistic(bias=0.0, weights=(4.969, 3.655, 3.735, 0.683, 0.387, 0.427, 0.631, 0.238, 0.268)),
    Logistic(bias=-2.072, weights=(1.697, 1.262, 0.337, -0.037, 0.596, 0.0, 0.081, 0.221, 0.106)),
    threshold=0.54,
    margin=1.5,
)
"""Over `reading.FEATURES` and `reading.NETWORK_FEATURES`."""

LARGE_SHA256 = "0fe6a0e29045edb945d34da7f48a7ef9787ab97d1d5b86b86e492cf427802271"
"""Of `reading/reader-large.safetensors`."""

LARGE_READER = Fitted(
    Logistic(
        bias=0.0,
        weights=(2.887, 4.099, 0.791, 0.606, -0.041, 1.196, 0.534, 0.006, 0.075, 0.4, 0.425, 0.227),
    ),
    Logistic(
        bias=-1.504,
        weights=(
            0.571,
            1.299,
            0.956,
            -0.982,
            0.411,
            0.0,
            0.115,
            0.084,
            -0.001,
            0.444,
            -0.074,
            0.063,
        ),
    ),
    threshold=0.48,
    margin=1.3,
)
"""Over `reading.FEATURES` and, of both networks, `reading.NETWORK_FEATURES`."""
