"""What the app makes of an event that its own page would never send."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from small_library import corpus_index
from web_sources import SourcesAnswerer, sources_index

from quoth.answering import Answerer
from quoth.records import Turn
from quoth.web.conversation import Conversation
from quoth.web.desk import Desk, Steps
from quoth.web.shown import Shown

NEW = Conversation()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with corpus_index(tmp_path, {"boats": "Boats come at noon."}, ["boats", "noon"]) as index:
        yield Desk(index, Answerer(index, reader="none"), ())


def last(steps: Steps) -> Shown:
    """What an event leaves, each part as it was last shown."""
    *_, shown = steps
    return shown


def click(payload: object) -> gr.EventData:
    return gr.EventData(None, payload)


@pytest.mark.parametrize(
    ("payload", "line"),
    [
        (None, "The click names no question and no article."),
        (["boats"], "The click names no question and no article."),
        ("boats", "The click names no question and no article."),
        ({"question": None}, "The question is not a string."),
        ({"question": ["Why?"]}, "The question is not a string."),
        ({}, "The source is not a string."),
        ({"source": {"a": 1}}, "The source is not a string."),
        ({"source": "boats", "start": "1", "end": 3}, "Start is not a whole number."),
        ({"source": "boats", "start": 1, "end": 900}, "The link leads to characters 1–900"),
        ({"source": "cars"}, "No article &#x27;cars&#x27; in the index"),
        ({"judge": "right"}, "The click names no question that was asked."),
    ],
)
def test_a_payload_of_another_shape_is_told_in_one_line(
    desk: Desk, payload: object, line: str
) -> None:
    assert line in str(last(desk.click(NEW, False, click(payload))).status)


def test_a_question_that_is_no_string_is_told_in_one_line(desk: Desk) -> None:
    nothing: Any = None
    shown = last(desk.ask(nothing, False, NEW))
    assert "The question is not a string." in str(shown.status)


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        ({"question": None}, "the question is not a string"),
        ({"quotes": "x"}, "quotes is not a whole number"),
        ({"quotes": None}, "quotes is not a whole number"),
        ({"quotes": 1.5}, "quotes is not a whole number"),
        ({"source": ["*"]}, "the source is not a string"),
        ({"source": 0}, "the source is not a string"),
    ],
)
def test_another_program_is_told_what_it_sent(desk: Desk, sent: dict[str, Any], line: str) -> None:
    with pytest.raises(gr.Error) as told:
        desk.answer(**{"question": "When do boats come?"} | sent)
    assert told.value.message == line


def test_a_click_on_a_source_shows_its_article(desk: Desk) -> None:
    shown = last(desk.click(NEW, False, click({"source": "boats"})))
    assert "Boats come at noon." in str(shown.article)


def test_a_question_is_searched_for_at_once_and_then_answered(desk: Desk) -> None:
    first, second = desk.ask("When do boats come?", False, NEW)
    assert "Searching 1 article …" in str(first.status)
    assert first.question == ""
    assert "blockquote" in str(second.answer)
    assert isinstance(second.conversation, Conversation)


def test_a_question_that_was_typed_follows_the_ones_before(desk: Desk) -> None:
    conversation = talk(desk.click(NEW, False, click({"typed": "When do boats come?"})))
    assert talk(desk.click(conversation, False, click({"typed": "And why?"}))).newest.number == 2


def test_a_question_that_cannot_be_asked_stays_in_its_box(desk: Desk) -> None:
    (shown,) = desk.ask(" ", False, NEW)
    assert 'role="alert">The question is empty: ask something.' in str(shown.status)
    assert shown.question == " "


def test_a_failure_puts_the_question_back_and_says_nothing_of_the_inside(tmp_path: Path) -> None:
    class Broken:
        def ask(self, question: str, **_: object) -> None:
            raise ValueError("secret")

    with corpus_index(tmp_path, {"boats": "Boats."}, ["boats"]) as index:
        broken: Any = Broken()
        shown = last(Desk(index, broken, ()).ask("Why?", False, NEW))
    assert "Something went wrong inside the app" in str(shown.status)
    assert "secret" not in str(shown)
    assert shown.question == "Why?"


@pytest.fixture
def sources(tmp_path: Path) -> Iterator[tuple[Desk, SourcesAnswerer]]:
    """A desk whose answerer tells what it was asked with."""
    with sources_index(tmp_path) as index:
        answerer = SourcesAnswerer(index)
        yield Desk(index, answerer, ()), answerer


def talk(steps: Steps) -> Conversation:
    """The conversation that an event leaves."""
    found = [s.conversation for s in steps if isinstance(s.conversation, Conversation)]
    return found[-1]


def test_a_typed_question_may_lean_on_the_earlier_ones_and_an_example_does_not(
    sources: tuple[Desk, SourcesAnswerer],
) -> None:
    desk, answerer = sources
    conversation = talk(desk.ask("When?", False, NEW))
    conversation = talk(desk.ask("And why?", False, conversation))
    talk(desk.click(conversation, False, click({"question": "Who?"})))
    first = Turn("When?", conversation.turns[0].answer.quotes)
    assert answerer.asked == [
        ("When?", (), False),
        ("And why?", (first,), False),
        ("Who?", (), False),
    ]


def test_a_question_put_right_takes_the_place_of_the_one_that_was_misunderstood(
    sources: tuple[Desk, SourcesAnswerer],
) -> None:
    desk, answerer = sources
    conversation = talk(desk.ask("And why?", False, talk(desk.ask("When?", False, NEW))))
    conversation = talk(desk.click(conversation, False, click({"question": "Why?", "again": 2})))
    assert [told.answer.question for told in conversation.turns] == ["When?", "Why?"]
    assert answerer.asked[-1] == ("Why?", (), False)


def test_the_switch_compares_the_sources_on_the_question_as_it_was_understood_and_back(
    sources: tuple[Desk, SourcesAnswerer],
) -> None:
    desk, answerer = sources
    conversation = talk(desk.ask("And why?", False, talk(desk.ask("When?", False, NEW))))
    compared = talk(desk.switch(True, conversation))
    assert answerer.asked[-1] == ("What did the bridge cost? (And why?)", (), True)
    assert compared.turns[-1].compares
    assert compared.turns[-1].answer.question == "And why?"
    asked = len(answerer.asked)
    assert talk(desk.switch(False, compared)).turns[-1] == conversation.turns[-1]
    assert len(answerer.asked) == asked


def test_a_new_conversation_knows_nothing_of_the_last(
    sources: tuple[Desk, SourcesAnswerer],
) -> None:
    desk, _ = sources
    conversation = talk(desk.ask("When?", False, NEW))
    shown = last(desk.click(conversation, False, click({"new": True})))
    assert shown.conversation == NEW
    assert "Ask a question." in str(shown.answer)
