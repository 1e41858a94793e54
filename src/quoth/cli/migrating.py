"""`quoth migrate`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from quoth.cli.options import Probability, engine_options, index_option, opened_index
from quoth.cli.progress import progress_bars

if TYPE_CHECKING:
    from quoth.engines.choosing import EngineName, IndexKind

_LEAST = 0.95


@click.command()
@index_option
@click.option(
    "--to",
    "target",
    metavar="PLACE",
    help="Copy it to this folder or database (postgresql://…), which holds no index yet.",
)
@engine_options
@click.option(
    "--least-recall",
    metavar="R",
    type=Probability(),
    default=_LEAST,
    show_default=True,
    help="Switch only if the new engine finds this share of what the old one finds.",
)
def migrate(
    folder: str,
    target: str | None,
    engine: EngineName | None,
    engine_uri: str | None,
    engine_index: IndexKind | None,
    least_recall: float,
) -> None:
    """Copy an index elsewhere, or give it another engine; nothing is embedded again.

    Interrupted, it goes on where it stopped. What was there before goes only when the new engine
    has been compared with it; of a copy, it stays.
    """
    from quoth.engines import EngineChoice
    from quoth.migration import migrate as moved

    choice = EngineChoice(engine, engine_uri, engine_index)

    started = time.perf_counter()
    with opened_index(folder) as index, progress_bars() as progress:
        chosen = choice.over(index.settings) if choice != EngineChoice() else None
        done = moved(index, target, engine=chosen, least_recall=least_recall, progress=progress)
    click.echo(
        f"moved {done.articles:,} articles ({done.passages:,} passages) in "
        f"{time.perf_counter() - started:.1f} s; recall@10 against before: {done.recall:.3f}",
        err=True,
    )
