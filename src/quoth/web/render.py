"""Pure functions from answers and articles to HTML.

Everything that comes from an article or from a user is escaped here and nowhere else; what is
not escaped is written in this file. Text whose direction is unknown stands in an element with
a direction of its own (`<bdi>` or `dir="auto"`), so that an override character in a title
cannot turn the words around it.

The page is driven by attributes that `page.js` reads:

    data-rank     a card: choose the quote of this rank, in the article of its data-source
    data-ranks    a mark in the article: the ranks of the quotes that it belongs to
    data-source   show the article of this source
    data-question ask this question
    data-copy     copy this text
    data-judge    judge the quote of the card that it stands in, or else the whole answer
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Protocol

from quoth.records import Answer, Article, Quote
from quoth.web.judging import judge_answer_html, judge_quote_html
from quoth.web.marks import article_text, highlighted

LISTED = 50
"""At most this many articles are listed by title."""

_NO_ANSWER = "The articles do not answer this."
_WORDS = ((0.9, "very likely"), (0.65, "likely"), (0.4, "possible"), (0.0, "doubtful"))
_BADGES = {
    "verified": ("✓ verified", "The article's file still says exactly this."),
    "changed": ("! changed", "The article's file has changed since it was indexed."),
}


class Listed(Protocol):
    """What the list of articles says of one."""

    @property
    def source(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def passages(self) -> int: ...


def confidence_words(confidence: float) -> str:
    """A probability (0 to 1) in words and number, `likely · 0.82`."""
    shown = round(confidence, 2)
    word = next(word for least, word in _WORDS if shown >= least)
    return f"{word} · {shown:.2f}"


def count(number: int, one: str) -> str:
    """`1 article`, `2 articles`, `1,200 articles`."""
    return f"{number:,} {one if number == 1 else one + 's'}"


def citation(quote: Quote) -> str:
    """A quote and where it stands, as plain text to paste elsewhere."""
    parts = (quote.metadata.author, quote.title, quote.section, _page(quote), quote.metadata.date)
    where = ", ".join(dict.fromkeys(part for part in parts if part))
    address = f"\n{quote.metadata.address}" if quote.metadata.address else ""
    return f"“{quote.text}”\n— {where} ({quote.source}, {_place(quote)}){address}"


def _page(quote: Quote) -> str:
    return f"page {quote.page}" if quote.page else ""


def shown_quotes(answer: Answer) -> tuple[Quote, ...]:
    """The quotes that the page shows: the answer's, or the nearest when it abstains."""
    return answer.quotes if answer.status == "answered" else answer.nearest


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


def summary_html(answer: Answer, *, articles: int) -> str:
    """The status line of an answer. articles: how many were searched."""
    took = f"in {max(1, round(answer.elapsed_ms))} ms."
    if answer.status == "abstained":
        return status_html(f"{count(articles, 'article')} searched, {took}", spoken=_NO_ANSWER)
    sources = len({quote.source for quote in answer.quotes})
    found = f"{count(len(answer.quotes), 'quote')} from {count(sources, 'article')}"
    return status_html(f"{found}, {took}")


def answer_html(answer: Answer, *, nowhere: Sequence[str] = ()) -> str:
    """The answer as cards; the first quote of an answer is the chosen one.

    nowhere: the question's words that occur in no article, told where it abstains.
    """
    if answer.status == "answered":
        cards = _cards(answer, answer.quotes, chosen=1)
        told = f'<h2 class="hidden">Answer</h2>{cards}'
    else:
        told = _abstention(answer, nowhere)
    return f'<section class="answer">{told}{judge_answer_html(answer)}</section>'


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


def placeholder_html(asked: Answer | None = None) -> str:
    """The article pane before an article is chosen: at first, and where nothing answers."""
    hint = (
        "Choose one of the nearest quotes to see where it stands."
        if asked is not None and asked.nearest
        else "The article is shown here, with the quote marked in its place."
    )
    return (
        f'<aside class="pane empty" role="complementary" aria-label="Article"><p>{hint}</p></aside>'
    )


