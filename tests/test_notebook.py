"""Cards in notebooks: what they say, that no text gets out of its element, and how they look."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

import quoth
from quoth import Answer, Extract, Hit, Passage, Quote, ScoredSpan, Span
from quoth.records import Metadata

HOSTILE = "<script>x()</script>\"'&lt;\u202e</div>"
QUOTE = Quote(
    1, "It costs 4 euros.", "ferries.txt", "Ferries", "Fares", 10, 27, 0.82, (Span(19, 26),)
)
ANSWER = Answer("How much?", "answered", 0.82, (QUOTE,), (QUOTE,), 12.4)
NONE = replace(ANSWER, status="abstained", quotes=())
HIT = Hit.of(Passage("a.txt", "Ships", "", 5, 9, "a < b", ()), rank=2, score=0.5)


class Shown(HTMLParser):
    """The text that is shown, and the names of the elements and attributes around it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.names: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.names |= {tag, *(name for name, _ in attributes)}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def shown(thing: object) -> str:
    """The text of the thing as a notebook shows it, elements parted by `|`."""
    return "|".join(Shown(thing._repr_html_()).texts)  # type: ignore[attr-defined]


def test_an_answer_is_its_question_and_a_card_for_each_quote() -> None:
    assert shown(ANSWER) == (
        "How much?|It costs |4 euros|.|Ferries| · |Fares| · |ferries.txt| · |characters 10–27|"
        "likely · 0.82"
    )


def test_a_quote_whose_file_has_changed_says_so() -> None:
    assert shown(replace(QUOTE, check="changed")).endswith(
        "|likely · 0.82 · ! the article’s file has changed since it was indexed"
    )


def test_an_abstention_is_told_before_what_came_nearest() -> None:
    assert shown(NONE).startswith(
        "How much?|The articles do not answer this.|What came nearest; these are not answers:|It"
    )
    assert shown(replace(NONE, nearest=())) == "How much?|The articles do not answer this."


def test_what_came_nearest_does_not_look_like_an_answer() -> None:
    assert "4px solid" in ANSWER._repr_html_()
    assert "4px solid" not in NONE._repr_html_()
    assert "4px dashed" in NONE._repr_html_()


def test_a_follow_up_says_how_it_was_understood() -> None:
    told = shown(replace(ANSWER, understood="How much is a ticket?"))
    assert told.startswith("How much?|Understood as: How much is a ticket?|It costs ")


def test_a_hit_is_its_words_and_its_score() -> None:
    assert shown(HIT) == "a < b|Ships| · |a.txt| · |characters 5–9|rank 2 · score 0.500"


def test_author_date_and_page_stand_in_the_label_where_they_are_known() -> None:
    about = Metadata("Ann", "2024-05", "", (0,))
    assert shown(replace(QUOTE, metadata=about)).startswith(
        "It costs |4 euros|.|Ferries| · |Fares| · |page 1| · |Ann| · |2024-05| · |ferries.txt|"
    )


def test_cards_of_several_hits_are_one_after_the_other() -> None:
    assert shown(quoth.cards([HIT, HIT])) == f"{shown(HIT)}|{shown(HIT)}"


def test_cards_of_no_hits_say_that_there_are_none() -> None:
    assert shown(quoth.cards([])) == "Nothing was found."


def test_cards_of_an_answer_are_what_it_shows_itself() -> None:
    assert quoth.cards(ANSWER)._repr_html_() == ANSWER._repr_html_()


def test_cards_of_an_extract_are_its_sentences() -> None:
    extract = Extract(0.5, (ScoredSpan(0, 4, "1 < 2", 0.25),))
    assert shown(quoth.cards(extract)) == "Relevance 0.50|1 < 2|characters 0–4 · score 0.25"


def hostile_things(text: str) -> Iterator[object]:
    """All that shows itself, with `text` wherever there is any."""
    about = Metadata(text, text, text)
    quote = replace(
        QUOTE, text=text, source=text, title=text, section=text, end=10 + len(text), metadata=about,
        highlights=(Span(11, 12),),
    )  # fmt: skip
    yield quote
    yield replace(ANSWER, question=text, understood=text, quotes=(quote,))
    yield replace(NONE, question=text, nearest=(quote,))
    passage = Passage(text, text, text, 0, len(text), text, (), metadata=about)
    yield Hit.of(passage, rank=1, score=0.0)
    yield quoth.cards(Extract(1.0, (ScoredSpan(0, len(text), text, 1.0),)))


@given(st.one_of(st.just(HOSTILE), st.text(min_size=1, max_size=40)))
def test_no_text_becomes_an_element_and_none_is_lost(text: str) -> None:
    allowed = {"div", "p", "blockquote", "bdi", "mark", "strong", "style", "dir", "class"}
    for thing in hostile_things(text):
        parsed = Shown(thing._repr_html_())  # type: ignore[attr-defined]
        assert parsed.names <= allowed
        assert text in "".join(parsed.texts)


def test_nothing_is_fetched_and_no_style_sheet_is_needed() -> None:
    html = NONE._repr_html_() + HIT._repr_html_()
    assert not any(word in html for word in ("<style", "<script", "url(", "http", "src="))


@pytest.mark.parametrize("thing", [QUOTE, ANSWER, NONE, HIT])
def test_what_is_shown_comes_back_whole_from_another_process(thing: object) -> None:
    assert pickle.loads(pickle.dumps(thing)) == thing
