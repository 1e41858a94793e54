"""`quote@1>=0.8`: what a run must reach."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from quoth.errors import UsageError
from quoth.evaluation.metrics import METRICS
from quoth.evaluation.runs import Run

_FORM = re.compile(r"\s*([a-z_@0-9]+)\s*(>=|<=)\s*([0-9.]+)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Requirement:
    """sign: `>=` or `<=`."""

    metric: str
    sign: str
    bound: float

    def __str__(self) -> str:
        return f"{self.metric}{self.sign}{self.bound:g}"

    def is_met(self, value: float) -> bool:
        """A metric without a value meets nothing."""
        return bool(value >= self.bound if self.sign == ">=" else value <= self.bound)


def requirement(text: str) -> Requirement:
    """Raises UsageError for another form, an unknown metric or no number."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise UsageError(f"cannot read the requirement {text!r}: write one such as quote@1>=0.8")
    name, sign, number = match[1].lower(), match[2], match[3]
    if name not in METRICS:
        near = get_close_matches(name, METRICS, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose {', '.join(METRICS)}"
        raise UsageError(f"unknown metric {name!r}: {hint}")
    try:
        return Requirement(name, sign, float(number))
    except ValueError as error:
        raise UsageError(f"the bound of {text!r} is no number: {number!r}") from error


def unmet(run: Run, wanted: Sequence[Requirement]) -> list[str]:
    """One line for each requirement that the run falls short of."""
    lines = []
    for one in wanted:
        figure = run.summary.get(one.metric)
        value = figure.value if figure else np.nan
        if not one.is_met(value):
            lines.append(f"{one} is not met: it is {figure if figure else 'not measured here'}")
    return lines
