"""Pure functions from a run of a question set to HTML, in words that need no explaining.

Everything that comes from articles, questions and errors is escaped here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

from quoth.calibration import Calibration
from quoth.evaluation import Figure, Outcome, Run
from quoth.evaluation.calibrating import Calibrated
from quoth.evaluation.report import verdict
from quoth.web.labels import count
from quoth.web.measuring import Measured

_SHOWN = 25
"""Questions that are shown of each reason why questions failed."""
_SHARES = {
    "quote@1": "The first quote is right",
    "quote@3": "A right quote is among the first three",
    "hit@5": "The right passage is among the first five found",
    "answer_recall@3": "The short answer is in one of the first three quotes",
    "precision": "Where it answers, the first quote is right",
    "coverage": "It answers, where the articles do",
    "abstained": "It says so, where the articles do not answer",
}
_SURE = "How far confidence is from the truth, on average"
_REASONS = {
    "not in the articles": "The quote that should be found is in no article",
    "split across passages": "The quote that should be found was cut in two",
    "not among the candidates": "The right passage was not found",
    "ranked below": "The right passage was found, but another was preferred",
    "wrong quote from the right passage": "The wrong quote from the right passage",
    "abstained wrongly": "It did not answer, although it had a right quote",
    "answered where it should not have": "It answered, although the articles do not",
}


def message_html(line: str = "", *, problem: str = "") -> str:
    """What happened (polite), or what went wrong (alert)."""
    return (
        f'<div class="status" role="status">{escape(line)}</div>'
        f'<div class="problem" role="alert">{escape(problem)}</div>'
    )


def measured_html(found: Measured) -> str:
    """The verdict and the headline figures of a run."""
    run = found.run
    rows = "".join(_row(name, words, run) for name, words in _SHARES.items() if name in run.summary)
    return (
        f'<section class="measured"><h2>{escape(run.questions)}</h2>'
        f'<p class="verdict" role="status">{escape(verdict(run))}</p>{_left_out(found)}'
        '<div class="scroll" tabindex="0" role="region" aria-label="Figures"><table><thead><tr>'
        '<th scope="col">What was measured</th><th scope="col">Here</th>'
        '<th scope="col">For other questions like these <span class="soft-line">with 95% certainty'
        '</span></th><th scope="col">Questions</th></tr></thead>'
        f"<tbody>{rows}{_sure(run)}{_time(run)}</tbody></table></div></section>"
    )


def failures_html(run: Run, says: Mapping[str, str]) -> str:
    """The questions that failed, by why, with what was given and what would have been right.

    says: what one sees on the plots, in words.
    """
    return _in_words(says) + _failures(run)


def _in_words(says: Mapping[str, str]) -> str:
    items = "".join(f"<li>{escape(one)}.</li>" for one in says.values() if one)
    return (
        f'<details class="in-words"><summary>The plots in words</summary><ul>{items}</ul></details>'
    )


def _failures(run: Run) -> str:
    if not run.failures:
        return '<section class="failures"><h2>Nothing failed</h2></section>'
    total = sum(map(len, run.failures.values()))
    parts = "".join(_failed(stage, some) for stage, some in run.failures.items())
    heading = f"{count(total, 'question')} of {len(run.outcomes):,} failed"
    return f'<section class="failures"><h2>{heading}</h2>{parts}</section>'


def calibrated_html(found: Calibrated) -> str:
    """What a calibration would change."""
    fitted = found.calibration
    better = found.after < found.before
    warning = f"<p>{escape(found.warning.capitalize())}.</p>" if found.warning else ""
    return (
        '<section class="calibrated" role="status"><h3>Confidence on these questions</h3>'
        f"<p>It was off by <strong>{found.before * 100:.1f} points</strong> on average before "
        f"(calibration error), and would be by <strong>{found.after * 100:.1f}</strong> after, "
        f"tested on questions that it was not fitted on{'' if better else ': no better'}.</p>"
        f"<p>It would answer from a confidence of {fitted.threshold:.2f}. Then "
        f"{_percent(found.precision)} of its first quotes are right ({_percent(found.low)} to "
        f"{_percent(found.high)} for other questions like these), and it still answers "
        f"{_percent(found.coverage)} of those that the articles answer.</p>{warning}</section>"
    )


def state_html(calibration: Calibration | None, threshold: float) -> str:
    """How confidence is made now."""
    how = "as the reader gives it"
    if calibration is not None:
        how = f"as calibrated on {count(calibration.questions, 'question')}"
    return f'<p class="soft-line">Confidence is {how}; it answers from {threshold:.2f} on.</p>'


def _left_out(found: Measured) -> str:
    if not found.left_out:
        return ""
    are = "is" if found.left_out == 1 else "are"
    return (
        f'<p class="soft-line">{count(found.left_out, "question")} {are} left out: their articles '
        "are not in the library.</p>"
    )


def _row(name: str, words: str, run: Run) -> str:
    figure = run.summary[name]
    return _cells(words, _percent(figure.value), _interval(figure, _percent), figure)


def _sure(run: Run) -> str:
    if "ece" not in run.summary:
        return ""
    figure = run.summary["ece"]
    return _cells(_SURE, _points(figure.value), _interval(figure, _points), figure)


def _time(run: Run) -> str:
    if "p50_ms" not in run.summary:
        return ""
    figure = run.summary["p50_ms"]
    return _cells(
        "Half of the answers take less than", _milliseconds(figure.value),
        _interval(figure, _milliseconds), figure,
    )  # fmt: skip


def _cells(words: str, value: str, interval: str, figure: Figure) -> str:
    return (
        f'<tr><th scope="row">{words}</th><td class="value">{value}</td><td>{interval}</td>'
        f"<td>{figure.questions:,}</td></tr>"
    )


def _interval(figure: Figure, shown: Callable[[float], str]) -> str:
    if figure.questions < 2 or math.isnan(figure.low):
        return "too few questions to say"
    low, high = shown(max(0.0, figure.low)), shown(figure.high)
    return f"{low.removesuffix(' points').removesuffix(' ms')} to {high}"


def _percent(value: float) -> str:
    return "–" if math.isnan(value) else f"{value * 100:.0f}%"


def _points(value: float) -> str:
    return f"{value * 100:.1f} points"


def _milliseconds(value: float) -> str:
    return f"{value:,.0f} ms"


def _failed(stage: str, some: Sequence[Outcome]) -> str:
    items = "".join(_outcome(one) for one in some[:_SHOWN])
    rest = len(some) - _SHOWN
    more = f'<li class="more">and {rest:,} more, in the report</li>' if rest > 0 else ""
    return (
        f"<details><summary>{_REASONS.get(stage, escape(stage))} "
        f"({len(some):,})</summary><ul>{items}{more}</ul></details>"
    )


def _outcome(one: Outcome) -> str:
    given = one.quotes[0] if one.quotes else None
    told = f'<p class="asked"><bdi>{escape(one.question)}</bdi></p>'
    if given is not None:
        name = "Given" if one.answered else "Nearest, not given"
        told += _quoted(f"{name} ({given.confidence:.2f})", given.text, given.source)
    for place in one.gold[:1]:
        told += _quoted("Right", place.text or "the whole article", place.source)
    for text in one.missing[:1]:
        told += _quoted("Right, but not there", text, "")
    return f"<li>{told}</li>"


def _quoted(name: str, text: str, source: str) -> str:
    where = f' <span class="file"><bdi>{escape(source)}</bdi></span>' if source else ""
    return f"<p><strong>{name}:</strong> <q><bdi>{escape(text)}</bdi></q>{where}</p>"
