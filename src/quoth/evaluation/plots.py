"""The report's pictures: a run → SVG, by matplotlib."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quoth.evaluation.intervals import Figure, served_by
from quoth.evaluation.metrics import BINS, confidences, reliability, risk_coverage
from quoth.evaluation.ranking import CUTS
from quoth.evaluation.runs import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BLUE, _RED, _GREY = "#1d5fa8", "#b3261e", "#6b6b6b"
_MOST_BARS = 15


@dataclass(frozen=True, slots=True)
class Plot:
    """says: what one sees, in words, for those who do not."""

    title: str
    says: str
    source: str  # a data: URI


def plots(run: Run) -> list[Plot]:
    """Those that the run has numbers for."""
    drawn = (
        _recall_by_k(run),
        _risk_coverage(run),
        _reliability(run),
        _failures(run),
        _by_kind(run),
        _by_article(run),
        _times(run),
    )
    return [plot for plot in drawn if plot is not None]


def _plot(title: str, says: str, draw: Callable[[Axes], None], height: float = 3.2) -> Plot:
    import matplotlib as mpl
    from matplotlib.figure import Figure as Canvas

    with mpl.rc_context({"svg.hashsalt": "quoth", "font.size": 9, "font.family": "sans-serif"}):
        canvas = Canvas(figsize=(5, height), layout="constrained")  # no global state, no window
        axes = canvas.subplots()
        draw(axes)
        axes.spines[["top", "right"]].set_visible(False)
        data = io.BytesIO()
        canvas.savefig(data, format="svg", metadata={"Date": None})
    encoded = base64.b64encode(data.getvalue()).decode()
    return Plot(title, says, f"data:image/svg+xml;base64,{encoded}")


def _recall_by_k(run: Run) -> Plot | None:
    lines = {
        name: [run.summary[f"{key}@{k}"] for k in CUTS]
        for name, key in (("a gold passage (hit)", "hit"), ("share of gold (recall)", "recall"))
        if f"{key}@{CUTS[0]}" in run.summary
    }
    if not lines:
        return None

    def draw(axes: Axes) -> None:
        for (name, figures), colour in zip(lines.items(), (_BLUE, _GREY), strict=False):
            axes.plot(CUTS, [one.value for one in figures], "o-", color=colour, label=name)
            low, high = [one.low for one in figures], [one.high for one in figures]
            axes.fill_between(CUTS, low, high, color=colour, alpha=0.15)
        axes.set(xlabel="passages looked at", ylabel="questions", ylim=(0, 1.02), xticks=CUTS)
        axes.legend(frameon=False, loc="lower right")

    hits = ", ".join(
        f"{k}: {one.value:.2f}" for k, one in zip(CUTS, lines["a gold passage (hit)"], strict=True)
    )
    return _plot("Found, by passages looked at", f"Share with a gold passage by k: {hits}.", draw)


def _risk_coverage(run: Run) -> Plot | None:
    coverage, risk = risk_coverage(run.outcomes)
    if not len(coverage):
        return None
    answered = float(np.mean([one.answered for one in run.outcomes]))

    def draw(axes: Axes) -> None:
        axes.step(coverage, risk, where="post", color=_BLUE)
        axes.axvline(answered, color=_RED, linestyle="--", linewidth=1, label="threshold now")
        axes.set(xlabel="share answered, surest first", ylabel="share of wrong first quotes",
                 xlim=(0, 1), ylim=(0, 1.02))  # fmt: skip
        axes.legend(frameon=False)

    half = risk[np.searchsorted(coverage, 0.5).clip(max=len(risk) - 1)]
    says = f"Answering the surest half, {half:.2f} of first quotes are wrong; all, {risk[-1]:.2f}."
    return _plot("Risk and coverage", says, draw)


def _reliability(run: Run) -> Plot | None:
    bins = reliability(*confidences(run.outcomes))
    if not bins:
        return None

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=_GREY, linewidth=1, linestyle="--", label="as it should be")
        axes.plot([b[0] for b in bins], [b[1] for b in bins], "o-", color=_BLUE, label="as it is")
        for sure, right, count in bins:
            axes.annotate(
                str(count), (sure, right), (0, 6), textcoords="offset points", ha="center"
            )
        axes.set(xlabel=f"confidence, in {BINS} bins", ylabel="share of right first quotes",
                 xlim=(0, 1), ylim=(0, 1.08))  # fmt: skip
        axes.legend(frameon=False, loc="upper left")

    says = "; ".join(f"{n} questions at {s:.2f}: {r:.2f} right" for s, r, n in bins) + "."
    return _plot("Confidence and truth", says, draw)


def _failures(run: Run) -> Plot | None:
    stages = {stage: len(some) for stage, some in run.failures.items()}
    if not stages:
        return None
    says = "; ".join(f"{stage}: {count}" for stage, count in stages.items()) + "."
    return _plot(
        "Failures by stage", says, lambda axes: _bars(axes, stages, "questions", _RED),
        height=1 + 0.35 * len(stages),
    )  # fmt: skip


def _by_kind(run: Run) -> Plot | None:
    kinds = served_by(run.outcomes, lambda one: one.kind)
    return _served("Served, by kind", kinds) if len(kinds) > 1 else None


def _by_article(run: Run) -> Plot | None:
    articles = served_by(run.outcomes, lambda one: one.gold[0].source if one.gold else "")
    return _served("Served, by article", articles) if len(articles) > 1 else None


def _served(title: str, groups: dict[str, Figure]) -> Plot:
    kept = dict(list(groups.items())[:_MOST_BARS])
    values = {f"{name[:34]} ({one.questions})": one.value for name, one in kept.items()}
    says = "; ".join(f"{name}: {value:.2f}" for name, value in values.items()) + "."
    return _plot(
        title, says, lambda axes: _bars(axes, values, "share served", _BLUE),
        height=1 + 0.3 * len(values),
    )  # fmt: skip


def _times(run: Run) -> Plot | None:
    times = [one.elapsed_ms for one in run.outcomes]
    if len(times) < 2:
        return None
    p50, p95 = np.percentile(times, [50, 95])

    def draw(axes: Axes) -> None:
        axes.hist(times, bins=30, color=_BLUE)
        axes.axvline(p50, color=_RED, linewidth=1, label=f"half: {p50:.0f} ms")
        axes.axvline(p95, color=_RED, linewidth=1, linestyle="--", label=f"95%: {p95:.0f} ms")
        axes.set(xlabel="milliseconds a question", ylabel="questions", xlim=(0, None))
        axes.legend(frameon=False)

    return _plot("Time", f"Half within {p50:.0f} ms, 95% within {p95:.0f} ms.", draw)


def _bars(axes: Axes, values: dict[str, float] | dict[str, int], label: str, colour: str) -> None:
    names: Sequence[str] = list(values)[::-1]
    bars = axes.barh(names, [values[name] for name in names], color=colour)
    axes.bar_label(bars, fmt="%.3g", padding=3)
    axes.set(xlabel=label)
    axes.margins(x=0.12)
