"""What visitors say of answers goes to a question set, and nothing of who they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from small_indexes import build, write

from quoth import Answerer
from quoth.errors import StorageError, UsageError
from quoth.evaluation import Gold, read_questions
from quoth.web import judging
from quoth.web.conversation import Told
from quoth.web.desk import Desk
from quoth.web.filtering import Filter
from quoth.web.judging import (
    judge_answer_html,
    judge_quote_html,
    judged,
    judgements_path,
    words_judged,
)

QUESTION = "Where did the drone fall?"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with build(write(tmp_path / "articles"), tmp_path / "index") as index:
        yield Desk(index, Answerer(index, reader="none", threshold=0), ())


@pytest.fixture
def told(desk: Desk) -> Told:
    return Told(1, desk.answerer.ask(QUESTION))


def lines(desk: Desk) -> list[dict[str, object]]:
    path = judgements_path(desk.index)
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_line_holds_the_question_the_quote_and_the_day_and_nothing_else(
    desk: Desk, told: Told
) -> None:
    assert judged(desk, told, "right", 1) == "Noted: quote 1 answers the question."
    quote = told.quotes[0]
    assert lines(desk) == [
        {"verdict": "right", "question": QUESTION, "source": quote.source, "quote": quote.text,
         "history": [], "made": lines(desk)[0]["made"]}
    ]  # fmt: skip
    assert date.fromisoformat(str(lines(desk)[0]["made"]))


def test_each_way_to_judge_is_read_as_a_question(desk: Desk, told: Told) -> None:
    judged(desk, told, "right", 2)
    judged(desk, told, "wrong", 1)
    second = told.quotes[1]
    (found,) = read_questions(judgements_path(desk.index)).questions
    assert (found.answerable, found.gold) == (True, (Gold(second.source, second.text),))
    judged(desk, told, "none", None)
    (found,) = read_questions(judgements_path(desk.index)).questions
    assert (found.answerable, found.gold) == (False, ())


def test_the_nearest_quotes_of_an_abstention_can_be_right(desk: Desk, told: Told) -> None:
    answer = replace(told.answer, status="abstained", quotes=())
    judged(desk, Told(1, answer), "right", 1)
    assert lines(desk)[0]["quote"] == answer.nearest[0].text


def test_a_follow_up_is_kept_as_it_was_understood(desk: Desk, told: Told) -> None:
    judged(
        desk, Told(2, replace(told.answer, question="Where?", understood=QUESTION)), "none", None
    )
    assert lines(desk)[0]["question"] == QUESTION


def test_words_of_an_article_can_be_right(desk: Desk, told: Told) -> None:
    text = desk.index.text("ferries.txt")
    start = text.index("It has")
    words_judged(desk, told, "ferries.txt", start - 1, len(text))
    assert lines(desk)[0]["quote"] == "It has one lantern."


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (3, 3), (5, 2), (10**9, 10**9 + 1), (7, 9)])
def test_no_words_are_no_judgement(desk: Desk, told: Told, start: int, end: int) -> None:
    with pytest.raises(UsageError, match=r"^no words are marked"):
        words_judged(desk, told, "ferries.txt", start, end)


def test_that_the_articles_do_answer_asks_for_the_words(desk: Desk, told: Told) -> None:
    assert judged(desk, told, "some", None).startswith("Which words answer it?")
    assert not judgements_path(desk.index).exists()


def test_that_nothing_answers_is_not_said_where_only_some_articles_were_asked(
    desk: Desk, told: Told
) -> None:
    with pytest.raises(UsageError, match=r"^only some articles were asked"):
        judged(desk, replace(told, asked_of=Filter(source="drones.txt")), "none", None)


@pytest.mark.parametrize(
    ("judgement", "rank", "line"),
    [
        ("right", 99, "there is no quote 99"),
        ("wrong", None, "there is no quote None"),
        ("good", 1, "unknown judgement 'good': choose right, wrong, none, some"),
    ],
)
def test_what_the_page_does_not_offer_is_refused(
    desk: Desk, told: Told, judgement: str, rank: int | None, line: str
) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(line)}"):
        judged(desk, told, judgement, rank)


def test_a_library_that_may_only_be_read_is_not_judged(desk: Desk, told: Told) -> None:
    with pytest.raises(UsageError, match=r"^this library may only be read here"):
        judged(replace(desk, read_only=True), told, "right", 1)
    assert not judgements_path(desk.index).exists()


def test_a_file_does_not_grow_for_ever(
    desk: Desk, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "MOST_BYTES", 10)
    judged(desk, told, "right", 1)
    with pytest.raises(StorageError, match=r"^'judgements.jsonl' is full"):
        judged(desk, told, "right", 1)


def test_every_button_says_what_it_judges(told: Told) -> None:
    quote = told.quotes[0]
    abstained = replace(told.answer, status="abstained")
    found = [
        re.sub(r"<svg.*?</svg>|</?span[^>]*>", "", html)
        for html in (
            judge_quote_html(told.answer, quote), judge_quote_html(abstained, quote),
            judge_answer_html(told.answer), judge_answer_html(abstained),
        )
    ]  # fmt: skip
    assert [re.findall(r'data-judge="(\w+)"[^>]*>([^<]*)<', html) for html in found] == [
        [("right", "Quote 1 answers the question"), ("wrong", "Quote 1 does not answer it")],
        [("right", "This is the right quote: nearest quote 1")],
        [("none", "It should have said that they do not answer")],
        [("none", "True, they do not"), ("some", "They do answer this")],
    ]
