"""Pages of real PDFs in the pane: drawn, boxed, and text where they cannot be."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import article_files as files
import pytest
from small_library import corpus_index

from quoth.articles.pdf_pages import page_picture, span_boxes
from quoth.errors import ArticleError, UsageError
from quoth.records import Article, Metadata, Quote
from quoth.web.pane import View
from quoth.web.pictures import MOST_PAGES, Pictures, pages_of
from quoth.web.viewing import Viewer


@pytest.fixture
def article(tmp_path: Path) -> Article:
    return files.pdf_article(tmp_path / "voyage.pdf")


def a_quote(article: Article, words: str, rank: int = 1) -> Quote:
    start = article.text.index(words)
    end = start + len(words)
    where = (article.source, article.title, "", start, end)
    return Quote(rank, words, *where, 0.5, (), metadata=article.metadata)


def test_a_page_is_drawn_with_the_boxes_of_the_quotes_that_stand_on_it(article: Article) -> None:
    here, there = a_quote(article, "2.0 The captain"), a_quote(article, "3.0 The captain", 2)
    (picture,) = Pictures().of(article, [here, there], [2])
    (boxes,) = span_boxes(article, here.start, here.end)
    assert (picture.page, list(picture.boxes)) == (2, [1])
    assert [tuple(box) for box in picture.boxes[1]] == [tuple(box) for box in boxes.boxes]
    assert picture.png == page_picture(article.path, 2, scale=1.8)
    assert picture.width == pytest.approx(boxes.width, abs=1)
    assert picture.height == pytest.approx(boxes.height, abs=1)


def test_a_quote_over_two_pages_stands_on_both() -> None:
    article = Article("a.pdf", "A", "one two", "", metadata=Metadata(pages=(0, 4)))
    quote = Quote(1, "one two", "a.pdf", "A", "", 0, 7, 0.5, (), metadata=article.metadata)
    assert pages_of(article, quote) == {1, 2}
    assert pages_of(article, replace(quote, end=4)) == {1}


def shown(article: Article, tmp_path: Path, page: int | None = None) -> list[str]:
    """What the pane shows, step by step, of the article with a quote of its second page."""
    quote = a_quote(article, "2.0 The captain")
    with corpus_index(tmp_path, {"a": "a"}, ["a"]) as index:
        return list(Viewer(index, Pictures()).shown(View(article, (quote,), 1), page))


def test_the_page_of_the_quote_is_shown_once_it_is_drawn(article: Article, tmp_path: Path) -> None:
    drawing, drawn = shown(article, tmp_path)
    assert "Page 2 is being drawn …" in drawing
    assert "Page 2 of 3, the quote in a box" in drawn


def test_another_page_is_shown_when_it_is_asked_for(article: Article, tmp_path: Path) -> None:
    assert 'alt="Page 3 of 3"' in shown(article, tmp_path, 3)[-1]


@pytest.mark.parametrize("page", [0, 4, -1])
def test_a_page_that_there_is_not_is_told(article: Article, tmp_path: Path, page: int) -> None:
    with pytest.raises(UsageError, match=f"there is no page {page}: the article has 3"):
        shown(article, tmp_path, page)


def remark(article: Article, tmp_path: Path) -> str:
    html = shown(article, tmp_path)[-1]
    assert '<mark class="chosen" data-ranks="1">2.0 The captain</mark>' in html
    assert str(tmp_path) not in html, "where files lie is nobody's business"
    return html.split('<p class="remark">')[1].split("</p>")[0]


def test_of_a_file_that_is_gone_the_text_is_shown(article: Article, tmp_path: Path) -> None:
    os.remove(article.path)
    assert remark(article, tmp_path) == (
        "Its pages are not shown, because its file is gone. This is its text."
    )


def test_of_a_file_that_has_changed_the_text_is_shown(article: Article, tmp_path: Path) -> None:
    Path(article.path).write_bytes(files.pdf(pages=2))
    assert "because its file has changed or cannot be drawn" in remark(article, tmp_path)


def test_of_a_long_file_the_text_is_shown(article: Article, tmp_path: Path) -> None:
    pages = (*article.metadata.pages, *[len(article.text)] * MOST_PAGES)
    long = replace(article, metadata=replace(article.metadata, pages=pages))
    assert "because it has 303 pages, and over 300 are not drawn" in remark(long, tmp_path)


def test_what_was_drawn_is_remembered_until_the_file_changes(article: Article) -> None:
    pictures = Pictures()
    (one,) = pictures.of(article, [], [1])
    (again,) = pictures.of(article, [], [1])
    assert one.png is again.png
    Path(article.path).write_bytes(files.pdf(pages=2))
    with pytest.raises(ArticleError, match="has changed"):
        pictures.of(article, [], [1])
