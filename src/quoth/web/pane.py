"""Pure functions from an article to the pane beside the answer, its quotes marked in place."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from quoth.records import Article, Quote
from quoth.web.labels import count, published_at
from quoth.web.marks import article_text
from quoth.web.pictures import Line, Picture, frames

_HINT = "The article is shown here, with the quote marked in its place."
_NEAREST = "Choose one of the nearest quotes to see where it stands."
_COLUMNS = "Choose a source’s quote to see where it stands."


@dataclass(frozen=True, slots=True)
class View:
    """An article as it is to be shown.

    quotes: of the whole answer, marked where they stand in this article. chosen: the rank of the
    one that is marked stronger. turn: the number of their question; 0 for none. follow: the user
    asked to see it, so that a narrow page may scroll to it. remark: a line above the text.
    """

    article: Article
    quotes: tuple[Quote, ...] = ()
    chosen: int | None = None
    turn: int = 0
    follow: bool = True
    remark: str = ""

    @property
    def here(self) -> tuple[Quote, ...]:
        """The quotes that stand in this article."""
        return tuple(quote for quote in self.quotes if quote.source == self.article.source)

    @property
    def quote(self) -> Quote | None:
        """The chosen one, if it stands in this article."""
        return next((quote for quote in self.here if quote.rank == self.chosen), None)


def placeholder_html(hint: str = _HINT) -> str:
    """The pane before an article is chosen: at first, and where nothing answers."""
    return (
        f'<aside class="pane empty" role="complementary" aria-label="Article"><p>{hint}</p></aside>'
    )


def nearest_hint_html() -> str:
    """The pane where only nearest quotes are left."""
    return placeholder_html(_NEAREST)


def columns_hint_html() -> str:
    """The pane while sources are compared."""
    return placeholder_html(_COLUMNS)


def text_html(view: View) -> str:
    """The whole article, every character of it, with the quotes that stand in it marked."""
    remark = f'<p class="remark">{escape(view.remark)}</p>' if view.remark else ""
    text = article_text(view.article, view.here, view.chosen)
    return _pane(view, f'{remark}<div class="text">{text}</div>', shows_text=True)


def pages_html(view: View, pictures: Sequence[Picture]) -> str:
    """Pages of a PDF as pictures, a box around each quote. pictures: of adjacent pages."""
    total = len(view.article.metadata.pages)
    first, last = pictures[0].page, pictures[-1].page
    figures = "".join(_figure(picture, view, total) for picture in pictures)
    return _pane(view, f'{_pager(view, first, last, total)}<div class="pages">{figures}</div>')


def drawing_html(view: View, page: int) -> str:
    """The pane while a page is being drawn."""
    total = len(view.article.metadata.pages)
    body = f'<div class="pages"><p class="drawing">Page {page} is being drawn …</p></div>'
    return _pane(view, f"{_pager(view, page, page, total)}{body}")


def _pane(view: View, body: str, *, shows_text: bool = False) -> str:
    article = view.article
    return (
        f'<aside class="pane" role="complementary" aria-label="Article: {escape(article.title)}" '
        f'tabindex="0" {_attributes(view, shows_text)}>'
        f'<header><h2><bdi>{escape(article.title)}</bdi></h2><p class="file">{_about(view)}</p>'
        f'<button type="button" class="back">Back</button>{_tools(view, shows_text)}</header>'
        f"{body}</aside>"
    )


def _attributes(view: View, shows_text: bool) -> str:
    """What is shown, so that the page can ask for the same in another way."""
    named: dict[str, object] = {"shown": view.article.source, "turn": view.turn}
    named["follow"] = "yes" if view.follow else "no"
    if is_pdf(view.article):
        named["view"] = "text" if shows_text else "pages"
    if view.chosen is not None:
        named["rank"] = view.chosen
    if view.turn == 0 and view.quote is not None:
        named |= {"start": view.quote.start, "end": view.quote.end}
    return " ".join(f'data-{name}="{escape(str(value))}"' for name, value in named.items())


def _about(view: View) -> str:
    article, marked = view.article, len(view.here)
    parts = [f"<bdi>{escape(article.source)}</bdi>"]
    parts += [f"<bdi>{escape(one)}</bdi>" for one in _known(article)]
    parts += [count(len(article.text), "character")]
    parts += [f"{count(marked, 'quote')} marked"] * bool(marked)
    address = published_at(article.metadata)
    if address:
        parts.append(
            f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">published</a>'
        )
    return " · ".join(parts)


def _known(article: Article) -> list[str]:
    return [part for part in (article.metadata.author, article.metadata.date) if part]


def _tools(view: View, shows_text: bool) -> str:
    """From one quote of the answer to the next; from a PDF's text to its pages and back."""
    parts = _steps(view) + (_switch(view, shows_text) if is_pdf(view.article) else "")
    return f'<div class="tools">{parts}</div>' if parts else ""


