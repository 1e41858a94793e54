"""Options of the commands that read article files."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from quoth.cli.options import Whole, encoding_option

if TYPE_CHECKING:
    from quoth.articles import ReadOptions

_OPTIONS = (
    encoding_option,
    click.option(
        "--text-column",
        metavar="NAME",
        help="Column of a .csv file, or field of a .jsonl record, that holds the text. "
        "[default: text]",
    ),
    click.option("--title-column", metavar="NAME", help="The same for the title. [default: title]"),
    click.option(
        "--max-megabytes",
        metavar="N",
        type=Whole(1, 1_000_000),
        help="Read no larger file. [default: 64; 2048 for .jsonl and .csv]",
    ),
    click.option(
        "--max-pages",
        metavar="N",
        type=Whole(1, 1_000_000),
        help="Read no file of more pages. [default: 5000]",
    ),
    click.option(
        "--max-seconds",
        metavar="N",
        type=Whole(1, 86_400),
        help="Give up a file that takes longer to read. [default: 60]",
    ),
)


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options; the command takes them as `**reading` and gives them to `read_options`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_options(
    encoding: str,
    text_column: str | None,
    title_column: str | None,
    max_megabytes: int | None,
    max_pages: int | None,
    max_seconds: int | None,
) -> ReadOptions:
    """What the options say of reading files."""
    from quoth.articles import MEGABYTE, ReadOptions

    told: dict[str, Any] = {"max_pages": max_pages, "max_seconds": max_seconds}
    if max_megabytes is not None:
        told |= dict.fromkeys(("max_bytes", "max_corpus_bytes"), max_megabytes * MEGABYTE)
    return ReadOptions(
        encoding=encoding, text_column=text_column, title_column=title_column,
        **{name: value for name, value in told.items() if value is not None},
    )  # fmt: skip
