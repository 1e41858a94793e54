"""`quoth ask, search, extract`: a question, or a batch of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import click

from quoth.cli.by_source import by_source_json, by_source_text
from quoth.cli.options import (
    Whole,
    batch_option,
    date_options,
    encoding_option,
    history_option,
    index_option,
    json_option,
    mode_option,
    opened_index,
    reader_option,
    source_option,
    threshold_option,
    timings_option,
)
from quoth.cli.output import Json, answer_json, extract_json, hits_json, to_line
from quoth.cli.phrasing import llm_options, phrased, phraser_of, phrasing_json, with_phrasing
from quoth.cli.requests import Request, from_words, named_place, open_bytes, requests
from quoth.cli.terminal import (
    Look,
    answer_text,
    extract_text,
    hits_text,
    timings_text,
    with_understood,
)
from quoth.errors import ArticleError, UsageError
from quoth.timing import timings

if TYPE_CHECKING:
    from quoth.index import Index
    from quoth.records import Answer, Mode

question_argument = click.argument("words", nargs=-1, metavar="QUESTION")


@click.command()
@question_argument
@index_option
@click.option(
    "--quotes",
    metavar="N",
    type=Whole(1, 20),
    default=3,
    show_default=True,
    help="At most this many quotes, 1 to 20.",
)
@source_option
@date_options
@threshold_option
@reader_option
@click.option("--compare", is_flag=True, help="What each source says, and where they differ.")
@llm_options
@history_option
@batch_option
@json_option
@timings_option
def ask(
    words: tuple[str, ...],
    folder: str,
    quotes: int,
    source: str | None,
    after: str | None,
    before: str | None,
    threshold: float | None,
    reader: str | None,
    compare: bool,
    llm: str | None,
    llm_model: str | None,
    llm_seconds: int,
    history: tuple[str, ...],
    batch: str | None,
    as_json: bool,
    timed: bool,
) -> None:
    """Answer a question with quotes from the articles."""
    asked, as_json = requests(words, batch, history), as_json or batch is not None
    phraser = phraser_of(llm, llm_model, llm_seconds)
    with opened_index(folder) as index:
        from quoth.answering import Answerer

        answerer = Answerer(index, reader=reader, threshold=threshold)

        def answered(request: Request) -> str:
            answer = answerer.ask(
                request.question, quotes=quotes, source=source, after=after, before=before,
                history=request.history, compare=compare,
            )  # fmt: skip
            answer = phrased(phraser, answer, request.place)
            if as_json:
                record = answer_json(request.id, request.question, answer)
                more: Json = {"by_source": by_source_json(answer)} if compare else {}
                more |= {"phrasing": phrasing_json(answer)} if phraser else {}
                return to_line(record | more)
            return _answer_text(answer, index, Look.of(sys.stdout))

        _print_each(asked, answered, timed)


@click.command()
@question_argument
@index_option
@click.option(
    "--k",
    metavar="N",
    type=Whole(1, 1000),
    default=10,
    show_default=True,
    help="At most this many passages, 1 to 1000.",
)
@mode_option
@source_option
@date_options
@history_option
@batch_option
@json_option
@timings_option
def search(
    words: tuple[str, ...],
    folder: str,
    k: int,
    mode: Mode,
    source: str | None,
    after: str | None,
    before: str | None,
    history: tuple[str, ...],
    batch: str | None,
    as_json: bool,
    timed: bool,
) -> None:
    """Find the passages nearest to a question."""
    asked, as_json = requests(words, batch, history), as_json or batch is not None
    with opened_index(folder) as index:
        from quoth.retrieval import Retriever

        retriever = Retriever(index)

        def found(request: Request) -> str:
            hits = retriever.search(
                request.question, k, mode=mode, source=source, after=after, before=before,
                history=request.history,
            )  # fmt: skip
            if as_json:
                return to_line(hits_json(request.id, request.question, hits))
            return hits_text(hits, Look.of(sys.stdout))

        _print_each(asked, found, timed)


@click.command()
@click.argument("words", nargs=-1, metavar="QUESTION FILE")
@click.option(
    "--model",
    metavar="NAME",
    help="A sentence-transformers model by name or folder; the packaged one if none is named.",
)
@reader_option
@encoding_option
@batch_option
@json_option
def extract(
    words: tuple[str, ...],
    model: str | None,
    reader: str | None,
    encoding: str,
    batch: str | None,
    as_json: bool,
) -> None:
    """Find quotes in any text FILE (- is stdin), without an index."""
    as_json = as_json or batch is not None
    asked = [_of_file(words, encoding)] if batch is None else requests(words, batch, with_text=True)
    from quoth.embedding import load_embedder
    from quoth.reading import load_reader

    loaded = load_reader(reader, embedder=load_embedder(model))

    def extracted(request: Request) -> str:
        extract = loaded.extract(request.question, request.text)
        if as_json:
            return to_line(extract_json(request.id, extract))
        return extract_text(extract, words[1], Look.of(sys.stdout))

    _print_each(asked, extracted)


def _answer_text(answer: Answer, index: Index, look: Look) -> str:
    """The answer for people, with all that was asked for beside the quotes."""
    if any(voice.quote for voice in answer.by_source):
        text = by_source_text(answer, look)
    else:
        abstained = answer.status == "abstained"
        text = answer_text(answer, index.words_nowhere(answer.question) if abstained else [], look)
    return with_understood(answer, with_phrasing(answer, text, look), look)


def _print_each(
    asked: Iterable[Request], answer: Callable[[Request], str], timed: bool = False
) -> None:
    """Answers the requests in turn, each printed before the next is read."""
    for request in asked:
        with named_place(request.place), timings() as taken:
            line = answer(request)
        click.echo(line)
        if timed:
            click.echo(timings_text(taken), err=True)


def _of_file(words: Sequence[str], encoding: str) -> Request:
    """The request of `quoth extract QUESTION FILE`. Raises UsageError, ArticleError."""
    if len(words) != 2:
        raise UsageError(
            f"extract takes a question and a file, not {len(words)} arguments: "
            'quoth extract "Who supplies drones?" notes.txt'
        )
    request = from_words(words[:1])
    return replace(request, text=_text(words[1], encoding))


def _text(path: str, encoding: str) -> str:
    """The text of any file, decoded or read as its format. Raises UsageError, ArticleError."""
    from quoth.articles import MAX_BYTES, MEGABYTE, FileReader, ReadOptions, load_plain

    options, suffix = ReadOptions(encoding=encoding), _foreign_suffix(path)
    data = open_bytes(path).read(MAX_BYTES + 1)
    with named_place(f"cannot read {path!r}"):
        if len(data) > MAX_BYTES:
            raise ArticleError(f"it has more than {MAX_BYTES / MEGABYTE:,.1f} MiB: split it")
        if not suffix:
            (article,) = load_plain(BytesIO(data), "", options)
            return article.text
        with FileReader(options) as reader:
            return reader.read_bytes(data, suffix, path).text


def _foreign_suffix(path: str) -> str:
    """The suffix of a format that is not plain text; "" for any other name."""
    from quoth.articles import LOADERS, OWN_TEXT

    suffix = os.path.splitext(path)[1].lower()
    return suffix if suffix in LOADERS and suffix not in OWN_TEXT else ""
