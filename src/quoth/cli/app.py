"""The `quoth` group, and `main`: from arguments to an exit code."""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Sequence

import click

from quoth.cli import asking, evaluating, indexing, migrating, serving, tuning
from quoth.cli.failures import exit_code, report, show_warning

COMMANDS = (
    indexing.build,
    indexing.add,
    indexing.sync,
    indexing.remove,
    indexing.list_articles,
    indexing.verify,
    indexing.repair,
    migrating.migrate,
    asking.ask,
    asking.search,
    asking.extract,
    evaluating.evaluate,
    evaluating.compare,
    tuning.calibrate,
    tuning.sweep,
    serving.serve,
    serving.mcp,
    serving.account,
)


class InOrder(click.Group):
    """A group that lists its commands in the order of a newcomer's day, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Prints the version and ends."""
    if wanted:
        from quoth import __version__

        click.echo(f"quoth {__version__}")
        context.exit()


@click.group(cls=InOrder, invoke_without_command=True)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=show_version,
    help="Show the version and exit.",
)  # fmt: skip
@click.pass_context
def quoth(context: click.Context) -> None:
    """Answers questions with verbatim quotes from your own articles, offline.

    \b
    quoth build notes/              index a folder of articles
    quoth ask "Who supplies drones?"
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for command in COMMANDS:
    quoth.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line on `arguments` (default: those of the process); the exit code."""
    _prepare_streams()
    warnings.showwarning = show_warning
    try:
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
    except BaseException as error:
        report(error)
        return exit_code(error)
    return code


def _run(arguments: list[str]) -> int:
    """What click's own `main` does, but that it ends the process itself for a broken pipe."""
    try:
        with quoth.make_context("quoth", arguments) as context:
            quoth.invoke(context)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    return 0


def _prepare_streams() -> None:
    """Let nothing that is printed fail for its characters; pipes and files are UTF-8.

    A lone surrogate in JSON comes out as its own escape, `\\udcff`, which JSON reads back.
    """
    if sys.stdout is None:  # closed by whoever started us: print to nobody
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open until the end
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
