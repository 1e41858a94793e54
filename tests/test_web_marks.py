"""Texts with spans in them as HTML: the spans are marked, and no character is lost or added."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from web_html import Texts, a_quote, an_article

from quoth.records import Article, Block, BlockKind, Quote, Span
from quoth.showing import highlighted, pieces
from quoth.web.marks import article_text

BLOCK_KINDS: tuple[BlockKind, ...] = ("heading", "paragraph", "item", "row", "code")


def test_an_article_without_blocks_is_one_plain_text() -> None:
    assert article_text(an_article("a < b"), [], None) == (
        '<div class="rest" dir="auto">a &lt; b</div>'
    )


def test_prose_that_an_editor_wrapped_flows_and_verse_does_not() -> None:
    prose, verse = f"{'w' * 50}\nend", "Roses are red\nViolets are blue"
    shapes = [
        article_text(an_article(text, [Block("paragraph", 0, len(text))]), [], None)
        for text in (prose, verse)
    ]
    assert shapes == [
        f'<div class="paragraph flowing" dir="auto">{prose}</div>',
        f'<div class="paragraph" dir="auto">{verse}</div>',
    ]


def test_quotes_that_overlap_are_marked_with_both_their_ranks() -> None:
    quotes = [a_quote(0, 4, "abcd"), a_quote(2, 6, "cdef", rank=2)]
    assert article_text(an_article("abcdef", [Block("paragraph", 0, 6)]), quotes, 2) == (
        '<div class="paragraph" dir="auto"><mark data-ranks="1">ab</mark>'
        '<mark class="chosen" data-ranks="1 2">cd</mark>'
        '<mark class="chosen" data-ranks="2">ef</mark></div>'
    )


def test_a_quote_that_answers_as_a_whole_is_marked_as_one() -> None:
    quote = a_quote(0, 4, "abcd", Span(0, 4))
    assert article_text(an_article("abcd", [Block("paragraph", 0, 4)]), [quote], 1) == (
        '<div class="paragraph" dir="auto"><mark class="chosen" data-ranks="1">abcd</mark></div>'
    )


def spans(length: int) -> st.SearchStrategy[list[Span]]:
    place = st.integers(0, length)
    one = st.tuples(place, place).map(lambda ends: Span(min(ends), max(ends)))
    return st.lists(one, max_size=4)


@st.composite
def marked_articles(draw: st.DrawFn) -> tuple[Article, list[Quote]]:
    """An article with any blocks, and quotes anywhere in it, overlapping too."""
    text = draw(st.text(max_size=60))
    bounds = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    blocks = [
        Block(draw(st.sampled_from(BLOCK_KINDS)), start, end, draw(st.integers(0, 7)))
        for start, end in list(pairwise(bounds))[::2]
    ]
    quotes = [
        a_quote(start, end, text[start:end], *draw(spans(len(text))), rank=rank)
        for rank, (start, end) in enumerate(draw(spans(len(text))), 1)
    ]
    return an_article(text, blocks), quotes


@given(marked_articles(), st.none() | st.integers(1, 4))
def test_no_character_of_an_article_is_lost_or_added(
    marked: tuple[Article, list[Quote]], chosen: int | None
) -> None:
    article, quotes = marked
    assert Texts(article_text(article, quotes, chosen)).text == article.text


class Marked(HTMLParser):
    """Which places of the text stand in a mark of which ranks."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: set[int] = set()
        self.ranks: list[set[int]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "mark":
            self.open = {int(rank) for rank in str(dict(attrs)["data-ranks"]).split()}

    def handle_endtag(self, tag: str) -> None:
        if tag == "mark":
            self.open = set()

    def handle_data(self, data: str) -> None:
        self.ranks += [self.open] * len(data)


@given(marked_articles())
def test_just_the_quotes_characters_are_marked(marked: tuple[Article, list[Quote]]) -> None:
    """All of them, but for blank lines between blocks, which are not shown."""
    article, quotes = marked
    ranks = Marked(article_text(article, quotes, None)).ranks
    for place, found in enumerate(ranks):
        over = {quote.rank for quote in quotes if quote.start <= place < quote.end}
        assert found == over or (not found and article.text[place].isspace())


@given(st.text(max_size=40).flatmap(lambda text: st.tuples(st.just(text), spans(len(text)))))
def test_a_cards_text_is_the_quotes_and_its_marks_are_the_highlights(
    drawn: tuple[str, list[Span]],
) -> None:
    text, inside = drawn
    shifted = [Span(7 + span.start, 7 + span.end) for span in inside]
    html = highlighted(a_quote(7, 7 + len(text), text, *shifted))
    assert Texts(html).text == text
    partial = [span for span in inside if span.start < span.end and span != (0, len(text))]
    assert ("<mark>" in html) == bool(partial)


@given(spans(20), spans(20))
def test_pieces_lie_end_to_end_and_know_the_spans_over_them(
    ranges: list[Span], marks: list[Span]
) -> None:
    for start, end in ranges:
        found = list(pieces(start, end, marks))
        covered = [place for piece, _ in found for place in range(piece.start, piece.end)]
        assert covered == list(range(start, end))
        for piece, over in found:
            expected = [m for m in marks if m.start <= piece.start < piece.end <= m.end]
            assert over == expected
