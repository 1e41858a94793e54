"""Articles as the pane beside the answer shows them: text, or a PDF's pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from quoth.errors import ArticleError, UsageError
from quoth.index import Index
from quoth.web import pane
from quoth.web.conversation import Conversation, Told
from quoth.web.links import Place
from quoth.web.pane import View
from quoth.web.pictures import Pictures, pages_of
from quoth.web.shown import string, whole


@dataclass(frozen=True, slots=True)
class Viewer:
    """Shows the articles of an index in the pane."""

    index: Index
    pictures: Pictures

    def first(self, told: Told) -> Iterator[str]:
        """What stands beside an answer: the article of its first quote."""
        if told.answer.status == "abstained":
            yield pane.nearest_hint_html() if told.quotes else pane.placeholder_html()
        elif told.compares:
            yield pane.columns_hint_html()
        else:
            article = self.index.article(told.quotes[0].source)
            yield from self.shown(View(article, told.quotes, 1, told.number, follow=False))

    def linked(self, place: Place) -> Iterator[str]:
        """The place that a link leads to. Raises UsageError if there is no such place."""
        article = self.index.article(place.source)
        quotes = place.quote(article)
        yield from self.shown(View(article, quotes, 1 if quotes else None))

    def clicked(self, conversation: Conversation, chosen: Mapping[str, object]) -> Iterator[str]:
        """The article of a quote, or of the list, that was clicked.

        chosen: `source`; `turn` and `rank` of a quote, or `start` and `end` of a linked place;
        `view`, "text" or "pages"; `page`, from 1. Raises UsageError for what is none of these.
        """
        article = self.index.article(string(chosen.get("source"), "source"))
        told = conversation.told(chosen.get("turn"))
        if told is not None:
            view = View(article, told.quotes, _optional(chosen, "rank"), told.number)
        else:
            place = Place(article.source, _optional(chosen, "start"), _optional(chosen, "end"))
            quotes = place.quote(article)
            view = View(article, quotes, 1 if quotes else None)
        yield from self.shown(view, _optional(chosen, "page"), chosen.get("view") == "text")

    def shown(self, view: View, page: int | None = None, as_text: bool = False) -> Iterator[str]:
        """The pane, once or, while pages are being drawn, twice. page: instead of the quote's."""
        if as_text or not pane.is_pdf(view.article):
            yield pane.text_html(view)
            return
        pages = _pages(view, page)
        yield pane.drawing_html(view, pages[0])
        try:
            pictures = self.pictures.of(view.article, view.here, pages)
        except ArticleError as error:
            remark = f"Its pages are not shown, because {error}. This is its text."
            yield pane.text_html(replace(view, remark=remark))
        else:
            yield pane.pages_html(view, pictures)


def _pages(view: View, page: int | None) -> list[int]:
    """The page, or the first two at most that the chosen quote stands on."""
    if page is not None:
        total = len(view.article.metadata.pages)
        if not 1 <= page <= total:
            raise UsageError(f"there is no page {page}: the article has {total:,}")
        return [page]
    return sorted(pages_of(view.article, view.quote))[:2] if view.quote else [1]


def _optional(chosen: Mapping[str, object], name: str) -> int | None:
    value = chosen.get(name)
    return None if value is None else whole(value, name)
