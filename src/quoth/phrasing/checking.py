"""Pure: which sentences of a reply are struck, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from quoth.phrasing.figures import unknown_date, unknown_number
from quoth.phrasing.names import unknown_name
from quoth.phrasing.sentences import Cited, cited, without_citations
from quoth.phrasing.wording import Wording
from quoth.records import PhrasedSentence, Quote

MOST = 3
"""Sentences that are kept."""
_SHOWN = 20  # sentences that are shown, struck ones too
_LINK = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|www\.)\S*[^\s.,;:!?)]|[\w.+-]+@[\w-]+\.\w+", re.IGNORECASE
)


def checked(
    reply: str, quotes: Sequence[Quote], question: str = "", *, is_cut: bool = False
) -> tuple[PhrasedSentence, ...]:
    """The sentences of a model's reply, struck where they are not borne out; at most twenty.

    One is kept that cites quotes, all of them shown, which together hold its numbers, dates, names
    and addresses, most of its words, no "not" or "may" that it lacks or the other way round, no
    opposite of a word of its own; and that is among the first three of which this is true. What
    turns on who did what to whom is not seen. English; of other languages more is struck.
    is_cut: the last sentence may be half of one.
    """
    shown = {quote.rank: quote.text for quote in quotes}
    found: list[PhrasedSentence] = []
    some = cited(reply)[:_SHOWN]
    for number, one in enumerate(some, 1):
        reason = _reason(one, shown, question)
        if not reason and is_cut and number == len(some):
            reason = "it breaks off"
        if not reason and sum(not each.struck for each in found) == MOST:
            reason = f"it is past the {MOST} sentences that were asked for"
        found.append(PhrasedSentence(one.text, one.ranks, reason))
    return tuple(found)


def _reason(one: Cited, shown: Mapping[int, str], question: str) -> str:
    """Why the sentence is struck; "" for one that is kept."""
    if not one.ranks:
        return "it cites no quote"
    missing = [rank for rank in one.ranks if rank not in shown]
    if missing:
        return f"there is no quote {missing[0]}"
    return _against(without_citations(one.text), [shown[rank] for rank in one.ranks], question)


def _against(sentence: str, texts: Sequence[str], question: str) -> str:
    for link in _LINK.findall(sentence):
        if not any(link in text for text in texts):
            return f"the address {link} is in no cited quote"
    looked_for = {
        "date": unknown_date(sentence, texts),
        "number": unknown_number(sentence, texts),
        "name": unknown_name(sentence, texts, question),
    }
    for kind, words in looked_for.items():
        if words:
            return f"the {kind} {words} is in no cited quote"
    return Wording(sentence, texts).struck()
