"""A question on the command line, or a batch of JSON lines, as checked requests."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import click

from quoth.errors import QuothError, UsageError

Id = str | int | float | None


@dataclass(frozen=True, slots=True)
class Request:
    """One question to answer.

    text: what `extract` looks in. place: `file:line` in a batch, `""` on the command line.
    history: earlier questions, oldest first.
    """

    id: Id
    question: str
    text: str = ""
    history: tuple[str, ...] = ()
    place: str = ""


def from_words(words: Sequence[str], history: tuple[str, ...] = ()) -> Request:
    """The request of `quoth ask QUESTION`. Raises UsageError for no or several arguments."""
    if not words:
        raise UsageError("no question: write it in quotation marks, or name a file with --batch")
    if len(words) > 1:
        raise UsageError(
            f"{len(words)} arguments instead of one question: put it in quotation marks, "
            f'"{" ".join(words)}"'
        )
    return Request(None, _checked(words[0]), history=history)


def requests(
    words: Sequence[str],
    batch: str | None,
    history: tuple[str, ...] = (),
    *,
    with_text: bool = False,
) -> Iterator[Request]:
    """The one question of `words`, or those of the file `batch`, which are read one by one.

    Whatever can be wrong before the first line is read is raised at once.
    """
    if batch is None:
        return iter([from_words(words, history)])
    if history:
        raise UsageError('both --history and --batch: write "history" into the lines of the batch')
    if words:
        raise UsageError(f"both a question and --batch {batch!r}: give one of them")
    lines = open_bytes(batch)
    return read_batch(lines, "<stdin>" if batch == "-" else batch, with_text=with_text)


def open_bytes(path: str) -> BinaryIO:
    """The file, or stdin for `-`, open until the command ends. Raises UsageError."""
    if path == "-":
        if sys.stdin is None:
            raise UsageError("standard input is closed: name a file, or pipe something in")
        return sys.stdin.buffer
    try:
        return click.get_current_context().with_resource(open(path, "rb"))
    except OSError as error:
        raise UsageError(f"cannot read {path!r}: {error.strerror}") from error


def read_batch(lines: Iterable[bytes], name: str, *, with_text: bool = False) -> Iterator[Request]:
    """JSON lines → requests, one at a time; empty lines are passed over.

    Raises UsageError, naming file and line, when it comes to a line that is no request.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            with named_place(place := f"{name}:{number}"):
                record = parse_object(line.removeprefix(b"\xef\xbb\xbf"))
                request = from_record(record, place, with_text=with_text)
            yield request


@contextmanager
def named_place(place: str) -> Iterator[None]:
    """Puts `place` in front of an error's message."""
    try:
        yield
    except QuothError as error:
        raise type(error)(f"{place}: {error}" if place else str(error)) from error


def parse_object(line: bytes) -> dict[str, object]:
    """The JSON object in `line`. Raises UsageError."""
    try:
        record: object = json.loads(line.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise UsageError(f"not UTF-8 at byte {error.start + 1}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"not JSON: {error}") from error
    if not isinstance(record, dict):
        raise UsageError('not a JSON object like {"id": 1, "question": "…"}')
    return record


def from_record(record: dict[str, object], place: str, *, with_text: bool) -> Request:
    """The request that a batch's object states. Raises UsageError."""
    identity, history = record.get("id"), record.get("history") or []
    if not isinstance(identity, Id) or isinstance(identity, bool):
        raise UsageError('"id" is neither a string nor a number')
    if isinstance(identity, float) and not math.isfinite(identity):
        raise UsageError('"id" is too large a number: make it a string')
    if not isinstance(history, list) or not all(isinstance(each, str) for each in history):
        raise UsageError('"history" is not a list of questions')
    question = _checked(_string(record, "question"))
    text = _string(record, "text") if with_text else ""
    return Request(identity, question, text, tuple(history), place)


def _checked(question: str) -> str:
    """`question` as it was given, if it can be asked. Raises UsageError."""
    from quoth.retrieval import checked_question

    checked_question(question)
    return question


def _string(record: dict[str, object], key: str) -> str:
    if key not in record:
        raise UsageError(f'"{key}" is missing')
    value = record[key]
    if not isinstance(value, str):
        raise UsageError(f'"{key}" is {json.dumps(value)[:40]}, not a string')
    return value


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
