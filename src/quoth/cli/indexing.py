"""`quoth build, add, remove, list, verify`: what is in the index."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from quoth.cli.failures import MISTAKE, clean_line
from quoth.cli.options import Whole, encoding_option, index_option, json_option, opened_index
from quoth.cli.output import articles_json, to_line
from quoth.cli.progress import progress_bars
from quoth.cli.terminal import articles_text
from quoth.errors import UsageError

if TYPE_CHECKING:
    from quoth.index import Changes, Index

_SEEDS = "seeds"
_SKIPPED_SHOWN = 10


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@index_option
@encoding_option
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
def build(
    paths: tuple[str, ...],
    folder: str,
    encoding: str,
    model: str | None,
    passage_tokens: int | None,
) -> None:
    """Index articles: files, folders and .jsonl corpora.

    Afterwards the index holds the articles of PATH (default: seeds) and no others. Where nothing
    has changed there is nothing to do.
    """
    from quoth.index import Index

    started = time.perf_counter()
    with progress_bars() as progress:
        index = Index.build(
            paths or _default_paths(),
            folder,
            model=model,
            encoding=encoding,
            passage_tokens=passage_tokens,
            progress=progress,
        )
    with index:
        _report(index, index.changes, time.perf_counter() - started)


def _default_paths() -> Sequence[str]:
    """The seeds, where there are any. Raises UsageError."""
    if not os.path.exists(_SEEDS):
        raise UsageError(f"no PATH, and no {_SEEDS!r} here: name your articles: quoth build PATH")
    return (_SEEDS,)


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@index_option
@encoding_option
def add(paths: tuple[str, ...], folder: str, encoding: str) -> None:
    """Add articles to the index, or replace those of the same source."""
    started = time.perf_counter()
    with opened_index(folder) as index, progress_bars() as progress:
        changes = index.add(paths, encoding=encoding, progress=progress)
        _report(index, changes, time.perf_counter() - started)


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@index_option
def remove(sources: tuple[str, ...], folder: str) -> None:
    """Remove articles from the index, named as `quoth list` names them."""
    started = time.perf_counter()
    with opened_index(folder) as index:
        _report(index, index.remove(sources), time.perf_counter() - started)


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
        totals = _totals(index)
    if not problems:
        click.echo(f"intact: {totals}")
        return
    for problem in problems:
        click.echo(clean_line(problem))
    _tell(f"{_count(len(problems), 'problem')} in the index at {folder!r}: build it again")
    context.exit(MISTAKE)


def _report(index: Index, changes: Changes, seconds: float) -> None:
    """What was done, on stderr."""
    _tell_skipped(changes.skipped)
    done = [
        f"{len(sources):,} {verb}"
        for verb, sources in (
            ("added", changes.added),
            ("updated", changes.updated),
            ("removed", changes.removed),
        )
        if sources
    ]
    did = f"{', '.join(done) or 'nothing to do'} in {seconds:.1f} s"
    _tell(f"{did}; {str(index.path)!r} holds {_totals(index)}")


def _tell_skipped(skipped: Sequence[tuple[str, str]]) -> None:
    for path, reason in skipped[:_SKIPPED_SHOWN]:
        _tell(f"skipped {path!r}: {reason}")
    if len(skipped) > _SKIPPED_SHOWN:
        _tell(f"skipped {len(skipped) - _SKIPPED_SHOWN:,} more files")


def _totals(index: Index) -> str:
    articles = index.articles()
    passages = sum(article.passages for article in articles)
    return f"{_count(len(articles), 'article')}, {_count(passages, 'passage')}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _tell(line: str) -> None:
    print(f"quoth: {clean_line(line)}", file=sys.stderr, flush=True)
