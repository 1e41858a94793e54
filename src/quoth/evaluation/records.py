"""A question set's questions, and the reading of their fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quoth.errors import UsageError
from quoth.text import one_line

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Gold:
    """Where an answer stands.

    source: of the article; "" is whichever holds `context`. quote: its words; "" is all of it.
    start: of the quote in `context`, or in the article where that is ""; None is wherever the
    words stand.
    """

    source: str
    quote: str = ""
    context: str = ""
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a set.

    gold: any one is enough unless `all_sources_needed`. answers: short answers, any one is right.
    place: `file:line`, for messages.
    """

    id: str
    question: str
    answerable: bool
    gold: tuple[Gold, ...] = ()
    answers: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    all_sources_needed: bool = False
    kind: str = ""
    split: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """sha256: hex digest of the file, or of a folder's files in order."""

    name: str
    sha256: str
    questions: tuple[Question, ...]


def string(place: str, record: Record, key: str) -> str:
    value = record.get(key)
    if not isinstance(value, str) or not value.strip():
        what = "is missing" if value is None else f"is {one_line(repr(value), 60)}"
        raise UsageError(f"{place}: '{key}' {what}: it must be a text")
    return value


def strings(place: str, record: Record, key: str) -> list[str]:
    """The texts under `key`, none where it is missing. Raises UsageError."""
    return listed(place, record, key, str)


def listed(place: str, record: Record, key: str, kind: type) -> list[Any]:
    value = record.get(key) or []
    if not isinstance(value, list) or not all(isinstance(one, kind) for one in value):
        name = "texts" if kind is str else "objects"
        raise UsageError(
            f"{place}: '{key}' is {one_line(repr(value), 60)}: it must be a list of {name}"
        )
    return value
