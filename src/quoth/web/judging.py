"""What visitors think of quotes: the controls on a card, and where a judgement goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quoth.errors import UsageError
from quoth.records import Answer, Quote

if TYPE_CHECKING:
    from quoth.web.desk import Desk


def judge_quote_html(answer: Answer, quote: Quote) -> str:
    """Buttons with `data-judge` in the foot of the quote's card; "" for none."""
    return ""


def judge_answer_html(answer: Answer) -> str:
    """Buttons with `data-judge` under the whole answer; "" for none."""
    return ""


def judged(desk: Desk, answer: Answer, judgement: str, rank: int | None) -> str:
    """Keep a judgement; the line that says so. rank: of the quote; None for the whole answer.

    Raises UsageError for a judgement or rank that the page does not offer.
    """
    raise UsageError("nothing can be judged here")