def _steps(view: View) -> str:
    if len(view.quotes) < 2 or not view.turn:
        return ""
    now, total = view.chosen or "–", len(view.quotes)
    return (
        '<span class="steps"><button type="button" data-step="-1">'
        '<span class="hidden">Previous quote </span><kbd>p</kbd> ‹</button>'
        f'<span class="count">Quote <span class="at">{now}</span> of {total}</span>'
        '<button type="button" data-step="1">'
        '› <kbd>n</kbd><span class="hidden"> Next quote</span></button></span>'
    )


def is_pdf(article: Article) -> bool:
    """Whether it has pages that can be drawn."""
    return article.path.lower().endswith(".pdf") and bool(article.metadata.pages)


def _switch(view: View, shows_text: bool) -> str:
    buttons = "".join(
        f'<button type="button" data-view="{name}" aria-pressed="{"true" if on else "false"}">'
        f"{name.capitalize()}</button>"
        for name, on in (("pages", not shows_text), ("text", shows_text))
    )
    return f'<span class="switch" role="group" aria-label="Show as">{buttons}</span>'


def _pager(view: View, first: int, last: int, total: int) -> str:
    shown = f"Page {first}" if first == last else f"Pages {first}–{last}"
    return (
        f'<div class="turner">{_turner("Previous page", first - 1, total)}'
        f"<span>{shown} of {total}</span>{_turner('Next page', last + 1, total)}</div>"
    )


def _turner(name: str, page: int, total: int) -> str:
    disabled = "" if 1 <= page <= total else " disabled"
    return f'<button type="button" data-page="{page}"{disabled}>{name}</button>'


def _figure(picture: Picture, view: View, total: int) -> str:
    boxes = "".join(_boxes(picture, rank, view.chosen) for rank in picture.boxes)
    told = f"Page {picture.page} of {total}" + (", the quote in a box" if boxes else "")
    data = b64encode(picture.png).decode("ascii")
    return (
        f'<figure style="aspect-ratio: {picture.width:.2f} / {picture.height:.2f}">'
        f'<img src="data:image/png;base64,{data}" alt="{told}">{boxes}</figure>'
    )


def _boxes(picture: Picture, rank: int, chosen: int | None) -> str:
    """A box around the quote, and one over each of its lines; the first is what is scrolled to."""
    named = "mark chosen" if rank == chosen else "mark"
    lines = picture.boxes[rank]
    around = "".join(_box(picture, box, f"{named} box", rank) for box in frames(lines))
    return around + "".join(_box(picture, box, f"{named} line", rank) for box in lines)


def _box(picture: Picture, box: Line, named: str, rank: int) -> str:
    """An empty element, placed in percent of the page."""
    wide, high = picture.width / 100, picture.height / 100
    left, top = box.left / wide, (picture.height - box.top) / high
    across, down = (box.right - box.left) / wide, (box.top - box.bottom) / high
    return (
        f'<span class="{named}" data-ranks="{rank}" style="left: {left:.3f}%; top: {top:.3f}%; '
        f'width: {across:.3f}%; height: {down:.3f}%"></span>'
    )
