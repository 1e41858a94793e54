"""What a reader's confidence is worth on a user's own questions; pure.

Fitted by `evaluation.calibrating`, stored with the index, applied when it answers.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Calibration:
    """Confidence → probability that the first quote is right, by lines between points.

    reader, reader_fingerprint: of the reader that it was fitted on. method: how, `platt` or
    `isotonic`.
    given, found: rising, 0 to 1, of equal length: confidences and what they are worth.
    threshold: confidence, after this, from which quoth answers. questions: how many it was
    fitted on. precision: the share of right answers that was asked for.
    """

    reader: str
    reader_fingerprint: str
    method: str
    given: tuple[float, ...]
    found: tuple[float, ...]
    threshold: float
    questions: int
    precision: float

    def apply(self, confidence: float) -> float:
        """The probability that a quote of that confidence is right."""
        return float(np.interp(confidence, self.given, self.found))

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """Raises ValueError for what is no calibration."""
        try:
            record: dict[str, Any] = json.loads(text)
            points = {name: tuple(map(float, record[name])) for name in ("given", "found")}
            made = cls(**record | points)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"no calibration: {error}") from error
        rising = all(np.all(np.diff(some) >= 0) for some in (made.given, made.found))
        within = all(0 <= value <= 1 for value in (*made.given, *made.found, made.threshold))
        if not made.given or len(made.given) != len(made.found) or not rising or not within:
            raise ValueError("no calibration: its points do not rise from 0 to 1")
        return made
