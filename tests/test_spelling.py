"""Spelling: a question's typos become the articles' words, and nothing else is touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import quoth
from quoth.spelling import corrected

KNOWN = {
    "munitions": 3,
    "drone": 2,
    "drones": 5,
    "drove": 9,
    "Korea": 7,
    "Pyongyang": 4,
    "sanctions": 6,
    "ferry": 1,
    "straße": 1,
}
COMMON = {"what", "does", "from", "about", "drive", "station"}


def spellings(prefix: str) -> list[tuple[str, int]]:
    return [(word, count) for word, count in KNOWN.items() if word.lower().startswith(prefix)]


def is_common(word: str) -> bool:
    return word in {known.lower() for known in KNOWN} | COMMON


def spelt(question: str) -> str:
    return corrected(question, spellings, is_common)


@pytest.mark.parametrize(
    ("typo", "word"),
    [
        ("drons", "drones"),  # a letter left out
        ("dronnes", "drones"),  # one too many
        ("dromes", "drones"),  # another one
        ("dorne", "drone"),  # two swapped are one edit
        ("rdones", "drones"),  # the first two swapped
        ("xkorea", "Korea"),  # one too many in front
        ("munitoins", "munitions"),
        ("snactoins", "sanctions"),  # two edits, from eight letters on
        ("Pyongjang", "Pyongyang"),
    ],
)
def test_a_word_becomes_the_nearest_of_the_articles(typo: str, word: str) -> None:
    assert spelt(typo) == word


def test_of_words_as_near_the_more_frequent_is_meant() -> None:
    """`droke` is one edit from `drone` (in 2 passages) and from `drove` (in 9)."""
    assert spelt("droke") == "drove"


def test_a_nearer_word_wins_over_a_more_frequent_one() -> None:
    """`sanctiosn` is one swap from `sanctions`, whatever else is frequent."""
    words = {"sanctions": 1, "sanctioned": 99}
    found = corrected("sanctiosn", lambda prefix: words.items(), words.__contains__)
    assert found == "sanctions"


@pytest.mark.parametrize(
    "word",
    ["drones", "Korea", "drive", "station", "dro", "j-35", "dron3s", "strasse", "zzzzzz", ""],
)
def test_words_of_the_articles_common_english_and_short_or_odd_ones_are_left_alone(
    word: str,
) -> None:
    """`strasse` is two edits from `straße`: one too many for seven letters."""
    assert spelt(word) == word


def test_only_the_word_is_replaced_and_all_around_it_stays() -> None:
    assert spelt("  What about «drnoes», from Koera?!\n") == "  What about «drones», from Korea?!\n"


@pytest.mark.parametrize(
    "question",
    ["谁供应无人机？", "кто поставляет дроны", "🚀🚀🚀🚀", "من يورد", "'; drop table x --"],
)
def test_other_scripts_and_symbols_are_left_alone(question: str) -> None:
    assert spelt(question) == question


@given(st.text())
def test_no_question_is_changed_where_nothing_is_known(question: str) -> None:
    assert corrected(question, lambda prefix: [], lambda word: False) == question


@given(st.text(alphabet="drones kea.?", max_size=40))
def test_correcting_twice_is_correcting_once(question: str) -> None:
    assert spelt(spelt(question)) == spelt(question)


def test_over_real_articles_typos_are_corrected_and_names_are_kept(seeds_index: Path) -> None:
    """The articles' words and the model's vocabulary decide together."""
    with quoth.Index.open(seeds_index) as index:
        retriever = quoth.Retriever(index)
        assert retriever.spelt("Who suplies artilery to Pyongyong?") == (
            "Who supplies Artillery to Pyongyang?"
        )
        for question in (
            "What did Kim Jong Un and Khrushchev say about Juche and NATO?",
            "Does the bakery sell pancakes, giraffes and telescopes?",
            "Wer liefert Drohnen? 谁供应无人机？ 🚀",
        ):
            assert retriever.spelt(question) == question


def test_a_name_only_becomes_a_name() -> None:
    """`Dronas` is as near to `drones` as `Pyongjang` is to `Pyongyang`."""
    assert spelt("did Dronas visit Pyongjang") == "did Dronas visit Pyongyang"
