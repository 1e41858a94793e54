"""quoth's own JSON lines, with or without judgements, and CSV → questions."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from quoth.errors import UsageError
from quoth.evaluation import judgements
from quoth.evaluation.judgements import Judgement
from quoth.evaluation.records import Gold, Question, Record, listed, string, strings
from quoth.evaluation.set_files import json_lines, text_of


def from_json_lines(path: Path) -> Iterator[Question]:
    """A question a line, and after them those that people's judgements make."""
    judged: list[tuple[str, Judgement]] = []
    for place, record in json_lines(path, torn=judgements.TORN):
        if judgements.is_judged(record):
            judged.append((place, judgements.read(place, record)))
        else:
            yield _from_record(place, record)
    yield from judgements.questions(judged)


def _from_record(place: str, record: Record) -> Question:
    """A line as HOUSE.md has it; without "answerable", a question with gold or answers is."""
    gold = tuple(_gold(place, one) for one in listed(place, record, "gold", dict))
    answers = tuple(strings(place, record, "answers"))
    answerable = record.get("answerable", bool(gold or answers))
    if not isinstance(answerable, bool):
        raise UsageError(f"{place}: 'answerable' is {answerable!r}: it must be true or false")
    if not answerable and gold:
        raise UsageError(f"{place}: it is not answerable, yet has gold: remove one of the two")
    return Question(
        str(record.get("id") or place.rpartition(":")[2]),
        string(place, record, "question"),
        answerable,
        gold,
        answers,
        tuple(strings(place, record, "history")),
        bool(record.get("all_sources_needed", False)),
        str(record.get("kind", "")),
        str(record.get("split", "")),
        place,
    )


def _gold(place: str, record: Record) -> Gold:
    start = record.get("start")
    if start is not None and (type(start) is not int or start < 0):
        raise UsageError(f"{place}: 'start' is {start!r}: it must be a whole number from 0")
    return Gold(string(place, record, "source"), str(record.get("quote") or ""), start=start)


def from_csv(path: Path) -> Iterator[Question]:
    """Columns question, answer and source; more of them if they are there: id, quote, kind, split.

    A row without answer and quote has no answer in the articles.
    """
    rows = csv.DictReader(io.StringIO(text_of(path), newline=""))
    names = {name.strip().lower(): name for name in rows.fieldnames or [] if name}
    missing = [name for name in ("question",) if name not in names]
    if missing:
        found = ", ".join(names) or "none"
        raise UsageError(
            f"{path}:1: no column 'question': expected question, answer, source, not {found}"
        )
    try:
        for row in rows:
            cells = {name: (row.get(own) or "").strip() for name, own in names.items()}
            if any(cells.values()):
                yield _from_row(f"{path}:{rows.line_num}", cells)
    except csv.Error as error:
        raise UsageError(f"{path}:{rows.line_num}: this is not CSV: {error}") from error


def _from_row(place: str, cells: Mapping[str, str]) -> Question:
    source, answer = cells.get("source", ""), cells.get("answer", "")
    quote = cells.get("quote", "") or (answer if source else "")
    if quote and not source:
        raise UsageError(f"{place}: a quote without 'source': name the article it is from")
    return Question(
        cells.get("id") or place.rpartition(":")[2],
        string(place, cells, "question"),
        bool(quote or answer),
        (Gold(source, quote),) if quote else (),
        (answer,) if answer else (),
        kind=cells.get("kind", ""),
        split=cells.get("split", ""),
        place=place,
    )
