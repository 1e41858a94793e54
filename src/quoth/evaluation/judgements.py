"""What people say of answers, as they say it: an append-only file of JSON lines.

    {"verdict": "right", "question": "Who came?", "source": "a.txt", "quote": "Ann came.",
     "history": [], "made": "2026-01-31"}

verdict: `right`, that quote answers; `wrong`, it does not; `none`, nothing in the articles does.
The last word counts. Such lines may stand among a question set's own; nothing says who judged.
One that was not written to its end, which begins as `TORN` does, is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Literal, get_args

from quoth.errors import UsageError
from quoth.evaluation.records import Gold, Question, string, strings
from quoth.evaluation.set_files import append_line
from quoth.records import PathLike

Verdict = Literal["right", "wrong", "none"]
_VERDICTS: tuple[str, ...] = get_args(Verdict)
TORN = '{"verdict": "'
"""How a line begins that `append` writes."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """source, quote: what was judged; "" where the verdict is `none`. made: a day, or ""."""

    question: str
    verdict: Verdict
    source: str = ""
    quote: str = ""
    history: tuple[str, ...] = ()
    made: str = ""


def append(path: PathLike, judgement: Judgement) -> None:
    """Add it to the file in one write, on disk when this returns; whole or not at all.

    Raises StorageError.
    """
    append_line(path, {"verdict": judgement.verdict} | asdict(judgement))  # as `TORN` begins


def is_judged(record: Mapping[str, object]) -> bool:
    return "verdict" in record


def read(place: str, record: Mapping[str, object]) -> Judgement:
    """Raises UsageError for what is no judgement."""
    verdict = record["verdict"]
    if verdict not in _VERDICTS:
        raise UsageError(f"{place}: 'verdict' is {verdict!r}: it must be {', '.join(_VERDICTS)}")
    what = {key: string(place, record, key) for key in ("source", "quote") if verdict != "none"}
    history = tuple(strings(place, record, "history"))
    question = string(place, record, "question")
    return Judgement(question, verdict, history=history, **what)  # type: ignore[arg-type]


def questions(judged: Iterable[tuple[str, Judgement]]) -> Iterator[Question]:
    """One question for all that was said of it; none where only wrong quotes are known.

    judged: `file:line` and judgement, oldest first.
    """
    asked: dict[tuple[str, ...], list[tuple[str, Judgement]]] = {}
    for place, one in judged:
        asked.setdefault((one.question, *one.history), []).append((place, one))
    for key, said in asked.items():
        gold = _gold(one for _, one in said)
        if gold is not None:
            name = sha256("\n".join(key).encode()).hexdigest()[:12]
            yield Question(
                f"judged-{name}", key[0], bool(gold), gold, history=key[1:], kind="judged",
                place=said[0][0],
            )  # fmt: skip


def _gold(said: Iterable[Judgement]) -> tuple[Gold, ...] | None:
    """What the last words leave; () is that nothing answers, None that nothing is known."""
    right: dict[Gold, None] = {}
    nothing = False
    for one in said:
        gold = Gold(one.source, one.quote)
        if one.verdict == "right":
            right[gold], nothing = None, False
        elif one.verdict == "wrong":
            right.pop(gold, None)
        else:
            right, nothing = {}, True
    return tuple(right) if right or nothing else None