def article_html(
    article: Article, quotes: Sequence[Quote] = (), *, chosen: int | None = None, follow: bool
) -> str:
    """The whole article, every character of it, with the quotes that stand in it marked.

    quotes: those of other articles are left out. chosen: the rank of the quote marked stronger.
    follow: True if the user asked to see it, so that a narrow page may scroll to it.
    """
    here = [quote for quote in quotes if quote.source == article.source]
    told = f"{count(len(article.text), 'character')}"
    marked = f" · {count(len(here), 'quote')} marked" if here else ""
    return (
        f'<aside class="pane" role="complementary" aria-label="Article: {escape(article.title)}" '
        f'tabindex="0" data-shown="{escape(article.source)}" '
        f'data-follow="{"yes" if follow else "no"}">'
        f'<header><h2><bdi>{escape(article.title)}</bdi></h2><p class="file">'
        f"<bdi>{escape(article.source)}</bdi> · {told}{marked}</p>"
        '<button type="button" class="back">Back</button></header>'
        f'<div class="text">{article_text(article, here, chosen)}</div></aside>'
    )


def _abstention(answer: Answer, nowhere: Sequence[str]) -> str:
    text = f"<h2>{_NO_ANSWER}</h2>{_missing(nowhere)}"
    if not answer.nearest:
        return text
    return (
        f'{text}<h3>Nearest quotes <span class="soft">these are not answers</span></h3>'
        f"{_cards(answer, answer.nearest, chosen=None)}"
    )


def _missing(words: Sequence[str]) -> str:
    if not words:
        return ""
    quoted = [f"<bdi>“{escape(word)}”</bdi>" for word in words]
    if len(quoted) == 1:
        return f"<p>{quoted[0]} occurs in no article.</p>"
    return f"<p>{', '.join(quoted[:-1])} and {quoted[-1]} occur in no article.</p>"


def _cards(answer: Answer, quotes: Sequence[Quote], *, chosen: int | None) -> str:
    kind = "quotes" if chosen else "quotes nearest"
    items = "".join(_card(answer, quote, len(quotes), chosen) for quote in quotes)
    return f'<ol class="{kind}">{items}</ol>'


def _card(answer: Answer, quote: Quote, total: int, chosen: int | None) -> str:
    name = "Quote" if chosen else "Nearest quote, not an answer,"
    spoken = (
        f"{name} {quote.rank} of {total}, {confidence_words(quote.confidence)}: {quote.text} "
        f"From “{quote.title}”. Show it in the article."
    )
    current = "true" if quote.rank == chosen else "false"
    named = quote.section and quote.section != quote.title
    about = (quote.section if named else "", _page(quote), quote.metadata.author)
    told = "".join(
        f" · <bdi>{escape(part)}</bdi>" for part in (*about, quote.metadata.date) if part
    )
    return (
        f'<li class="card"><div class="choose" role="button" tabindex="0" '
        f'aria-current="{current}" aria-label="{escape(spoken)}" data-rank="{quote.rank}" '
        f'data-source="{escape(quote.source)}">'
        f'<blockquote dir="auto">{highlighted(quote)}</blockquote>'
        f'<p class="label"><cite><bdi>{escape(quote.title)}</bdi></cite>{told}</p>'
        f'<p class="file"><bdi>{escape(quote.source)}</bdi> · {_place(quote)}</p></div>'
        f"{_foot(answer, quote)}</li>"
    )


def _foot(answer: Answer, quote: Quote) -> str:
    badge, meaning = _BADGES[quote.check]
    return (
        f'<div class="foot"><span class="confidence">{confidence_words(quote.confidence)}</span>'
        f'<span class="badge {quote.check}" title="{escape(meaning)}">{badge}</span>'
        f"{judge_quote_html(answer, quote)}"
        f'<button type="button" class="copy" data-copy="{escape(citation(quote))}">'
        f'<span aria-live="polite">Copy</span><span class="hidden"> quote {quote.rank} and its '
        "source</span></button></div>"
    )


def _place(quote: Quote) -> str:
    return f"characters {quote.start}–{quote.end}"


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
