"""A linear layer in whole numbers of 8 bits, which some processors multiply fastest; pure.

A few channels of what an encoder multiplies are far larger than the others, and one step for all
of them would leave the others too coarse. So each channel is divided by how large it gets, and
its weights multiplied by it (SmoothQuant, Xiao et al. 2023); then weights are rounded with one
step for each output, and inputs with one step for all (Jacob et al. 2018). How large inputs get
was measured once, by `training/ranges.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quoth.records import Floats

Ranges = Mapping[str, np.ndarray[Any, Any]]
"""Name of a linear layer → (2, inputs): the least and the most of each of its inputs."""
PARTS = ("qkv", "out", "wide", "narrow")
"""The linear layers of an encoder's layer."""
_TO_WEIGHTS = 0.95
"""How much of a channel's size goes to its weights; of 0.3, 0.5, 0.7 and 0.95 the nearest."""
_STEPS = 63
"""Of a weight to either side. With 127 the sums overflow on processors that add them in pairs."""
INPUT_LEVELS = 256


@dataclass(frozen=True, slots=True)
class Rounded:
    """One linear layer.

    smoothing float32 (inputs,): inputs are multiplied by it. low, high: of what comes of that, in
    `INPUT_LEVELS` steps of which one is 0. weight int8 (outputs, inputs), to be multiplied by
    step float32 (outputs, 1).
    """

    smoothing: Floats
    low: float
    high: float
    weight: np.ndarray[Any, np.dtype[np.int8]]
    step: Floats


def rounded(weight: Floats, ranges: Floats) -> Rounded:
    """weight (outputs, inputs), ranges (2, inputs)."""
    least, most = np.minimum(ranges[0], 0.0), np.maximum(ranges[1], 0.0)
    large = np.maximum(np.maximum(-least, most), 1e-5)
    heavy = np.maximum(np.abs(weight).max(axis=0), 1e-5)
    divided = large**_TO_WEIGHTS / heavy ** (1 - _TO_WEIGHTS)
    divided /= np.exp(np.log(divided).mean())
    low, high = _with_zero(float((least / divided).min()), float((most / divided).max()))
    grown = weight * divided
    step = np.maximum(np.abs(grown).max(axis=1, keepdims=True), 1e-12) / _STEPS
    return Rounded(
        (1 / divided).astype(np.float32),
        low,
        high,
        np.round(grown / step).astype(np.int8),
        step.astype(np.float32),
    )


def _with_zero(low: float, high: float) -> tuple[float, float]:
    """The range moved by less than a step, so that 0 is one of its levels."""
    step = max(high - low, 1e-12) / (INPUT_LEVELS - 1)
    below = round(-low / step)
    return -below * step, (INPUT_LEVELS - 1 - below) * step
