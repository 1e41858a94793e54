"""What the app makes of an event that its own page would never send."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from small_library import corpus_index

from quoth.answering import Answerer
from quoth.web.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with corpus_index(tmp_path, {"boats": "Boats come at noon."}, ["boats", "noon"]) as index:
        yield Desk(index, Answerer(index, reader="none"), ())


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
    ],
)
def test_a_payload_of_another_shape_is_told_in_one_line(
    desk: Desk, payload: object, line: str
) -> None:
    assert line in str(desk.click(None, "", "", "", gr.EventData(None, payload)).status)


def test_a_question_that_is_no_string_is_told_in_one_line(desk: Desk) -> None:
    nothing: Any = None
    assert "The question is not a string." in str(desk.ask(nothing).status)


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
    shown = desk.click(None, "", "", "", gr.EventData(None, {"source": "boats"}))
    assert "Boats come at noon." in str(shown.article)
