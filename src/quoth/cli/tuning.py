"""`quoth calibrate, sweep`: fitting quoth to a question set of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from quoth.cli.evaluating import run_of
from quoth.cli.options import (
    DIGITS,
    MODES,
    Choices,
    Probability,
    index_option,
    json_option,
    opened_index,
    reader_option,
)
from quoth.cli.output import to_line
from quoth.cli.progress import progress_bars
from quoth.errors import UsageError

if TYPE_CHECKING:
    from quoth.evaluation.calibrating import Calibrated
    from quoth.evaluation.sweeping import Point


@click.command()
@click.argument("questions", metavar="QUESTIONS", required=False)
@click.option(
    "--precision",
    metavar="P",
    type=Probability(),
    default=0.9,
    show_default=True,
    help="The share of first quotes that should be right, 0 to 1.",
)
@index_option
@reader_option
@click.option("--split", metavar="NAME", help="Only the questions of this split.")
@click.option("--forget", is_flag=True, help="Go back to the reader's own confidence.")
@json_option
def calibrate(
    questions: str | None,
    precision: float,
    folder: str,
    reader: str | None,
    split: str | None,
    forget: bool,
    as_json: bool,
) -> None:
    """Fit confidence and threshold on your own QUESTIONS and keep both with the index."""
    from dataclasses import asdict

    from quoth.answering import OWN
    from quoth.evaluation import read_questions
    from quoth.evaluation.calibrating import calibrate as calibrated

    if forget:
        with opened_index(folder) as index:
            index.forget_calibration(reader or OWN)
        return
    if questions is None:
        raise UsageError("no questions given: expected quoth calibrate QUESTIONS")
    asked = read_questions(questions, split=split)
    with opened_index(folder) as index:
        found = calibrated(run_of(index, asked, reader, calibrated=False), precision)
        index.calibrate(found.calibration)
    if found.warning:
        click.echo(f"quoth: {found.warning}", err=True)
    click.echo(to_line(asdict(found)) if as_json else _calibrated_text(found))


@click.command()
@click.argument("questions", metavar="QUESTIONS")
@index_option
@click.option("--split", metavar="NAME", help="Only the questions of this split.")
@click.option("--sizes", metavar="N,...", help="Tokens of a passage. [default: 80,160,240]")
@click.option("--modes", metavar="MODE,...", help="[default: hybrid,dense]")
@click.option("--candidates", metavar="N,...", help="Passages that are read. [default: 10,20]")
@click.option("--readers", metavar="NAME,...", help="own, none, large, … [default: none,own]")
@json_option
def sweep(
    questions: str,
    folder: str,
    split: str | None,
    sizes: str | None,
    modes: str | None,
    candidates: str | None,
    readers: str | None,
    as_json: bool,
) -> None:
    """Try passage sizes, modes, numbers of candidates and readers on QUESTIONS."""
    from dataclasses import asdict

    from quoth.evaluation import read_questions, sweeping

    wanted: dict[str, Any] = {}
    for name, text in (("sizes", sizes), ("candidates", candidates)):
        if text is not None:
            wanted[name] = [_whole(name, one) for one in _listed(name, text)]
    if modes is not None:
        wanted["modes"] = [_mode(one) for one in _listed("modes", modes)]
    if readers is not None:
        named = _listed("readers", readers)
        wanted["readers"] = [None if one == "own" else one for one in named]
    asked = read_questions(questions, split=split)
    with opened_index(folder) as index, progress_bars() as progress:
        points = sweeping.sweep(index, asked, progress=progress, **wanted)
    if as_json:
        for point in points:
            click.echo(to_line(asdict(point)))
        return
    click.echo(_points_text(points))


def _listed(name: str, text: str) -> list[str]:
    found = [one.strip() for one in text.split(",") if one.strip()]
    if not found:
        raise UsageError(f"--{name} is {text!r}: name one or more, with commas between")
    return found


def _whole(name: str, text: str) -> int:
    low, high = (16, 4096) if name == "sizes" else (1, 1000)
    if not DIGITS.fullmatch(text) or not low <= int(text) <= high:
        raise UsageError(f"--{name} has {text!r}: it must be a whole number from {low} to {high}")
    return int(text)


def _mode(text: str) -> str:
    return Choices(MODES).convert(text, None, None)


def _points_text(points: Sequence[Point]) -> str:
    lines = [
        f"  {'size':>5} {'mode':8} {'read':>5} {'reader':10} quote@1 [95%]         quote@3    ms"
    ]
    for point in points:
        own, figures = point.setting, point.figures
        first, third = figures.get("quote@1"), figures.get("quote@3")
        lines.append(
            f"{'*' if point.best else ' '} {own.passage_tokens:5} {own.mode:8} "
            f"{own.candidates:5} {own.reader or 'own':10} {first!s:21} "
            f"{third.value if third else 0:7.3f} {figures['p50_ms'].value:5.0f}"
        )
    return "\n".join([*lines, "", "* none is at least as good and as fast, and better at one"])


def _calibrated_text(found: Calibrated) -> str:
    fitted = found.calibration
    return (
        f"confidence: {fitted.method}, calibration error {found.before:.3f} before, "
        f"{found.after:.3f} after (cross-validated, {fitted.questions} questions)\n"
        f"threshold: {fitted.threshold:.2f}, at which {found.precision:.2f} "
        f"[{found.low:.2f}, {found.high:.2f}] of first quotes are right\n"
        f"cost: {found.coverage:.2f} of the answerable questions are still answered"
    )
