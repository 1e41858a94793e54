"""What a follow-up is understood as."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.dialogue import leans, named_source, understood
from quoth.records import Quote, Turn

DRONES = "Who supplies Russia with drones?"
GOALS = "What are Iran's goals?"


def asked(*questions: str) -> list[Turn]:
    return [Turn(one) for one in questions]


def quote(source: str) -> Quote:
    return Quote(1, "Yes.", source, "", "", 0, 4, 0.9, ())


class TestLeaning:
    @pytest.mark.parametrize(
        "question",
        [
            "Who confirmed that?",
            "and for Iran?",
            "why?",
            "How so?",
            "what about the other one?",
            "no, the second article",
            "Is it true?",
            "When was it signed?",
            "Which laws exactly?",
            "Has anything happened there already?",
            "What else?",
            "I meant Mars",
            "How did the Soviets help him?",
        ],
    )
    def test_a_follow_up_says_so_by_its_words(self, question: str) -> None:
        assert leans(question)

    @pytest.mark.parametrize(
        "question",
        [
            "When did NATO last enlarge?",
            "What does Iran want in the Middle East?",
            "Who is Kim Il Sung?",
            "What is a safe room?",
            "Is it possible to count the atoms of a crystal?",
            "Which countries say that sanctions work?",
            "Are there cheap labor markets in Asia?",
            "Why was the Berlin wall built?",
        ],
    )
    def test_a_question_that_says_all_stands_alone(self, question: str) -> None:
        assert not leans(question)


class TestUnderstanding:
    def test_a_first_question_stays_as_it_is(self) -> None:
        assert understood("why?", []) == "why?"

    def test_a_change_of_topic_stays_as_it_is(self) -> None:
        question = "When did NATO last enlarge?"
        assert understood(question, asked(DRONES, "why?")) == question

    def test_a_pronoun_takes_the_words_of_what_it_follows_along(self) -> None:
        assert understood("Are they good?", asked(DRONES)) == (
            "Are they good? (supplies Russia drones)"
        )

    def test_words_that_both_questions_have_are_not_repeated(self) -> None:
        assert understood("Are these drones good?", asked(DRONES)) == (
            "Are these drones good? (supplies Russia)"
        )

    def test_another_name_takes_the_place_of_the_only_one(self) -> None:
        assert understood("and for North Korea?", asked(GOALS)) == ("What are North Korea's goals?")

    def test_the_preposition_tells_in_whose_place(self) -> None:
        before = asked("What did Putin buy from Iran?")
        assert understood("and from China?", before) == "What did Putin buy from China?"

    def test_where_it_is_not_clear_in_whose_place_the_words_are_taken_along(self) -> None:
        before = asked("Did Putin meet Kim?")
        assert understood("And Xi?", before) == "And Xi? (Putin meet Kim)"

    def test_each_earlier_question_is_understood_first(self) -> None:
        turns = asked(GOALS, "and for North Korea?")
        assert understood("why?", turns) == "why? (North Korea's goals)"

    def test_of_what_was_asked_long_before_the_names_are_taken_along(self) -> None:
        turns = asked("Which strange missiles of the army reached Ukraine?", "Were they found?")
        assert understood("What heavy engines drive them?", turns) == (
            "What heavy engines drive them? (found strange missiles army reached Ukraine)"
        )
        longer = asked(
            "Which strange missiles of the army reached Ukraine?", "Were they found and counted?"
        )
        assert understood("What drives them?", longer) == (
            "What drives them? (found counted strange missiles army Ukraine)"
        )

    def test_another_article_is_asked_the_same(self) -> None:
        turns = asked("Does the second article think that the alliance lasts?")
        assert understood("What about the first one?", turns) == (
            "Does it think that the alliance lasts?"
        )

    @given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=4))
    def test_any_text_gives_some_question(self, question: str, before: list[str]) -> None:
        found = understood(question, asked(*before))
        assert found == question or found.strip()

    def test_long_questions_take_no_long_time(self) -> None:
        question = ("and it is that " * 700)[:10_000]
        start = time.perf_counter()
        understood(question, asked(*[question] * 3))
        assert time.perf_counter() - start < 5


class TestNamedSource:
    SOURCES = ("a.txt", "b.txt", "c.txt")

    def test_the_sources_of_the_last_answer_are_counted(self) -> None:
        turns = [Turn("Who?", (quote("c.txt"), quote("c.txt"), quote("a.txt")))]
        assert named_source("no, the second article", turns, self.SOURCES) == "a.txt"

    def test_or_those_of_the_index(self) -> None:
        assert named_source("and the third one?", asked("Who?"), self.SOURCES) == "c.txt"
        assert named_source("and the last one?", asked("Who?"), self.SOURCES) == "c.txt"

    def test_none_where_there_are_not_so_many(self) -> None:
        assert named_source("and the fifth one?", asked("Who?"), self.SOURCES) is None

    def test_none_in_a_first_question(self) -> None:
        assert named_source("What does the second article say?", [], self.SOURCES) is None
