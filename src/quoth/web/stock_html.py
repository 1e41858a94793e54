"""Pure functions from the library's articles and what became of files to HTML.

Everything that comes from an article, a file or an error is escaped here. `library.js` reads

    data-page     show the list from this page on
    data-remove   remove the article of this source, once that is confirmed
    data-only     ask only the article of this source
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from quoth.index import ArticleInfo
from quoth.web.intake import Result
from quoth.web.labels import count
from quoth.web.stock import Listing

_SHOWN = 200
"""Files whose result is shown."""
_OUTCOMES = {
    "added": "Added",
    "updated": "Updated",
    "unchanged": "Already there",
    "failed": "Not added",
    "removed": "Removed",
}
_CONFIRM = (
    '<dialog aria-labelledby="confirm-what"><h3 id="confirm-what"></h3>'
    "<p>Questions are no longer answered from what is removed. A file that was uploaded here is "
    "deleted, any other file stays where it is.</p>"
    '<form method="dialog"><button value="keep">Keep</button>'
    '<button value="remove" class="strong">Remove</button></form></dialog>'
)


def results_html(results: Sequence[Result] = (), *, problem: str = "") -> str:
    """What became of each file or address; those that failed first."""
    ordered = sorted(results, key=lambda one: one.outcome != "failed")
    items = "".join(_result(one) for one in ordered[:_SHOWN])
    rest = len(ordered) - _SHOWN
    more = f'<li class="more">and {count(rest, "more file")}</li>' if rest > 0 else ""
    told = f'<p class="told">{_summary(results)}</p><ul>{items}{more}</ul>' if results else ""
    return (
        f'<div class="results" role="status">{told}</div>'
        f'<div class="problem" role="alert">{escape(problem)}</div>'
    )


def listing_html(shown: Listing, *, containing: str, read_only: bool) -> str:
    """A page of the list, with its pager."""
    articles = "".join(_article(one, read_only) for one in shown.articles)
    several = "" if read_only or not articles else _SEVERAL
    empty = "" if articles else _empty(containing)
    return (
        f'<section class="stock" data-number="{shown.number}">'
        f'<h2 tabindex="-1" class="stock-head">{_heading(shown, containing)}</h2>{several}{empty}'
        f'<ul class="stock-list">{articles}</ul>{_pager(shown)}{"" if read_only else _CONFIRM}'
        "</section>"
    )


_SEVERAL = (
    '<p class="several"><label><input type="checkbox" class="all"> All on this page</label>'
    '<button type="button" class="remove-chosen" disabled>Remove the chosen</button></p>'
)


def _summary(results: Sequence[Result]) -> str:
    told = [
        f"{number:,} {words.lower()}"
        for outcome, words in _OUTCOMES.items()
        if (number := sum(one.outcome == outcome for one in results))
    ]
    return f"{', '.join(told).capitalize()}."


def _result(one: Result) -> str:
    says = f": {escape(one.says)}" if one.says else ""
    return (
        f'<li class="{one.outcome}"><strong>{_OUTCOMES[one.outcome]}</strong> '
        f"<bdi>{escape(one.name)}</bdi>{says}</li>"
    )


def _heading(shown: Listing, containing: str) -> str:
    found = count(shown.found, "article")
    with_words = f" with <bdi>“{escape(containing.strip())}”</bdi>" if containing.strip() else ""
    place = f", page {shown.number:,} of {shown.pages:,}" if shown.pages > 1 else ""
    return f"{found}{with_words}{place}"


def _empty(containing: str) -> str:
    if containing.strip():
        return '<p class="soft-line">No title and no file name has these words in it.</p>'
    return '<p class="soft-line">The library is empty: add files, or the address of a page.</p>'


def _article(one: ArticleInfo, read_only: bool) -> str:
    name = escape(one.title or one.source)
    source = escape(one.source)
    about = (one.metadata.author, one.metadata.date, count(one.passages, "passage"))
    told = " · ".join(f"<bdi>{escape(part)}</bdi>" for part in about if part)
    choose = (
        f'<input type="checkbox" value="{source}" aria-label="Choose {name}">'
        if not read_only
        else ""
    )
    remove = (
        f'<button type="button" data-remove="{source}" data-title="{name}">Remove'
        f'<span class="hidden"> {name}</span></button>'
    )
    return (
        f'<li>{choose}<div><p class="name"><bdi>{name}</bdi></p>'
        f'<p class="file"><bdi>{source}</bdi> · {told} · {count(one.characters, "character")}</p>'
        f'</div><p class="do"><button type="button" data-only="{source}">Ask only this'
        f'<span class="hidden">: {name}</span></button>{"" if read_only else remove}</p></li>'
    )


def _pager(shown: Listing) -> str:
    if shown.pages == 1:
        return ""
    turns = (
        ("First", 1, shown.number > 1),
        ("Previous", shown.number - 1, shown.number > 1),
        ("Next", shown.number + 1, shown.number < shown.pages),
        ("Last", shown.pages, shown.number < shown.pages),
    )
    buttons = "".join(
        f'<button type="button" data-page="{number}"{"" if possible else " disabled"}>'
        f"{name}</button>"
        for name, number, possible in turns
    )
    return f'<nav class="pager" aria-label="Pages of the list">{buttons}</nav>'
