"""What several commands' options share."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from quoth.errors import UsageError

if TYPE_CHECKING:
    from quoth.index import Index

_ENVIRONMENT = ParameterSource.ENVIRONMENT
DIGITS = re.compile(r"[+-]?[0-9]{1,9}")


_STORE = "quoth.store"


def _stored(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    from quoth.locations import SCHEMES

    scheme = (value or "").partition("://")[0]
    if value is not None and (scheme == value or scheme not in SCHEMES):
        begins = " or ".join(f"{known}://" for known in SCHEMES)
        raise click.BadParameter(f"it must be an address that begins with {begins}")
    context.meta[_STORE] = value


def _located(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """The address in `--store`, or the folder's name."""
    store: str | None = context.meta[_STORE]
    is_given = context.get_parameter_source("folder") is ParameterSource.COMMANDLINE
    if store is None or (is_given and context.get_parameter_source("store") is _ENVIRONMENT):
        if not value:
            raise click.BadParameter("it must be the name of a folder")
        return value
    if is_given:
        raise click.UsageError("an index has a folder or a --store: name one of them")
    return store


def index_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --index and --store; the command is given one `folder`, which may be an address."""
    folder = click.option(
        "--index",
        "folder",
        callback=_located,
        metavar="DIR",
        default="index",
        show_default=True,
        help="The folder of the index.",
    )
    store = click.option(
        "--store",
        is_eager=True,  # known once the folder is looked at
        expose_value=False,
        callback=_stored,
        metavar="ADDRESS",
        envvar="QUOTH_STORE",
        help="A database that holds the index in place of a folder: postgresql://….",
    )
    return store(folder(command))


ray_option = click.option(
    "--ray",
    metavar="ADDRESS",
    help="Let the nodes of a Ray cluster read and embed: HOST:PORT, auto for the one that this "
    "computer is a node of, local for one of this computer alone.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
timings_option = click.option(
    "--timings", "timed", is_flag=True, help="Say on standard error where the time went."
)
encoding_option = click.option(
    "--encoding",
    metavar="NAME",
    default="utf-8",
    show_default=True,
    help="Encoding of texts that do not name theirs.",
)
source_option = click.option(
    "--source", metavar="PATTERN", help="Only articles whose source matches, such as '*.txt'."
)


def date_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --after and --before."""
    after = click.option(
        "--after", metavar="DATE", help="Only articles of that day or later (2024, 2024-05, …)."
    )
    before = click.option("--before", metavar="DATE", help="Only articles of earlier days.")
    return after(before(command))


reader_option = click.option(
    "--reader",
    metavar="NAME-OR-PATH",
    help="What reads in place of quoth's own reader: large, none, or a sentence-transformers "
    "CrossEncoder.",
)
history_option = click.option(
    "--history",
    metavar="QUESTION",
    multiple=True,
    help="What was asked before, oldest first; give it again for each earlier question.",
)
batch_option = click.option(
    "--batch",
    metavar="FILE",
    help="Read JSON lines from FILE (- is stdin), write one JSON line for each.",
)


class Choices(click.Choice[str]):
    """A choice whose error names the nearest one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        names = [str(choice) for choice in self.choices]
        if value not in names:
            near = get_close_matches(str(value), names, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"choose {', '.join(names)}"
            raise UsageError(f"unknown {param.name if param else 'choice'} {value!r}: {hint}")
        return str(value)


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --engine, --engine-uri and --engine-index."""
    engine = click.option(
        "--engine",
        type=Choices(["faiss", "milvus"]),
        help="What searches the index: faiss, on this machine, or a Milvus server; an index keeps "
        "its own, a new one takes faiss.",
    )
    uri = click.option(
        "--engine-uri",
        metavar="ADDRESS",
        help="Where Milvus is, such as http://localhost:19530. QUOTH_ENGINE_URI says so to every "
        "command, QUOTH_ENGINE_TOKEN holds user:password.",
    )
    kind = click.option(
        "--engine-index",
        type=Choices(["hnsw", "flat"]),
        help="Milvus's index of vectors: hnsw, quick and near, or flat, exact; hnsw if none is "
        "named.",
    )
    return engine(uri(kind(command)))


class Whole(click.ParamType[int]):
    """A whole number from `low` to `high`."""

    name = "whole number"

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        number = int(value) if DIGITS.fullmatch(str(value)) else None
        if number is None or not self.low <= number <= self.high:
            raise UsageError(
                f"{_option(param)} is {value!r}: "
                f"it must be a whole number from {self.low} to {self.high:,}"
            )
        return number


class Probability(click.ParamType[float]):
    """A number from 0 to 1."""

    name = "probability"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not 0 <= number <= 1:
            raise UsageError(f"{_option(param)} is {value!r}: it must be a number from 0 to 1")
        return number


threshold_option = click.option(
    "--threshold",
    metavar="P",
    type=Probability(),
    help="Answer only with a confidence of at least P, from 0 to 1.",
)


MODES = ("hybrid", "dense", "lexical")
mode_option = click.option(
    "--mode",
    type=Choices(MODES),
    default=MODES[0],
    show_default=True,
    help="By meaning and words, by meaning only, by words only.",
)


def _option(param: click.Parameter | None) -> str:
    return param.opts[0] if param else "it"


@contextmanager
def opened_index(folder: str) -> Iterator[Index]:
    """The index in that folder or at that address, closed afterwards."""
    from quoth.index import Index

    with Index.open(folder) as index:
        yield index
