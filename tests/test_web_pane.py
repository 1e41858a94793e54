"""The pane beside the answers: an article's text with its quotes marked, or pages of a PDF."""

from __future__ import annotations

from dataclasses import replace

from web_html import HOSTILE, HOSTILE_ESCAPED, Texts, a_quote, an_article

from quoth.records import Article, Block, Metadata, Quote, Span
from quoth.web.pane import View, drawing_html, pages_html, placeholder_html, text_html
from quoth.web.pictures import Line, Picture, frames

TEXT = "# Fares\n\nHi & bye. It costs 4 euros.\n- cheap\n"
BLOCKS = [Block("heading", 2, 7, 1), Block("paragraph", 9, 36), Block("item", 39, 44)]
QUOTES = (a_quote(19, 36, TEXT[19:36], Span(28, 35)), a_quote(39, 44, "cheap", rank=2))


def a_pdf(pages: int) -> Article:
    return replace(
        an_article(TEXT, BLOCKS), path="/a/ferries.PDF", metadata=Metadata(pages=(0, 9, 30)[:pages])
    )


def test_an_article_is_shown_whole_with_its_quotes_marked() -> None:
    elsewhere = Quote(3, "x", "other.txt", "O", "", 0, 7, 0.5, ())
    view = View(an_article(TEXT, BLOCKS), (*QUOTES, elsewhere), chosen=1, turn=2, follow=False)
    assert text_html(view) == (
        '<aside class="pane" role="complementary" aria-label="Article: Ferries" tabindex="0" '
        'data-shown="ferries.txt" data-turn="2" data-follow="no" data-rank="1">'
        "<header><h2><bdi>Ferries</bdi></h2>"
        '<p class="file"><bdi>ferries.txt</bdi> · 45 characters · 2 quotes marked</p>'
        '<button type="button" class="back">Back</button><div class="tools"><span class="steps">'
        '<button type="button" data-step="-1"><span class="hidden">Previous quote </span>'
        '<kbd>p</kbd> ‹</button><span class="count">Quote <span class="at">1</span> of 3</span>'
        '<button type="button" data-step="1">› <kbd>n</kbd>'
        '<span class="hidden"> Next quote</span></button></span></div></header>'
        '<div class="text">'
        '<h3 dir="auto"><span class="gap"># </span>Fares</h3><span class="gap">\n\n</span>'
        '<div class="paragraph" dir="auto">Hi &amp; bye. '
        '<mark class="chosen" data-ranks="1">It costs </mark>'
        '<mark class="chosen lit" data-ranks="1">4 euros</mark>'
        '<mark class="chosen" data-ranks="1">.</mark></div><span class="gap">\n</span>'
        '<div class="item" dir="auto"><span class="lead">- </span>'
        '<mark data-ranks="2">cheap</mark></div><span class="gap">\n</span></div></aside>'
    )


def test_a_hostile_article_stays_text() -> None:
    article = an_article(HOSTILE, title=HOSTILE)
    html = text_html(View(replace(article, metadata=Metadata(HOSTILE, "<i>", "javascript:x"))))
    assert f"<h2><bdi>{HOSTILE_ESCAPED}</bdi></h2>" in html
    assert "<bdi>&lt;i&gt;</bdi>" in html
    assert set(Texts(html).tags) == {"aside", "header", "h2", "bdi", "p", "button", "div"}


def test_where_an_article_was_published_is_a_link_that_tells_nobody_where_it_was() -> None:
    article = replace(an_article("a"), metadata=Metadata(address='https://a.b/?c="d"'))
    assert (
        ' · <a href="https://a.b/?c=&quot;d&quot;" target="_blank" rel="noopener noreferrer">'
        "published</a>" in text_html(View(article))
    )


def test_a_remark_stands_above_the_text() -> None:
    html = text_html(View(an_article("a"), remark="It's <gone>."))
    assert '</header><p class="remark">It&#x27;s &lt;gone&gt;.</p><div class="text">' in html


def test_a_linked_place_is_kept_for_when_it_is_shown_in_another_way() -> None:
    html = text_html(View(a_pdf(1), QUOTES[:1], 1))
    assert (
        'data-turn="0" data-follow="yes" data-view="text" data-rank="1" '
        'data-start="19" data-end="36">' in html
    )
    assert 'class="steps"' not in html


def test_a_page_is_a_picture_with_a_box_around_the_quote_and_each_of_its_lines() -> None:
    picture = Picture(
        2, 200.0, 400.0, b"png", {1: [Line(20, 300, 100, 320), Line(20, 280, 60, 300)]}
    )
    html = pages_html(View(a_pdf(3), QUOTES, 1, turn=1), [picture])
    box = '<span class="mark chosen {}" data-ranks="1" style="{}"></span>'
    assert html.endswith(
        '<div class="turner"><button type="button" data-page="1">Previous page</button>'
        '<span>Page 2 of 3</span><button type="button" data-page="3">Next page</button></div>'
        '<div class="pages"><figure style="aspect-ratio: 200.00 / 400.00">'
        '<img src="data:image/png;base64,cG5n" alt="Page 2 of 3, the quote in a box">'
        + box.format("box", "left: 10.000%; top: 20.000%; width: 40.000%; height: 10.000%")
        + box.format("line", "left: 10.000%; top: 20.000%; width: 40.000%; height: 5.000%")
        + box.format("line", "left: 10.000%; top: 25.000%; width: 20.000%; height: 5.000%")
        + "</figure></div></aside>"
    )
    assert 'data-view="pages" aria-pressed="true">Pages</button>' in html


def test_the_first_and_the_last_page_turn_one_way_only() -> None:
    first, last = (drawing_html(View(a_pdf(3)), page) for page in (1, 3))
    assert 'data-page="0" disabled>' in first
    assert 'data-page="2">' in first
    assert 'data-page="4" disabled>' in last
    assert "Page 3 is being drawn …" in last


def test_lines_of_one_column_share_a_box_and_those_of_the_next_have_their_own() -> None:
    left = [Line(0, 90, 50, 100), Line(0, 78, 40, 88)]
    right = [Line(60, 90, 110, 100), Line(60, 79, 100, 89)]
    assert frames([*left, *right]) == [Line(0, 78, 50, 100), Line(60, 79, 110, 100)]
    assert frames([]) == []
    assert frames([Line(0, 90, 50, 100), Line(0, 40, 50, 50)]) == [
        Line(0, 90, 50, 100),
        Line(0, 40, 50, 50),
    ]


def test_before_an_article_is_chosen_the_pane_says_what_it_is_for() -> None:
    assert placeholder_html() == (
        '<aside class="pane empty" role="complementary" aria-label="Article">'
        "<p>The article is shown here, with the quote marked in its place.</p></aside>"
    )
