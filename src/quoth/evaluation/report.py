"""A run as one HTML file that opens offline, and as a short Markdown summary."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from quoth.evaluation.comparing import Comparison
from quoth.evaluation.metrics import METRICS, Metric
from quoth.evaluation.outcomes import Given
from quoth.evaluation.plots import plots
from quoth.evaluation.runs import Run
from quoth.evaluation.set_files import write_whole
from quoth.records import PathLike, Span

if TYPE_CHECKING:
    from markupsafe import Markup

    from quoth.evaluation.intervals import Figure

HEADLINES = ("quote@1", "quote@3", "recall@5", "answer_recall@3", "f1", "abstain_auroc",
             "precision", "coverage", "abstained", "ece", "p50_ms")  # fmt: skip
"""What the summaries show."""


def write_report(run: Run, path: PathLike) -> None:
    """Write the HTML file whole or not at all. Raises UsageError if that cannot be done."""
    write_whole(path, report_html(run))


def report_html(run: Run) -> str:
    """All that comes from articles and questions is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("quoth.evaluation", "."), autoescape=True, undefined=StrictUndefined
    )
    groups: dict[str, list[tuple[Metric, Figure]]] = {}
    for name, figure in run.summary.items():
        groups.setdefault(METRICS[name].group, []).append((METRICS[name], figure))
    return environment.get_template("report.html.jinja").render(
        run=run,
        verdict=verdict(run),
        groups=groups,
        short=[(METRICS[name], run.summary[name]) for name in HEADLINES if name in run.summary],
        plots=plots(run),
        failed=sum(map(len, run.failures.values())),
        made={"made": run.made, "questions' sha256": run.questions_sha256[:16]}
        | asdict(run.settings) | run.platform,
        number=_number,
        marked=_marked,
        answered=_answered,
        label=_label,
    )  # fmt: skip


def verdict(run: Run) -> str:
    """The run in one or two sentences."""
    answerable = [one for one in run.outcomes if one.answerable]
    others = [one for one in run.outcomes if not one.answerable]
    parts = []
    if answerable:
        right = sum(one.answered and any(q.is_gold for q in one.quotes) for one in answerable)
        parts.append(f"{right} of {len(answerable)} answerable questions got a right quote")
    if others:
        abstained = sum(not one.answered for one in others)
        parts.append(f"on {abstained} of {len(others)} others it abstained")
    worst = max(run.failures.items(), key=lambda item: len(item[1]), default=None)
    end = f" Most failures: {worst[0]} ({len(worst[1])})." if worst else " Nothing failed."
    return f"{'; '.join(parts)}.{end}" if parts else "No questions."


def markdown(run: Run) -> str:
    """A summary for a pull request."""
    lines = [f"**quoth on {run.questions}** ({len(run.outcomes)} questions): {verdict(run)}", "",
             "| metric | value | 95% interval | questions |", "|---|---|---|---|"]  # fmt: skip
    lines += [
        f"| {name} | {_number(one.value)} | {_number(one.low)} – {_number(one.high)} "
        f"| {one.questions} |"
        for name, one in run.summary.items()
        if name in HEADLINES
    ]
    if run.failures:
        lines += ["", "| why questions failed | |", "|---|---|"]
        lines += [f"| {stage} | {len(some)} |" for stage, some in run.failures.items()]
    return "\n".join(lines) + "\n"


def comparison_text(found: Comparison) -> str:
    """What `quoth compare` prints."""
    lines = [f"unlike: {line}" for line in found.unlike]
    if found.only:
        lines.append(f"questions that only one run has, left out: {len(found.only)}")
    lines += ["", f"{'metric':18} {'first':>7} {'second':>7} {'difference [95%]':>26} {'p':>7}"]
    for one in found.differences:
        digits = 0 if one.metric.endswith("_ms") else 3
        change = (f"{one.second - one.first:+.{digits}f} "
                  f"[{one.low:+.{digits}f}, {one.high:+.{digits}f}]")  # fmt: skip
        lines.append(
            f"{one.metric:18} {one.first:7.{digits}f} {one.second:7.{digits}f} "
            f"{change:>26} {one.p:7.4f}  {one.verdict}".rstrip()
        )
    for title, pairs in (("better now", found.gained), ("worse now", found.lost)):
        lines += ["", f"{title}: {len(pairs)} questions"]
        lines += [f"  {second.id}  {second.question}" for _, second in pairs]
    return "\n".join(lines)


def _number(value: float) -> str:
    if math.isnan(value):
        return "–"
    return f"{value:.0f}" if value > 2 else f"{value:.3f}"


def _label(quote: Given) -> str:
    parts = [quote.title or quote.source, quote.section, f"{quote.start}-{quote.end}"]
    return " · ".join(part for part in parts if part)


def _marked(quote: Given) -> Markup:
    """The quote with its first marked words in <mark>, unless these are all of it."""
    first = next(iter(quote.highlights), Span(quote.start, quote.start))
    if first == (quote.start, quote.end):
        return _with_mark(quote.text, 0, 0)
    return _with_mark(quote.text, first.start - quote.start, first.end - quote.start)


def _answered(text: str, answers: Sequence[str]) -> Markup:
    """Gold with the longest answer that stands in it in <mark>."""
    for one in sorted(answers, key=len, reverse=True):
        found = re.search(re.escape(one), text, re.IGNORECASE)
        if found:
            return _with_mark(text, *found.span())
    return _with_mark(text, 0, 0)


def _with_mark(text: str, start: int, end: int) -> Markup:
    """`text[start:end]` marked, if there is any; everything escaped."""
    from markupsafe import Markup, escape

    mark = Markup("<mark>{}</mark>").format(text[start:end]) if start < end else ""
    return escape(text[:start]) + mark + escape(text[end:])
