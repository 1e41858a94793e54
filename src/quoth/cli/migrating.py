"""`quoth migrate`."""

from __future__ import annotations

import time

import click

from quoth.cli.options import Probability, index_option, opened_index
from quoth.cli.progress import progress_bars

_LEAST = 0.95


@click.command()
@index_option
@click.option(
    "--to",
    "target",
    metavar="PLACE",
    help="Copy it to this folder or database (postgresql://…), which holds no index yet.",
)
@click.option(
    "--least-recall",
    metavar="R",
    type=Probability(),
    default=_LEAST,
    show_default=True,
    help="Switch only if the new engine finds this share of what the old one finds.",
)
def migrate(folder: str, target: str | None, least_recall: float) -> None:
    """Copy an index elsewhere; nothing is embedded again.

    Interrupted, it goes on where it stopped. The old index stays as it is.
    """
    from quoth.migration import migrate as moved

    started = time.perf_counter()
    with opened_index(folder) as index, progress_bars() as progress:
        done = moved(index, target, least_recall=least_recall, progress=progress)
    click.echo(
        f"moved {done.articles:,} articles ({done.passages:,} passages) in "
        f"{time.perf_counter() - started:.1f} s; recall@10 against before: {done.recall:.3f}",
        err=True,
    )
