"""Pure functions from a conversation to the page: the newest answer, and what came before it."""

from __future__ import annotations

from html import escape

from quoth.retrieval import MAX_QUESTION
from quoth.showing import NO_ANSWER
from quoth.web.cards import Hand, abstention_html, cards_html
from quoth.web.comparison import voices_html
from quoth.web.conversation import Conversation, Told
from quoth.web.judging import judge_answer_html
from quoth.web.labels import count
from quoth.web.phrased import place_html


def conversation_html(conversation: Conversation, *, phrases: bool = False) -> str:
    """The newest turn whole, the ones before it folded, newest first.

    phrases: whether a place is kept above the newest quotes for a language model's words.
    """
    if conversation.newest is None:
        return ""
    earlier = "".join(_folded(told) for told in reversed(conversation.turns[:-1]))
    heading = "<h2>Earlier in this conversation</h2>" if earlier else ""
    return (
        f"{_newest(conversation.newest, phrases)}"
        f'<section class="earlier"><header>{heading}'
        '<button type="button" class="quiet" data-new="yes">New conversation</button></header>'
        f"{earlier}</section>"
    )


def answer_html(told: Told, *, chosen: int | None = None) -> str:
    """The answer of a turn. chosen: the rank of the quote whose place is shown."""
    answer = told.answer
    if told.compares:
        shown = voices_html(answer, Hand(told.quotes, told.number, chosen))
    elif answer.status == "answered":
        shown = cards_html(answer, Hand(told.quotes, told.number, chosen))
    else:
        shown = abstention_html(answer, told.nowhere, told.number)
    return f"{shown}{judge_answer_html(answer)}"


def _newest(told: Told, phrases: bool) -> str:
    chosen = 1 if told.answer.status == "answered" and not told.compares else None
    return (
        f'<section class="turn newest" data-turn="{told.number}">'
        f'<h2 class="asked" tabindex="-1"><bdi>{escape(told.answer.question)}</bdi></h2>'
        f"{understood_html(told)}{place_html(told.answer) if phrases else ''}"
        f"{answer_html(told, chosen=chosen)}</section>"
    )


def understood_html(told: Told) -> str:
    """The question that was searched in place of a follow-up, to be put right; else ""."""
    if not _differs(told):
        return ""
    typed, searched = escape(told.answer.question), escape(_searched(told))
    return (
        f'<div class="understood"><p>{_understood(told)} '
        '<button type="button" class="quiet" data-edit="yes">Edit</button> '
        f'<button type="button" class="quiet" data-question="{typed}" '
        f'data-again="{told.number}">Ask as typed</button></p>'
        f'<form hidden data-again="{told.number}"><label><span>Ask this instead</span>'
        f'<textarea rows="2" maxlength="{MAX_QUESTION}" dir="auto">{searched}</textarea></label>'
        '<button type="submit" class="strong">Ask</button> '
        '<button type="button" class="quiet" data-edit="no">Cancel</button></form></div>'
    )


def _differs(told: Told) -> bool:
    return bool(told.answer.understood or told.answer.only_source)


def _searched(told: Told) -> str:
    return told.answer.understood or told.answer.question


def _understood(told: Told) -> str:
    only = told.answer.only_source
    where = f" · only in <bdi>{escape(only)}</bdi>" if only else ""
    return f'Understood as: <bdi class="searched">{escape(_searched(told))}</bdi>{where}'


def _folded(told: Told) -> str:
    understood = f'<p class="understood">{_understood(told)}</p>' if _differs(told) else ""
    return (
        f'<details name="earlier" data-turn="{told.number}"><summary>'
        f'<bdi class="asked">{escape(told.answer.question)}</bdi>'
        f'<span class="gist">{_gist(told)}</span></summary>'
        f"{understood}{answer_html(told)}</details>"
    )


def _gist(told: Told) -> str:
    """One line of what an earlier answer was."""
    if told.answer.status == "abstained":
        return NO_ANSWER
    if told.compares:
        return f"{count(len(told.answer.by_source), 'source')} compared"
    return f"<bdi>{escape(told.quotes[0].text)}</bdi>"
