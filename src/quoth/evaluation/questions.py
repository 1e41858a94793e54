"""Question sets: what people have → `Question`s with where their answers stand.

Read are JSON lines (quoth's own, with what people judged), CSV (question, answer, source), SQuAD
1.1 and 2.0, and a BEIR folder (queries, qrels); any of them gzipped. `FORMATS` has them by suffix.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from quoth.errors import UsageError
from quoth.evaluation.own_formats import from_csv, from_json_lines
from quoth.evaluation.public_formats import from_beir, from_squad
from quoth.evaluation.records import Question, QuestionSet
from quoth.records import PathLike


def read_questions(path: PathLike, *, split: str | None = None) -> QuestionSet:
    """The questions of a file or BEIR folder; of one split only, if it is named.

    Raises UsageError with file and line for what cannot be read.
    """
    place = Path(path)
    if place.is_dir():
        files, questions = from_beir(place)
    else:
        files, questions = [place], _of_file(place)
    if not questions:
        raise UsageError(f"no questions in '{place}': expected one a line")
    _require_own_ids(questions)
    kept = tuple(one for one in questions if split is None or one.split == split)
    if not kept:
        known = ", ".join(sorted({one.split for one in questions if one.split})) or "none"
        raise UsageError(f"no questions of split {split!r} in '{place}': it has {known}")
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return QuestionSet(place.name, digest.hexdigest(), kept)


def _of_file(path: Path) -> list[Question]:
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    reader = FORMATS.get(suffix.lower())
    if reader is None:
        raise UsageError(
            f"cannot read '{path}': expected {', '.join(FORMATS)} (or .gz of one), or a BEIR folder"
        )
    return list(reader(path))


def _require_own_ids(questions: Sequence[Question]) -> None:
    seen: dict[str, str] = {}
    for one in questions:
        if one.id in seen:
            raise UsageError(
                f"{one.place}: id {one.id!r} is that of {seen[one.id]} too: change one"
            )
        seen[one.id] = one.place


FORMATS: dict[str, Callable[[Path], Iterator[Question]]] = {
    ".jsonl": from_json_lines,
    ".csv": from_csv,
    ".json": from_squad,
}
