"""The numbers behind the Evaluate tab's plots, as pandas DataFrames for Gradio's own plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quoth.evaluation import Run
from quoth.evaluation.metrics import confidences, reliability, risk_coverage

_HISTORY = {
    "quote@1": "first quote right",
    "quote@3": "right among three",
    "abstained": "rightly silent",
}
_STAGES = {
    "not in the articles": "not there",
    "split across passages": "cut in two",
    "not among the candidates": "not found",
    "ranked below": "other passage",
    "wrong quote from the right passage": "wrong quote",
    "abstained wrongly": "wrongly silent",
    "answered where it should not have": "should be silent",
}


def reliability_frame(run: Run) -> Any:
    """Columns `confidence`, `right` (0 to 1) and `line`: as it is, and as it should be."""
    import pandas

    bins = reliability(*confidences(run.outcomes)) if run.outcomes else []
    rows = [(sure, right, "as it is") for sure, right, _ in bins]
    rows += [(0.0, 0.0, "as it should be"), (1.0, 1.0, "as it should be")]
    return pandas.DataFrame(rows, columns=["confidence", "right", "line"])


def risk_frame(run: Run) -> Any:
    """Columns `answered` and `wrong`, 0 to 1, surest answers first."""
    import pandas

    coverage, risk = risk_coverage(run.outcomes)
    return pandas.DataFrame({"answered": coverage, "wrong": risk})


def failures_frame(run: Run) -> Any:
    """Columns `reason` and `questions`, in the order in which a question passes the stages."""
    import pandas

    rows = [(_STAGES[stage], len(some)) for stage, some in run.failures.items()]
    return pandas.DataFrame(rows, columns=["reason", "questions"])


def history_frame(runs: Sequence[Mapping[str, object]]) -> Any:
    """Columns `when` (UTC), `share` (0 to 1) and `measure`; of runs of one set, oldest first."""
    import pandas

    rows = [
        (pandas.Timestamp(str(one["made"])), one[name], words)
        for one in runs
        for name, words in _HISTORY.items()
        if isinstance(one.get(name), float | int) and isinstance(one.get("made"), str)
    ]
    return pandas.DataFrame(rows, columns=["when", "share", "measure"])


def told(run: Run) -> dict[str, str]:
    """What one sees on the first three plots, in words, for those who do not."""
    bins = reliability(*confidences(run.outcomes)) if run.outcomes else []
    sure = [f"of {n} of confidence {s:.2f} {r * 100:.0f}% are right" for s, r, n in bins]
    failed = [f"{len(some)} {_STAGES[stage]}" for stage, some in run.failures.items()]
    return {
        "reliability": f"First quotes: {', '.join(sure)}" if sure else "",
        "risk": _risk_told(run),
        "failures": f"Questions that failed: {', '.join(failed)}" if failed else "",
    }


def _risk_told(run: Run) -> str:
    coverage, risk = risk_coverage(run.outcomes)
    half = next((n for n, share in enumerate(coverage) if share >= 0.5), None)
    if half is None:
        return ""
    return (
        f"If all were answered, {risk[-1] * 100:.0f}% would be wrong; of the surer half, "
        f"{risk[half] * 100:.0f}%"
    )
