"""How much a question wants, by its wording, and what is left of it to search for."""

from __future__ import annotations

import json
import time

import pytest
from conftest import SEEDS
from hypothesis import given
from hypothesis import strategies as st

from quoth.framing import Framed, framed


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What does each article say about Iran?", "What about Iran?"),
        ("what do the sources say about drones", "What about drones?"),
        ("Compare what the articles say about sanctions.", "What about sanctions?"),
        ("How do the articles differ on wages?", "What about wages?"),
        ("How do the sources see the alliance?", "What about the alliance?"),
        ("What do both articles say about Oslo?", "What about Oslo?"),
        ("How isolated is it, according to the different articles?", "How isolated is it?"),
        ("According to all three articles, who won?", "who won?"),
        ("What drives Kim, going by each of the three articles?", "What drives Kim?"),
        ("For each article, what is said about rain?", "what is said about rain?"),
        ("Who is sent there? Gather it from all three articles.", "Who is sent there?"),
        ("Why did it turn? One quote from each, please.", "Why did it turn?"),
        ("What dangers does each article see?", "What dangers?"),
        ("Do the articles agree about who is stronger?", "who is stronger?"),
        ("Which of the articles mention Japan, and what do they say?", "What about Japan?"),
        ("War casualties: what do the articles say, one by one?", "What about War casualties?"),
    ],
)
def test_a_question_for_every_source_is_searched_without_its_frame(
    question: str, text: str
) -> None:
    assert framed(question) == Framed(text, each=True)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("List the problems with the troops.", "What about the problems with the troops?"),
        ("Give an overview of the history of Oslo", "What about the history of Oslo?"),
        ("What are the main reasons for the delay?", "What are the reasons for the delay?"),
        ("Summarise what is said about sanctions.", "What about sanctions?"),
        ("What is said about Iran?", "What about Iran?"),
        ("Tell me everything about the soldiers.", "What about the soldiers?"),
        ("What are its weaknesses? List them.", "What are its weaknesses?"),
        ("Name all the weapons.", "What about the weapons?"),
    ],
)
def test_a_question_for_several_points_is_searched_for_its_subject(
    question: str, text: str
) -> None:
    assert framed(question) == Framed(text, broad=True)


@pytest.mark.parametrize(
    "question",
    [
        "What is this article about?",
        "what's the text about",
        "What is it about?",
        "Give me a short overview of this article.",
        "What are the main points?",
        "What are the key takeaways of the article?",
        "Summarize the article.",
        "summary, please",
        "tl;dr",
    ],
)
def test_a_question_for_the_gist_leaves_nothing_to_search_for(question: str) -> None:
    assert framed(question) == Framed("", broad=True)


@pytest.mark.parametrize("question", ["What is each article about?", "What are these texts about?"])
def test_the_gist_of_several_articles_wants_every_one(question: str) -> None:
    assert framed(question) == Framed("", each=True, broad=True)


@pytest.mark.parametrize(
    "question",
    [
        "What are all sources of protein?",
        "How many articles of the constitution were changed?",
        "Who said so, according to the articles?",
        "What is on each side's shopping list?",
        "What does the article say about Iran?",
        "What are both despots out to prove?",
        "Name the only party that matters.",
        "What does this mean for regimes in general?",
        "What was the main reason for the war?",
        "World War 3",
        "",
    ],
)
def test_other_questions_are_left_as_they_are(question: str) -> None:
    assert framed(question) == Framed(question)


def test_of_the_questions_on_the_seeds_only_those_that_need_every_source_want_more() -> None:
    lines = (SEEDS / "questions.jsonl").read_text("utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    wanting = {one["id"] for one in records if framed(one["question"]) != Framed(one["question"])}
    needing = {one["id"] for one in records if one.get("all_sources_needed")}
    assert len(needing) == 9
    assert needing - wanting == {"q076"}  # "Do sanctions bite Iran as well as North Korea, …?"
    assert wanting <= needing


def test_a_subject_alone_is_told_from_a_question() -> None:
    assert framed("What does each article say about Iran?").names_a_subject
    assert framed("List the problems").names_a_subject
    assert not framed("Who won, according to each article?").names_a_subject


@given(st.text())
def test_any_text_has_a_frame(text: str) -> None:
    """What wants one answer is not changed at all."""
    found = framed(text)
    assert found.each or found.broad or found.text == text


@pytest.mark.parametrize(
    "piece", ["each article ", "what do the ", "the ", "list ", ", ", "? all "]
)
def test_the_longest_question_takes_no_time(piece: str) -> None:
    question = (piece * 10_000)[:10_000]
    started = time.perf_counter()
    framed(question)
    assert time.perf_counter() - started < 1
