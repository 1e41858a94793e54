"""SQuAD's JSON and BEIR's folders → questions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from quoth.errors import UsageError
from quoth.evaluation.records import Gold, Question, Record, string, strings
from quoth.evaluation.set_files import json_lines, text_of
from quoth.text import one_line


def from_squad(path: Path) -> Iterator[Question]:
    """SQuAD 1.1 or 2.0 (Rajpurkar et al. 2016, 2018): answers as offsets into a paragraph."""
    text = text_of(path)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise UsageError(f"{path}:{line}: this is not JSON: {one_line(str(error), 100)}") from error
    try:
        for article in found["data"]:
            for paragraph in article["paragraphs"]:
                for asked in paragraph["qas"]:
                    yield _from_squad(path, article, paragraph, asked)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise UsageError(f"{path}:1: this is not SQuAD: {type(error).__name__}: {error}") from error


def _from_squad(path: Path, article: Record, paragraph: Record, asked: Record) -> Question:
    context = str(paragraph["context"])
    places = {(int(one["answer_start"]), str(one["text"])) for one in asked["answers"]}
    impossible = bool(asked.get("is_impossible", not places))
    place = f"{path}: {asked['id']}"
    for start, words in places:
        if context[start : start + len(words)] != words:
            raise UsageError(f"{place}: {one_line(words, 40)!r} does not stand at {start}")
    return Question(
        str(asked["id"]),
        string(place, asked, "question"),
        not impossible,
        () if impossible else tuple(Gold("", w, context, s) for s, w in sorted(places)),
        () if impossible else tuple(dict.fromkeys(w for _, w in sorted(places))),
        kind=str(article.get("title", "")),
        place=place,
    )


def from_beir(folder: Path) -> tuple[list[Path], list[Question]]:
    """Queries and qrels (Thakur et al. 2021); gold is whole articles. Files, questions."""
    queries = _one_of(folder, "queries.jsonl", "queries.jsonl.gz")
    qrels = _one_of(folder, "qrels/test.tsv", "qrels.tsv", "qrels.tsv.gz", "qrels/test.tsv.gz")
    relevant: dict[str, list[Gold]] = {}
    for number, line in enumerate(text_of(qrels).splitlines(), 1):
        cells = line.split("\t")
        if number == 1 and not cells[-1].strip().lstrip("-").isdigit():
            continue
        if len(cells) not in (3, 4) or not cells[-1].strip().lstrip("-").isdigit():
            raise UsageError(f"{qrels}:{number}: expected query, article and score between tabs")
        if int(cells[-1]) > 0:
            relevant.setdefault(cells[0], []).append(Gold(cells[-2]))
    found = []
    for place, record in json_lines(queries):
        name = string(place, {"_id": str(record.get("_id", ""))}, "_id")
        gold = tuple(relevant.get(name, ()))
        answerable = bool(record.get("answerable", True))
        if gold or not answerable:  # those without judgements are of another split
            text = string(place, record, "text")
            answers = strings(place, record, "answers") if answerable else ()
            kind, split = str(record.get("kind", "")), str(record.get("split", ""))
            found.append(
                Question(
                    name, text, answerable, gold if answerable else (), tuple(answers),
                    _asked_before(place, record), kind=kind, split=split, place=place,
                )
            )  # fmt: skip
    return [queries, qrels], found


def _asked_before(place: str, record: Record) -> tuple[str, ...]:
    """The earlier questions: texts, or turns {"speaker", "text"} of which the user's count."""
    turns = record.get("history") or []
    if isinstance(turns, list) and all(isinstance(turn, dict) for turn in turns):
        turns = [turn.get("text") for turn in turns if turn.get("speaker") == "user"]
    return tuple(strings(place, {"history": turns}, "history"))


def _one_of(folder: Path, *names: str) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise UsageError(f"no {names[0]} in '{folder}': a BEIR folder has queries.jsonl and qrels")
