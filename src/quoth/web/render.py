"""Pure functions to the HTML that frames answers and articles: name, status, examples, lists.

Everything that comes from an article or from a user is escaped where it becomes HTML: here, in
`cards.py`, `turns.py`, `comparison.py`, `pane.py` and `marks.py`. Text whose direction is unknown
stands in an element with a direction of its own (`<bdi>` or `dir="auto"`), so that an override
character in a title cannot turn the words around it.

The page is driven by attributes that its scripts (`*.js`) read:

    data-turn      the number of a question in the conversation
    data-rank      a card: choose the quote of this rank, in the article of its data-source
    data-ranks     a mark in the article: the ranks of the quotes that it belongs to
    data-source    show the article of this source
    data-question  ask this question; data-again: in place of that turn, which is the newest
    data-copy      copy this text; data-link: copy the app's address with this at its end
    data-judge     judge the quote of the card that it stands in, or else the whole answer
    data-edit      edit the question as it was understood ("yes"), or do not ("no")
    data-new       begin a new conversation
    data-phrase    the place of a language model's sentences, asked for by this key; data-phrased:
                   what belongs there
    data-cite      choose the quote of this rank, of the newest answer
    data-step      go to the next quote of the answer (1), or to the one before (-1)
    data-view      show the article as "pages" or as "text"
    data-page      show this page of it
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Protocol

from quoth.records import Answer
from quoth.showing import NO_ANSWER
from quoth.web.labels import count

LISTED = 50
"""At most this many articles are listed by title."""


class Listed(Protocol):
    """What the list of articles says of one."""

    @property
    def source(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def passages(self) -> int: ...


def masthead_html() -> str:
    """The name of the page and what it is for."""
    return (
        '<header class="masthead"><h1><a href="./">quoth</a></h1>'
        "<p>Answers in your articles’ own words.</p></header>"
    )


def status_html(message: str = "", *, spoken: str = "", problem: str = "") -> str:
    """The line under the question box: what happened (polite), or what went wrong (alert).

    spoken: read out before `message`, for what one sees elsewhere.
    """
    unseen = f'<span class="hidden">{escape(spoken)} </span>' if spoken else ""
    return (
        f'<div class="status" role="status">{unseen}{escape(message)}</div>'
        f'<div class="problem" role="alert">{escape(problem)}</div>'
    )


def searching_html(articles: int) -> str:
    """The status line until there is an answer. articles: how many are searched."""
    return (
        f'<div class="status busy" role="status">Searching {count(articles, "article")} …</div>'
        '<div class="problem" role="alert"></div>'
    )


def summary_html(answer: Answer, *, articles: int) -> str:
    """The status line of an answer. articles: how many were searched."""
    took = f"in {_time(answer.elapsed_ms)}."
    if answer.status == "abstained":
        return status_html(f"{count(articles, 'article')} searched, {took}", spoken=NO_ANSWER)
    if answer.by_source:
        said = sum(voice.quote is not None for voice in answer.by_source)
        return status_html(f"{said} of {count(len(answer.by_source), 'source')} on this, {took}")
    sources = len({quote.source for quote in answer.quotes})
    found = f"{count(len(answer.quotes), 'quote')} from {count(sources, 'article')}"
    return status_html(f"{found}, {took}")


def _time(milliseconds: float) -> str:
    whole = max(1, round(milliseconds))
    return f"{whole} ms" if whole < 1000 else f"{whole / 1000:.1f} s"


def welcome_html() -> str:
    """What stands in the answer's place before the first question."""
    return (
        '<section class="welcome"><p>Ask a question. The answer is what the articles say, '
        "word for word, with its place in the article. Where they do not answer, "
        "it says so.</p></section>"
    )


def aids_html(
    examples: Sequence[str], articles: Sequence[Listed], *, total: int, opened: bool
) -> str:
    """The example questions and the list of articles, each behind its own heading.

    articles: the first of `total`; at most LISTED are shown.
    """
    return (
        f'<section class="aids">{_disclosure("Example questions", _examples(examples), opened)}'
        f"{_disclosure(count(total, 'article'), _list(articles, total), opened)}</section>"
    )


def _disclosure(heading: str, content: str, opened: bool) -> str:
    state = " open" if opened else ""
    return f"<details{state}><summary>{heading}</summary>{content}</details>"


def _examples(questions: Sequence[str]) -> str:
    items = "".join(
        f'<li><button type="button" data-question="{escape(question)}">'
        f"<bdi>{escape(question)}</bdi></button></li>"
        for question in questions
    )
    return f'<ul class="examples">{items}</ul>'


def _list(articles: Sequence[Listed], total: int) -> str:
    items = "".join(_listed(article) for article in articles[:LISTED])
    rest = total - LISTED
    more = f'<li class="more">and {count(rest, "more article")}</li>' if rest > 0 else ""
    return f'<ul class="articles">{items}{more}</ul>'


def _listed(article: Listed) -> str:
    return (
        f'<li><button type="button" data-source="{escape(article.source)}">'
        f"<bdi>{escape(article.title)}</bdi></button>"
        f'<p class="file"><bdi>{escape(article.source)}</bdi> · '
        f"{count(article.passages, 'passage')}</p></li>"
    )
