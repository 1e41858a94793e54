"""What visitors think of quotes: the controls on a card, and where a judgement goes.

It goes to `judgements.jsonl` in the index's folder, a question set (see `evaluation.judgements`):
the question, the quote and the day, and nothing of who judged.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from quoth.errors import StorageError, UsageError
from quoth.records import Answer, Quote

if TYPE_CHECKING:
    from quoth.index import Index
    from quoth.web.conversation import Told
    from quoth.web.desk import Desk

NAME = "judgements.jsonl"
MOST_BYTES = 64 * 2**20
"""Of the file, so that nobody fills a disk with it."""
MOST_MARKED = 2_000
"""Characters of an article that may be judged at once."""
_NOTED = {
    "right": "Noted: quote {rank} answers the question.",
    "wrong": "Noted: quote {rank} does not answer the question.",
    "none": "Noted: the articles do not answer this.",
    "some": "Which words answer it? Choose “This is the right quote” where they stand, or mark "
    "them in the article and choose “These words answer”.",
}
_THUMB = (  # of an SVG that is 24 by 24
    "M3 10h3v10H3zM8 20V10l4-7c1.5 0 2.5 1 2.5 2.5L13.5 10H19"
    "a2 2 0 0 1 2 2.4l-1.3 6a2 2 0 0 1-2 1.6z"
)


def judge_quote_html(answer: Answer, quote: Quote) -> str:
    """Buttons with `data-judge` in the foot of the quote's card."""
    if answer.status == "abstained":
        hidden = f'<span class="hidden">: nearest quote {quote.rank}</span>'
        return _button("right", f"This is the right quote{hidden}")
    return (
        f"{_button('right', _thumb(f'Quote {quote.rank} answers the question'), 'thumb')}"
        f"{_button('wrong', _thumb(f'Quote {quote.rank} does not answer it'), 'thumb down')}"
    )


def judge_answer_html(answer: Answer) -> str:
    """Buttons with `data-judge` under the whole answer."""
    if answer.status == "answered":
        buttons = _button("none", "It should have said that they do not answer")
    else:
        buttons = _button("none", "True, they do not") + _button("some", "They do answer this")
    return f'<p class="judge">{buttons}</p>'


def judgements_path(index: Index) -> Path:
    """The file that the judgements of this index go to; it may not be there yet."""
    return index.path / NAME


def judged(desk: Desk, told: Told, judgement: str, rank: int | None) -> str:
    """Keep a judgement; the line that says so. rank: of the quote; None for the whole answer.

    Raises UsageError for a judgement or rank that the page does not offer, StorageError.
    """
    if judgement not in _NOTED:
        raise UsageError(f"unknown judgement {judgement!r}: choose {', '.join(_NOTED)}")
    if judgement == "none":
        if any(told.asked_of):
            raise UsageError("only some articles were asked: ask all of them to judge that")
        _keep(desk, told.answer, "none")
    elif judgement in ("right", "wrong"):
        quote = _quote(told, rank)
        _keep(desk, told.answer, judgement, quote.source, quote.text)
    return _NOTED[judgement].format(rank=rank)


def words_judged(desk: Desk, told: Told, source: str, start: int, end: int) -> str:
    """Keep that `article.text[start:end]` answers; the line that says so. Raises as `judged`."""
    words = desk.index.text(source)[start:end].strip() if 0 <= start < end else ""
    if not words or len(words) > MOST_MARKED:
        raise UsageError(f"no words are marked: mark up to {MOST_MARKED:,} characters")
    _keep(desk, told.answer, "right", source, words)
    return "Noted: the words that you marked answer the question."


def _quote(told: Told, rank: int | None) -> Quote:
    found = next((quote for quote in told.quotes if quote.rank == rank), None)
    if found is None:
        raise UsageError(f"there is no quote {rank}: choose one that is shown")
    return found


def _keep(desk: Desk, answer: Answer, verdict: str, source: str = "", quote: str = "") -> None:
    if desk.read_only:
        raise UsageError("this library may only be read here: nothing can be judged")
    from quoth.evaluation import judgements

    path = judgements_path(desk.index)
    if path.exists() and path.stat().st_size > MOST_BYTES:
        raise StorageError(f"'{path.name}' is full: move it elsewhere to begin a new one")
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    question = answer.understood or answer.question
    kept = judgements.Judgement(question, verdict, source, quote, made=today)  # type: ignore[arg-type]
    judgements.append(path, kept)


def _button(judgement: str, content: str, kind: str = "") -> str:
    return (
        f'<button type="button" class="judge {kind}" data-judge="{judgement}" '
        f'aria-pressed="false">{content}</button>'
    )


def _thumb(name: str) -> str:
    return (
        f'<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true"><path d="{_THUMB}"/>'
        f'</svg><span class="hidden">{name}</span>'
    )
