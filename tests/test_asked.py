"""What a question asks for, and which words of a sentence are of that kind."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.asked import Kind, answering_words, asks_for, holds


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many soldiers came?", "number"),
        ("how much ammo does Russia need", "number"),
        ("What percentage of its shells is imported?", "number"),
        ("When did the war begin?", "time"),
        ("In which year did it fall?", "time"),
        ("How long ago was that?", "time"),
        ("How long is the bridge?", "number"),
        ("Who supplies drones?", "person"),
        ("Whose grandson is he?", "person"),
        ("Which company built it?", "person"),
        ("WHERE do they work?", "place"),
        ("Which countries are watching?", "place"),
        ("Why did it fail?", "reason"),
        ("What caused the fire?", "reason"),
        ("How does it work?", "manner"),
        ("What is Juche?", "thing"),
        ("artillery shells", "thing"),
        ("The whole whence", "thing"),  # no word of a question inside longer words
        ("谁供应无人机？", "thing"),
    ],
)
def test_the_first_kind_that_fits_is_asked_for(question: str, kind: Kind) -> None:
    assert asks_for(question) == kind


@pytest.mark.parametrize(
    ("question", "sentence", "words"),
    [
        ("How many?", "Some 10,000 to 30,000 soldiers.", ["10,000", "30,000"]),
        ("How many?", "It covers 50% of it (1.5 million rounds).", ["50%", "1.5 million"]),
        ("How much?", "They paid $5,200.", ["$5,200"]),  # without the full stop
        ("How far?", "It is 30km or two hours.", ["30", "two"]),
        ("How many?", "In the 21st century, KN-23 missiles and J-35A jets.", []),
        ("How many of the 12 came?", "Of the 12, seven came.", ["seven"]),
        ("When?", "It fell in the early 1990s.", ["the early 1990s"]),
        ("When?", "Since May 5, 2019, or a Monday.", ["May 5, 2019", "Monday"]),
        ("When?", "Some time later.", []),
        ("Who?", "They met Kim Jong Un.", ["Kim Jong Un"]),
        ("Who?", "North Korea arms Moscow.", ["North Korea", "Moscow"]),
        ("Who?", "But Iran waits.", ["Iran"]),
        ("Who?", "The Soviet Union fell.", ["Soviet Union"]),
        ("Who?", "They did it.", []),
        ("Who helped Iran?", "It was Russia, not Iran.", ["Russia"]),
        ("Where?", "They rebuild Donbas.", ["Donbas"]),
        ("Where?", "At the University of the Arts.", ["University of the Arts"]),
        ("Who?", "Limited Supply: Sure, Iran has some.", ["Iran"]),
        ("Who?", "Kim Il Sung: founder of the state", ["Kim Il Sung"]),
        ("Why?", "Because of Russia in 1990.", []),
        ("What?", "Russia in 1990.", []),
    ],
)
def test_answering_words(question: str, sentence: str, words: list[str]) -> None:
    assert [sentence[s:e] for s, e in answering_words(question, sentence)] == words


@pytest.mark.parametrize(
    ("question", "sentence", "shown"),
    [
        ("How many?", "Thirty-one and 12 more.", True),
        ("How many?", "A lot.", False),
        ("Who?", "It was Iran.", True),
        ("Who?", "It was him.", False),
        ("When?", "It was two years before.", True),
        ("When?", "It was there.", False),
        ("Why?", "It failed because it rained.", True),
        ("Why?", "It failed.", False),
        ("How?", "It works by steam.", True),
        ("How?", "It works.", False),
        ("What?", "Anything.", True),
    ],
)
def test_a_sentence_shows_a_sign_of_what_is_asked_for(
    question: str, sentence: str, shown: bool
) -> None:
    assert holds(question, sentence) is shown


@given(
    st.sampled_from(["How many?", "When?", "Who?", "Where?"]),
    st.one_of(st.text(), st.text(alphabet="AKa ‘’of the15.,%$-")),
)
def test_answering_words_are_ordered_disjoint_not_empty_and_inside(
    question: str, sentence: str
) -> None:
    end = 0
    for word in answering_words(question, sentence):
        assert end <= word.start < word.end <= len(sentence)
        end = word.end


@pytest.mark.parametrize("piece", ["A", "A ", "1", "1,", "the ", "A of the "])
def test_a_sentence_of_a_hundred_thousand_characters_takes_no_time(piece: str) -> None:
    start = time.perf_counter()
    for question in ("How many?", "When?", "Who?", "Why?"):
        holds(question, piece * (100_000 // len(piece)))
    assert time.perf_counter() - start < 3


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Why do people who smoke live less long?", "reason"),
        ("How does the pump work when the power fails?", "manner"),
        ("Why did Putin visit a country where few go?", "reason"),
    ],
)
def test_the_first_question_word_decides(question: str, kind: str) -> None:
    assert asks_for(question) == kind


def test_a_number_inside_another_of_the_question_is_an_answer() -> None:
    assert holds("How many of the 15 ships sank?", "5 ships sank.")
    assert not holds("How many of the 5 ships sank?", "5 ships sank.")
