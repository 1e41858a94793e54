"""`quoth eval, compare`: measuring on a question set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from quoth.cli.options import (
    index_option,
    json_option,
    mode_option,
    opened_index,
    reader_option,
    threshold_option,
)
from quoth.cli.output import to_line
from quoth.cli.progress import progress_bars
from quoth.errors import UsageError

if TYPE_CHECKING:
    from quoth.evaluation import QuestionSet, Run
    from quoth.index import Index
    from quoth.records import Mode


@click.command("eval")
@click.argument("questions", metavar="QUESTIONS")
@index_option
@reader_option
@threshold_option
@mode_option
@click.option("--split", metavar="NAME", help="Only the questions of this split.")
@click.option("--report", metavar="FILE", help="Write an HTML report that opens offline.")
@click.option("--markdown", metavar="FILE", help="Write a short summary in Markdown.")
@click.option("--save", metavar="FILE", help="Write the run as JSON, for `quoth compare`.")
@click.option(
    "--require",
    "required",
    metavar="METRIC>=VALUE",
    multiple=True,
    help="End with code 1 unless it is reached; may be given several times.",
)
@click.option("--check", is_flag=True, help="Only say what is wrong with the questions.")
@click.option("--against", metavar="FILE", help="With --check: another set that must share none.")
@json_option
def evaluate(
    questions: str,
    folder: str,
    reader: str | None,
    threshold: float | None,
    mode: Mode,
    split: str | None,
    report: str | None,
    markdown: str | None,
    save: str | None,
    required: tuple[str, ...],
    check: bool,
    against: str | None,
    as_json: bool,
) -> None:
    """Measure answers on QUESTIONS: JSON lines, CSV, SQuAD JSON or a BEIR folder."""
    from quoth.evaluation import read_questions, requirement, unmet
    from quoth.evaluation.report import markdown as summary
    from quoth.evaluation.report import write_report
    from quoth.evaluation.set_files import write_whole

    wanted = [requirement(text) for text in required]
    for path in (save, report, markdown):
        _require_folder(path)  # before minutes of work are lost for it
    asked = read_questions(questions, split=split)
    with opened_index(folder) as index:
        if check:
            _check(index, asked, against)
            return
        run = run_of(index, asked, reader, threshold=threshold, mode=mode)
    if save:
        run.save(save)
    if report:
        write_report(run, report)
    if markdown:
        write_whole(markdown, summary(run))
    click.echo(_json(run) if as_json else _text(run))
    short = unmet(run, wanted)
    for line in short:
        click.echo(f"quoth: {line}", err=True)
    if short:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("first", metavar="RUN_A")
@click.argument("second", metavar="RUN_B")
@json_option
def compare(first: str, second: str, as_json: bool) -> None:
    """Say what got better and worse from one saved run to another."""
    from dataclasses import asdict

    from quoth.evaluation import Run
    from quoth.evaluation import compare as compared
    from quoth.evaluation.report import comparison_text

    found = compared(Run.load(first), Run.load(second))
    if not as_json:
        click.echo(comparison_text(found))
        return
    sides = {"gained": found.gained, "lost": found.lost}
    click.echo(
        to_line(
            {
                "unlike": list(found.unlike),
                "only": list(found.only),
                "differences": [asdict(one) for one in found.differences],
                **{name: [second.id for _, second in pairs] for name, pairs in sides.items()},
            }
        )
    )


def run_of(
    index: Index,
    asked: QuestionSet,
    reader: str | None,
    *,
    threshold: float | None = None,
    mode: Mode = "hybrid",
    calibrated: bool = True,
) -> Run:
    """Asks all questions, with a progress bar."""
    from quoth.answering import Answerer
    from quoth.evaluation import evaluate

    answerer = Answerer(index, reader=reader, threshold=threshold, mode=mode, calibrated=calibrated)
    with progress_bars() as progress:
        return evaluate(answerer, asked, progress=progress)


def _require_folder(path: str | None) -> None:
    from pathlib import Path

    if path is not None and (not Path(path).parent.is_dir() or Path(path).is_dir()):
        raise UsageError(f"cannot write {path!r}: name a file in a folder that exists")


def _check(index: Index, asked: QuestionSet, against: str | None) -> None:
    from quoth.evaluation import check, read_questions

    others = read_questions(against).questions if against else ()
    faults = check(index, asked.questions, others)
    for fault in faults:
        click.echo(str(fault))
    click.echo(f"{len(faults)} faults in {len(asked.questions)} questions", err=True)
    if faults:
        raise click.exceptions.Exit(1)


def _json(run: Run) -> str:
    record = run.to_json()
    del record["outcomes"]
    record["failures"] = {stage: [one.id for one in some] for stage, some in run.failures.items()}
    return to_line(record)


def _text(run: Run) -> str:
    from quoth.evaluation import METRICS, served_by
    from quoth.evaluation.report import verdict

    lines, group = [verdict(run)], ""
    for name, figure in run.summary.items():
        if METRICS[name].group != group:
            group = METRICS[name].group
            lines += ["", group]
        lines.append(f"  {name:17} {figure!s:24} {figure.questions:5} questions")
    kinds = served_by(run.outcomes, lambda one: one.kind)
    if len(kinds) > 1:
        lines += ["", "served, by kind"]
        lines += [
            f"  {name:17} {one!s:24} {one.questions:5} questions" for name, one in kinds.items()
        ]
    if run.failures:
        lines += ["", "why questions failed"]
        lines += [f"  {len(some):5}  {stage}" for stage, some in run.failures.items()]
    return "\n".join(lines)
