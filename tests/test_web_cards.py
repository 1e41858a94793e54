"""Quotes as cards, and what is said where there is no answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from web_html import HOSTILE, HOSTILE_ESCAPED, Texts, a_quote

from quoth.records import Answer, Metadata, Quote, Span
from quoth.showing import confidence_words
from quoth.web.cards import Hand, abstention_html, cards_html, foot_html, words_html
from quoth.web.judging import judge_quote_html
from quoth.web.labels import citation, count, link_of, published_at

QUOTE = a_quote(10, 27, "It costs 4 euros.", Span(19, 26))
ANSWER = Answer("How much?", "answered", 0.82, (QUOTE,), (QUOTE,), 12.4)
NONE = replace(ANSWER, status="abstained", quotes=())


def test_a_card_is_the_words_and_where_they_stand() -> None:
    assert words_html(QUOTE, Hand((QUOTE,), turn=3, chosen=1)) == (
        '<div class="choose" role="button" tabindex="0" aria-current="true" '
        'aria-label="Quote 1 of 1, likely · 0.82: It costs 4 euros. From “Ferries”. '
        'Show it in the article." data-turn="3" data-rank="1" data-source="ferries.txt">'
        '<blockquote dir="auto">It costs <mark>4 euros</mark>.</blockquote>'
        '<p class="label"><cite><bdi>Ferries</bdi></cite> · <bdi>Fares</bdi></p>'
        '<p class="file"><bdi>ferries.txt</bdi> · characters 10–27</p></div>'
    )


def test_its_foot_says_how_sure_it_is_and_copies_the_quote_or_a_link_to_it() -> None:
    assert foot_html(QUOTE, "<i></i>") == (
        '<div class="foot"><span class="confidence">likely · 0.82</span>'
        '<span class="badge verified" title="The article’s file still says exactly this.">'
        '✓ verified</span><i></i><span class="copiers">'
        '<button type="button" class="quiet" data-copy="“It costs 4 euros.”\n'
        '— Ferries, Fares (ferries.txt, characters 10–27)"><span aria-live="polite">Copy</span>'
        '<span class="hidden"> quote 1 and its source</span></button>'
        '<button type="button" class="quiet" '
        'data-link="?article=ferries.txt&amp;start=10&amp;end=27">'
        '<span aria-live="polite">Link</span><span class="hidden"> to quote 1</span></button>'
        "</span></div>"
    )


def test_there_is_a_card_for_each_quote() -> None:
    hand = Hand((QUOTE, replace(QUOTE, rank=2)), turn=1, chosen=1)
    cards = "".join(
        f'<li class="card">{words_html(quote, hand)}'
        f"{foot_html(quote, judge_quote_html(ANSWER, quote))}</li>"
        for quote in hand.quotes
    )
    assert cards_html(ANSWER, hand) == f'<ol class="quotes">{cards}</ol>'


def test_an_abstention_says_so_and_sets_the_nearest_quotes_apart() -> None:
    hand = Hand((QUOTE,), turn=2, named="Nearest quote, not an answer,")
    assert abstention_html(NONE, ["tram", "<b>"], 2) == (
        '<p class="none">The articles do not answer this.</p>'
        "<p><bdi>“tram”</bdi> and <bdi>“&lt;b&gt;”</bdi> occur in no article.</p>"
        '<h3>Nearest quotes <span class="soft">these are not answers</span></h3>'
        f"{cards_html(NONE, hand)}"
    )
    assert cards_html(NONE, hand).startswith('<ol class="quotes nearest">')
    assert 'aria-current="false" aria-label="Nearest quote, not' in cards_html(NONE, hand)


def test_one_word_that_no_article_has_is_told_in_the_singular() -> None:
    told = abstention_html(replace(NONE, nearest=()), ["tram"], 1)
    assert told.endswith("<p><bdi>“tram”</bdi> occurs in no article.</p>")


def test_a_quote_whose_file_has_changed_says_so() -> None:
    html = foot_html(replace(QUOTE, check="changed"))
    assert '<span class="badge changed" title="The article’s file has changed' in html
    assert "verified" not in html


def test_everything_in_a_card_is_escaped_and_keeps_its_direction_to_itself() -> None:
    quote = Quote(1, HOSTILE, HOSTILE, HOSTILE, "b<", 0, len(HOSTILE), 0.5, (Span(0, 8),))
    html = words_html(quote, Hand((quote,), 1)) + foot_html(quote)
    assert f"<cite><bdi>{HOSTILE_ESCAPED}</bdi></cite> · <bdi>b&lt;</bdi>" in html
    assert f'<p class="file"><bdi>{HOSTILE_ESCAPED}</bdi> ·' in html
    assert f'data-source="{HOSTILE_ESCAPED}"' in html
    assert '<blockquote dir="auto"><mark>&lt;script&gt;</mark>alert(&quot;x&quot;)' in html
    assert not {"script", "img"} & set(Texts(html).tags)


def test_a_citation_is_the_words_and_their_place() -> None:
    assert citation(QUOTE) == (
        "“It costs 4 euros.”\n— Ferries, Fares (ferries.txt, characters 10–27)"
    )


def test_a_link_names_the_article_and_the_place() -> None:
    assert link_of("a b/ü&.txt", 3, 5) == "?article=a+b%2F%C3%BC%26.txt&start=3&end=5"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("HTTP://example.org", "HTTP://example.org"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//example.org", ""),
        ("", ""),
    ],
)
def test_only_web_addresses_become_links(address: str, shown: str) -> None:
    assert published_at(Metadata(address=address)) == shown


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
