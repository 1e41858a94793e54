"""Pages drawn in a process of their own, and what a bad one can do: nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import article_files as files
import pytest

from quoth.articles.drawing import Drawing, draw
from quoth.articles.pdf_pages import page_picture, span_boxes
from quoth.errors import ArticleError
from quoth.records import Article, Span


@pytest.fixture
def article(tmp_path: Path) -> Article:
    return files.pdf_article(tmp_path / "voyage.pdf")


def drawn_by(article: Article, code: str, *, seconds: float = 20) -> Drawing:
    """What comes of a drawing process that runs this instead."""
    command = [sys.executable, "-c", f"import os, struct, sys, time\n{code}"]
    return draw(article.path, article.sha256, (), (1,), scale=1, seconds=seconds, command=command)


def saying(body: str) -> str:
    return f"b = {body!r}.encode(); sys.stdout.buffer.write(struct.pack('>I', len(b)) + b)"


def test_it_is_what_is_drawn_in_this_process(article: Article) -> None:
    start = article.text.index("2.0 The captain")
    spans = (Span(start, start + 15), Span(0, 5))
    found = draw(article.path, article.sha256, spans, (2, 3), scale=1.5)
    assert found.boxes == tuple(span_boxes(article, *span) for span in spans)
    assert found.pngs == tuple(page_picture(article.path, page, scale=1.5) for page in (2, 3))


@pytest.mark.parametrize(
    ("sha256", "pages", "scale", "reason"),
    [
        ("0" * 64, (1,), 1, "the file has changed since it was read"),
        (None, (4,), 1, "there are 3 pages, and not all of"),
        (None, (1,), 100, "give a smaller scale"),
    ],
)
def test_what_cannot_be_drawn_is_told(
    article: Article, sha256: str | None, pages: Sequence[int], scale: float, reason: str
) -> None:
    with pytest.raises(ArticleError, match=reason):
        draw(article.path, sha256 or article.sha256, (), pages, scale=scale)


def test_a_file_that_is_gone_is_told(article: Article, tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match=r"cannot draw '.*gone.pdf'"):
        draw(tmp_path / "gone.pdf", article.sha256, (), (1,), scale=1)


def test_a_crash_is_told(article: Article) -> None:
    with pytest.raises(ArticleError, match=r"that crashed \(SIGABRT\)"):
        drawn_by(article, "os.abort()")


def test_one_that_takes_too_long_is_ended(article: Article) -> None:
    started = time.monotonic()
    with pytest.raises(ArticleError, match="it takes too long"):
        drawn_by(article, "time.sleep(60)", seconds=0.5)
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    "code",
    [
        "sys.stdout.buffer.write(struct.pack('>I', 2**31)); sys.stdout.flush(); time.sleep(9)",
        saying("[]"),
        saying("{}"),
        saying('{"boxes": [[[1, 2, 3, [["left"]]]]], "pngs": []}'),
        saying('{"boxes": [[[1, NaN, 3, []]]], "pngs": []}'),
        saying('{"boxes": [], "pngs": ["bm8gcGljdHVyZQ=="]}'),
        saying('{"boxes": 7, "pngs": []}'),
    ],
)
def test_what_is_no_drawing_is_none(article: Article, code: str) -> None:
    with pytest.raises(ArticleError, match="cannot draw"):
        drawn_by(article, code)


def test_what_the_process_says_of_a_fault_is_one_line(article: Article) -> None:
    with pytest.raises(ArticleError) as found:
        drawn_by(article, saying('{"error": "one\\ntwo"}'))
    assert str(found.value) == "one two"
