"""What answers and articles look like as HTML: whole, escaped, and with no character lost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from web_html import Texts, a_quote, an_article

from quoth.index import ArticleInfo
from quoth.records import Answer, Block, Quote, Span
from quoth.web.render import (
    aids_html,
    answer_html,
    article_html,
    citation,
    confidence_words,
    count,
    placeholder_html,
    status_html,
    summary_html,
)

HOSTILE = (
    '<script>alert("x")</script><img src=x onerror=alert(1)> ![i](http://a.b/c) \u202etxt.&lt;'
)
ESCAPED = (
    "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt; "
    "![i](http://a.b/c) \u202etxt.&amp;lt;"
)


def an_answer(*quotes: Quote, nearest: Sequence[Quote] = ()) -> Answer:
    status = "answered" if quotes else "abstained"
    return Answer("How much?", status, 0.82, quotes, tuple(nearest), 12.4)  # type: ignore[arg-type]


CARD = (
    '<li class="card"><div class="choose" role="button" tabindex="0" aria-current="{current}" '
    'aria-label="{name} 1 of 1, likely · 0.82: It costs 4 euros. From “Ferries”. Show it in the '
    'article." data-rank="1" data-source="ferries.txt">'
    '<blockquote dir="auto">It costs <mark>4 euros</mark>.</blockquote>'
    '<p class="label"><cite><bdi>Ferries</bdi></cite> · <bdi>Fares</bdi></p>'
    '<p class="file"><bdi>ferries.txt</bdi> · characters 10–27</p></div>'
    '<div class="foot"><span class="confidence">likely · 0.82</span>'
    '<span class="badge verified" title="The article&#x27;s file still says exactly this.">'
    "✓ verified</span>"
    '<button type="button" class="copy" data-copy="“It costs 4 euros.”\n'
    '— Ferries, Fares (ferries.txt, characters 10–27)"><span aria-live="polite">Copy</span>'
    '<span class="hidden"> quote 1 and its source</span></button></div></li>'
)
QUOTE = a_quote(10, 27, "It costs 4 euros.", Span(19, 26))


def test_an_answer_is_a_card_for_each_quote_and_the_first_is_chosen() -> None:
    card = CARD.format(current="true", name="Quote")
    assert answer_html(an_answer(QUOTE)) == (
        f'<section class="answer"><h2 class="hidden">Answer</h2><ol class="quotes">{card}</ol>'
        "</section>"
    )


def test_an_abstention_says_so_and_sets_the_nearest_quotes_apart() -> None:
    card = CARD.format(current="false", name="Nearest quote, not an answer,")
    html = answer_html(an_answer(nearest=[QUOTE]), nowhere=["tram", "<b>"])
    assert html == (
        '<section class="answer"><h2>The articles do not answer this.</h2>'
        "<p><bdi>“tram”</bdi> and <bdi>“&lt;b&gt;”</bdi> occur in no article.</p>"
        '<h3>Nearest quotes <span class="soft">these are not answers</span></h3>'
        f'<ol class="quotes nearest">{card}</ol></section>'
    )


def test_one_word_that_no_article_has_is_told_in_the_singular() -> None:
    assert "<p><bdi>“tram”</bdi> occurs in no article.</p>" in answer_html(
        an_answer(), nowhere=["tram"]
    )


def test_a_quote_whose_file_has_changed_says_so() -> None:
    changed = Quote(1, "It costs.", "f.txt", "F", "", 0, 9, 0.3, (), "changed")
    html = answer_html(an_answer(changed))
    assert '<span class="badge changed" title="The article&#x27;s file has changed' in html
    assert "verified" not in html


def test_everything_in_a_card_is_escaped_and_keeps_its_direction_to_itself() -> None:
    quote = Quote(1, HOSTILE, HOSTILE, HOSTILE, "b<", 0, len(HOSTILE), 0.5, (Span(0, 8),))
    html = answer_html(an_answer(quote))
    assert f"<cite><bdi>{ESCAPED}</bdi></cite> · <bdi>b&lt;</bdi>" in html
    assert f'<p class="file"><bdi>{ESCAPED}</bdi> ·' in html
    assert f'data-source="{ESCAPED}"' in html
    assert '<blockquote dir="auto"><mark>&lt;script&gt;</mark>alert(&quot;x&quot;)' in html
    assert not {"script", "img"} & set(Texts(html).tags)


def test_a_citation_is_the_words_and_their_place() -> None:
    assert citation(QUOTE) == (
        "“It costs 4 euros.”\n— Ferries, Fares (ferries.txt, characters 10–27)"
    )


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (1.0, "very likely · 1.00"),
        (0.896, "very likely · 0.90"),
        (0.82, "likely · 0.82"),
        (0.4, "possible · 0.40"),
        (0.0, "doubtful · 0.00"),
    ],
)
def test_confidence_is_told_in_a_word_and_a_number_that_agree(
    confidence: float, words: str
) -> None:
    assert confidence_words(confidence) == words


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 articles"), (1, "1 article"), (1200, "1,200 articles")]
)
def test_numbers_of_things_are_told_in_english(number: int, words: str) -> None:
    assert count(number, "article") == words


def test_the_status_line_of_an_answer_counts_quotes_and_articles() -> None:
    second = Quote(2, "x", "other.txt", "O", "", 0, 1, 0.5, ())
    assert summary_html(an_answer(QUOTE, second), articles=9) == (
        '<div class="status" role="status">2 quotes from 2 articles, in 12 ms.</div>'
        '<div class="problem" role="alert"></div>'
    )


def test_the_status_line_of_an_abstention_tells_what_was_searched() -> None:
    assert summary_html(an_answer(), articles=1) == (
        '<div class="status" role="status"><span class="hidden">The articles do not answer this. '
        '</span>1 article searched, in 12 ms.</div><div class="problem" role="alert"></div>'
    )


def test_a_problem_is_an_alert_and_escaped() -> None:
    assert status_html(problem="no '<b>'") == (
        '<div class="status" role="status"></div>'
        '<div class="problem" role="alert">no &#x27;&lt;b&gt;&#x27;</div>'
    )


def test_an_article_is_shown_whole_with_its_quotes_marked() -> None:
    text = "# Fares\n\nHi & bye. It costs 4 euros.\n- cheap\n"
    blocks = [Block("heading", 2, 7, 1), Block("paragraph", 9, 36), Block("item", 39, 44)]
    quotes = [a_quote(19, 36, text[19:36], Span(28, 35)), a_quote(39, 44, "cheap", rank=2)]
    elsewhere = Quote(3, "x", "other.txt", "O", "", 0, 7, 0.5, ())
    html = article_html(an_article(text, blocks), [*quotes, elsewhere], chosen=1, follow=True)
    assert html == (
        '<aside class="pane" role="complementary" aria-label="Article: Ferries" tabindex="0" '
        'data-shown="ferries.txt" data-follow="yes"><header><h2><bdi>Ferries</bdi></h2>'
        '<p class="file"><bdi>ferries.txt</bdi> · 45 characters · 2 quotes marked</p>'
        '<button type="button" class="back">Back</button></header><div class="text">'
        '<h3 dir="auto"><span class="gap"># </span>Fares</h3><span class="gap">\n\n</span>'
        '<div class="paragraph" dir="auto">Hi &amp; bye. '
        '<mark class="chosen" data-ranks="1">It costs </mark>'
        '<mark class="chosen lit" data-ranks="1">4 euros</mark>'
        '<mark class="chosen" data-ranks="1">.</mark></div><span class="gap">\n</span>'
        '<div class="item" dir="auto"><span class="lead">- </span>'
        '<mark data-ranks="2">cheap</mark></div><span class="gap">\n</span></div></aside>'
    )


def test_a_hostile_article_stays_text() -> None:
    html = article_html(an_article(HOSTILE, title=HOSTILE), follow=False)
    assert f"<h2><bdi>{ESCAPED}</bdi></h2>" in html
    assert set(Texts(html).tags) == {"aside", "header", "h2", "bdi", "p", "button", "div"}


def test_the_pane_asks_for_a_choice_where_only_nearest_quotes_are_left() -> None:
    assert "Choose one of the nearest quotes" in placeholder_html(an_answer(nearest=[QUOTE]))
    assert "The article is shown here" in placeholder_html(an_answer())
    assert "The article is shown here" in placeholder_html()


def test_the_aids_are_the_examples_and_the_first_articles() -> None:
    articles = [ArticleInfo(f"{n}.txt", f"<{n}>", 10, n) for n in range(52)]
    html = aids_html(['Is it "on"?'], articles, total=60, opened=True)
    assert html.startswith(
        '<section class="aids"><details open><summary>Example questions</summary>'
        '<ul class="examples"><li><button type="button" data-question="Is it &quot;on&quot;?">'
        "<bdi>Is it &quot;on&quot;?</bdi></button></li></ul></details>"
        '<details open><summary>60 articles</summary><ul class="articles">'
        '<li><button type="button" data-source="0.txt"><bdi>&lt;0&gt;</bdi></button>'
        '<p class="file"><bdi>0.txt</bdi> · 0 passages</p></li>'
    )
    assert html.endswith('<li class="more">and 10 more articles</li></ul></details></section>')
    assert "<details>" in aids_html([], [], total=0, opened=False)
