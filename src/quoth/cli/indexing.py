"""`quoth build, add, sync, remove, list, verify, repair`: what is in the index."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from quoth.cli.failures import MISTAKE, clean_line
from quoth.cli.options import (
    Whole,
    engine_options,
    index_option,
    json_option,
    opened_index,
    ray_option,
)
from quoth.cli.output import articles_json, to_line
from quoth.cli.progress import progress_bars
from quoth.cli.reading_options import read_options, reading_options
from quoth.cli.terminal import articles_text
from quoth.errors import IndexBusyError, UsageError

if TYPE_CHECKING:
    from quoth.articles import ReadOptions
    from quoth.engines.choosing import EngineName, IndexKind
    from quoth.index import Changes, Index

_SEEDS = "seeds"
_SHOWN = 10


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@index_option
@click.option(
    "--model",
    metavar="NAME",
    help="A sentence-transformers model by name or folder; if none is named, an index keeps its "
    "own, and a new one takes the packaged one.",
)
@click.option(
    "--passage-tokens",
    metavar="N",
    type=Whole(16, 4096),
    help="Tokens that a passage should have; an index keeps its own, a new one takes 160.",
)
@engine_options
@ray_option
@reading_options
@click.pass_context
def build(
    context: click.Context,
    /,
    paths: tuple[str, ...],
    folder: str,
    model: str | None,
    passage_tokens: int | None,
    engine: EngineName | None,
    engine_uri: str | None,
    engine_index: IndexKind | None,
    ray: str | None,
    **reading: str | int | None,
) -> None:
    """Index articles: files, folders, corpora (.jsonl, .csv).

    Afterwards the index holds the articles of PATH (default: seeds) and no others. Only what has
    changed is read and embedded; a build that was interrupted goes on where it stopped.
    """
    from quoth.index import Index

    started = time.perf_counter()
    with progress_bars() as progress:
        index = Index.build(
            paths or _default_paths(),
            folder,
            model=model,
            options=read_options(**reading),  # type: ignore[arg-type]
            passage_tokens=passage_tokens,
            engine=engine,
            engine_uri=engine_uri,
            engine_index=engine_index,
            progress=progress,
            ray=ray,
        )
    with index:
        _report(index, index.changes, started)
        _end(context, index.changes)


def _default_paths() -> Sequence[str]:
    """The seeds, where there are any. Raises UsageError."""
    if not os.path.exists(_SEEDS):
        raise UsageError(f"no PATH, and no {_SEEDS!r} here: name your articles: quoth build PATH")
    return (_SEEDS,)


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH|ADDRESS...")
@index_option
@click.option(
    "--allow-private",
    is_flag=True,
    help="Fetch ADDRESS also from this computer and from private networks.",
)
@ray_option
@reading_options
@click.pass_context
def add(
    context: click.Context,
    /,
    paths: tuple[str, ...],
    folder: str,
    allow_private: bool,
    ray: str | None,
    **reading: str | int | None,
) -> None:
    """Add articles to the index, or replace those of the same source.

    ADDRESS is that of a web page, http or https, which is fetched now, and only it.
    """
    started = time.perf_counter()
    options = read_options(**reading)  # type: ignore[arg-type]
    addresses = [path for path in paths if path.lower().startswith(("http://", "https://"))]
    files = [path for path in paths if path not in addresses]
    with opened_index(folder) as index, progress_bars() as progress:
        for address in addresses:
            done = index.add_page(address, options=options, allow_private=allow_private)
            _report(index, done, started)
        if files:
            done = index.add(files, options=options, progress=progress, ray=ray)
            _report(index, done, started)
            _end(context, done)


@click.command()
@click.argument("source_folder", metavar="FOLDER")
@index_option
@click.option("--watch", is_flag=True, help="Go on, and follow each change, until Ctrl-C.")
@ray_option
@reading_options
@click.pass_context
def sync(
    context: click.Context,
    /,
    source_folder: str,
    folder: str,
    watch: bool,
    ray: str | None,
    **reading: str | int | None,
) -> None:
    """Add, update and remove articles so that the index matches FOLDER.

    Articles that came from elsewhere stay.
    """
    from quoth.watching import changes_in

    options = read_options(**reading)  # type: ignore[arg-type]
    with opened_index(folder) as index:
        for _ in changes_in(source_folder) if watch else (None,):
            changes = _synced(index, source_folder, options, ray, keep_trying=watch)
        _end(context, changes)


def _synced(
    index: Index, folder: str, options: ReadOptions, ray: str | None, *, keep_trying: bool
) -> Changes:
    started = time.perf_counter()
    while True:
        try:
            with progress_bars() as progress:
                changes = index.sync(folder, options=options, progress=progress, ray=ray)
            _report(index, changes, started)
            return changes
        except IndexBusyError as error:
            if not keep_trying:
                raise
            _tell(str(error))


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@index_option
def remove(sources: tuple[str, ...], folder: str) -> None:
    """Remove articles from the index, named as `quoth list` names them."""
    started = time.perf_counter()
    with opened_index(folder) as index:
        _report(index, index.remove(sources), started)


@click.command("list")
@index_option
@json_option
def list_articles(folder: str, as_json: bool) -> None:
    """List the articles in the index."""
    with opened_index(folder) as index:
        articles = index.articles()
    click.echo(to_line(articles_json(articles)) if as_json else articles_text(articles))


@click.command()
@index_option
@click.pass_context
def verify(context: click.Context, folder: str) -> None:
    """Check that the index is whole and contradicts itself nowhere."""
    with opened_index(folder) as index, progress_bars() as progress:
        problems = index.verify(progress)
        totals, notes = _totals(index), index.notes()
    for note in notes:
        _tell(note)
    if not problems:
        click.echo(f"intact: {totals}")
        return
    for problem in problems:
        click.echo(clean_line(problem))
    name = index.location.name
    _tell(f"{_count(len(problems), 'problem')} in the index at {name!r}: run 'quoth repair'")
    context.exit(MISTAKE)


@click.command()
@index_option
@click.pass_context
def repair(context: click.Context, folder: str) -> None:
    """Make again what is damaged or missing; nothing is embedded that is there."""
    started = time.perf_counter()
    with opened_index(folder) as index, progress_bars() as progress:
        done = index.repair(progress)
        for line in done:
            click.echo(clean_line(line))
        problems = index.verify()
        _tell(
            f"{'repaired' if done else 'nothing to repair'} in "
            f"{time.perf_counter() - started:.1f} s; {index.location.name!r} holds {_totals(index)}"
        )
    if problems:
        _tell(f"{_count(len(problems), 'problem')} left: 'quoth verify' shows them")
        context.exit(MISTAKE)


def _report(index: Index, changes: Changes, started: float) -> None:
    """What was done, on stderr."""
    _tell_each("skipped", changes.skipped)
    _tell_each("cannot read", changes.failed)
    done = [
        f"{len(sources):,} {verb}"
        for verb, sources in (
            ("added", changes.added),
            ("updated", changes.updated),
            ("removed", changes.removed),
        )
        if sources
    ]
    did = f"{', '.join(done) or 'nothing to do'} in {time.perf_counter() - started:.1f} s"
    _tell(f"{did}; {index.location.name!r} holds {_totals(index)}")


def _end(context: click.Context, changes: Changes) -> None:
    """Files that could not be read are somebody's mistake, though all others are in."""
    if changes.failed:
        _tell(f"{_count(len(changes.failed), 'file')} could not be read, the others are in")
        context.exit(MISTAKE)


def _tell_each(what: str, files: Sequence[tuple[str, str]]) -> None:
    for path, reason in files[:_SHOWN]:
        _tell(f"{what} {path!r}: {reason}")
    if len(files) > _SHOWN:
        _tell(f"{what} {len(files) - _SHOWN:,} more")


def _totals(index: Index) -> str:
    articles, passages = index.totals()
    return f"{_count(articles, 'article')}, {_count(passages, 'passage')}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _tell(line: str) -> None:
    print(f"quoth: {clean_line(line)}", file=sys.stderr, flush=True)
