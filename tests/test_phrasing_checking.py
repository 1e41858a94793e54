"""Which sentences of a language model are struck, and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.phrasing import checked, citations
from quoth.phrasing.sentences import Cited, cited, without_citations
from quoth.records import Quote
from quoth.text import one_line, sentences

SET = Path(__file__).parent / "sets" / "phrasing.jsonl"


def quotes_of(*texts: str) -> list[Quote]:
    return [
        Quote(rank, text, "a.txt", "", "", 0, len(text), 0.9, ())
        for rank, text in enumerate(texts, 1)
    ]


def struck(sentence: str, *texts: str, question: str = "") -> str:
    """Why the one sentence is struck that a model wrote on these quotes."""
    (found,) = checked(sentence, quotes_of(*texts), question)
    return found.struck


# --- Sentences and their citations ---


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("It sank [1]. It rose [2].", [("It sank [1].", (1,)), ("It rose [2].", (2,))]),
        ("It sank.[1] It rose. [2]", [("It sank.[1]", (1,)), ("It rose. [2]", (2,))]),
        ("It sank.\n[3]", [("It sank. [3]", (3,))]),
        ("It sank [1][2].", [("It sank [1][2].", (1, 2))]),
        ("It sank [2, 1 and 2].", [("It sank [2, 1 and 2].", (2, 1))]),
        ("It sank [1–3].", [("It sank [1–3].", (1, 2, 3))]),
        ("It sank [3-1].", [("It sank [3-1].", ())]),
        ("It sank 【1】.", [("It sank 【1】.", (1,))]),
        ("It sank [Quote 2].", [("It sank [Quote 2].", (2,))]),
        ("It sank (1).", [("It sank (1).", ())]),
        ("It sank [x].", [("It sank [x].", ())]),
        ("- It sank [1].\n* It rose [2].", [("It sank [1].", (1,)), ("It rose [2].", (2,))]),
        ("1. It sank [1].\n2) It rose.", [("It sank [1].", (1,)), ("It rose.", ())]),
        ("It was\nnot seen [1].", [("It was not seen [1].", (1,))]),
        ("# So:\n\nIt sank [1].", [("So:", ()), ("It sank [1].", (1,))]),
        ("It \x1b[31msank\x00\u202e [1].", [("It �[31msank�� [1].", (1,))]),
        ("[1]", [("[1]", (1,))]),
        (" \n ", []),
    ],
)
def test_a_reply_is_taken_apart(reply: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    assert cited(reply) == [Cited(*one) for one in expected]


def test_a_citation_is_found_where_it_stands() -> None:
    sentence = "It sank [1] and [2, 3] rose."
    found = citations(sentence)
    assert [sentence[slice(*one.span)] for one in found] == ["[1]", "[2, 3]"]
    assert [one.ranks for one in found] == [(1,), (2, 3)]
    assert without_citations("It sank [1], and rose [2].") == "It sank, and rose."


@given(st.text())
def test_no_character_of_a_reply_commands_a_terminal(reply: str) -> None:
    assert all(one.isprintable() or one.isspace() for each in cited(reply) for one in each.text)


# --- Reasons ---

FERRY = "Some 120 people drowned when the ferry Anna sank off Malta on 14 March 1987."


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("The ferry sank.", "it cites no quote"),
        ("The ferry sank [2].", "there is no quote 2"),
        ("The ferry sank [0].", "there is no quote 0"),
        ("The ferry sank [1][7].", "there is no quote 7"),
        ("Some 40 people drowned [1].", "the number 40 is in no cited quote"),
        ("Some forty people drowned [1].", "the number forty is in no cited quote"),
        ("120% of the people drowned [1].", "the number 120% is in no cited quote"),
        ("14 people drowned [1].", "the number 14 is in no cited quote"),
        ("Several people drowned [1].", "the number Several is in no cited quote"),
        ("The ferry MV2 sank [1].", "the number MV2 is in no cited quote"),
        ("-120 people drowned [1].", "the number 120 is in no cited quote"),
        ("The ferry sank on 15 March 1987 [1].", "the date 15 March 1987 is in no cited quote"),
        ("The ferry sank on Monday [1].", "the date Monday is in no cited quote"),
        ("The ferry sank on 1987-03-15 [1].", "the date 15 March 1987 is in no cited quote"),
        ("The ferry Bella sank [1].", "the name Bella is in no cited quote"),
        ("Bella sank when people drowned [1].", "the name Bella is in no cited quote"),
        ("The ferry Anna-Bella sank [1].", "the name Anna-Bella is in no cited quote"),
        ("The ferry Malta sank off Anna [1].", "its names stand in another order than in the "
         "cited quote"),
        ("The ferry 安娜 sank [1].", "the name 安娜 is in no cited quote"),
        ("The ferry Аnna sank [1].", "the name Аnna is in no cited quote"),
        ("The ferry sank, see www.sunk.example [1].",
         "the address www.sunk.example is in no cited quote"),
        ("The ferry sank, see [here](http://x.test/) [1].",
         "the address http://x.test/ is in no cited quote"),
        ("The ferry never sank [1].", "“never” denies what no cited quote denies"),
        ("All the people drowned [1].", "“All” is in no cited quote"),
        ("Clearly the captain was drunk [1].", "“clearly” is in no cited quote"),
        ("The captain was drunk [1].", "too few of its words are in the cited quotes"),
        ("[1]", "too few of its words are in the cited quotes"),
    ],
)  # fmt: skip
def test_a_lie_is_struck_with_its_reason(sentence: str, reason: str) -> None:
    assert struck(sentence, FERRY).casefold() == reason.casefold()


@pytest.mark.parametrize(
    "sentence",
    [
        "Some 120 people drowned when the ferry Anna sank off Malta on 14 March 1987 [1].",
        "120 people drowned off Malta on March 14, 1987 [1].",
        "When the Anna sank in March 1987, about 120 people drowned [1].",
        "A hundred and twenty... people drowned off Malta [1].",
        "People drowned off Malta on 1987-03-14 [1].",
        "People drowned off Malta on 14.3.1987 and 3/14/1987 [1].",
        "One hundred twenty people drowned [1].",
    ],
)
def test_the_same_in_other_words(sentence: str) -> None:
    """But where a number is spelt in more words than one is understood: then it is struck."""
    spelt = "hundred" in sentence
    assert bool(struck(sentence, FERRY)) is spelt


@pytest.mark.parametrize(
    ("sentence", "text", "reason"),
    [
        ("It opened [1].", "It did not open.", "a cited quote says “not”, this does not"),
        ("They agreed [1].", "They refused to agree.", "a cited quote says “refused”, this does "
         "not"),
        ("They agreed [1].", "They may have agreed.", "a cited quote says “may”, this does not"),
        ("They may have agreed [1].", "They may have agreed.", ""),
        ("They could not agree [1].", "They were unable to agree.", ""),
        ("It sank because it was old [1].", "It sank. It was old.", "“because” where no cited "
         "quote gives a cause"),
        ("20 boats sank [1].", "Some of its 20 boats sank.", "the number 20 is in no cited quote"),
        ("Some of the 20 boats sank [1].", "Some of its 20 boats sank.", ""),
        ("Prices fell [1].", "Prices rose.", "“fell” where a cited quote says “rose”"),
        ("It has 5 decks [1].", "It has at least 5 decks.", "the number 5 is in no cited quote"),
        ("It has up to 9 decks [1].", "It has 5 to 9 decks.", ""),
        ("It cost 5 million euros [1].", "It cost €5,000,000.", ""),
        ("It cost 5 million euros [1].", "It cost $5,000,000.", "the number 5 million euros is "
         "in no cited quote"),
        ("It lasted 5 days [1].", "It lasted 5 weeks.", "the number 5 is in no cited quote"),
        ("9 boats met 5 ships [1].", "5 boats met 9 ships.", "the number 9 is in no cited quote"),
        ("The 3rd boat sank [1].", "The third boat sank.", ""),
        ("It was in the late 1990s [1].", "It was in the early 1990s.", "“late” is in no cited "
         "quote"),
        ("It was in the 1990s [1].", "It was in 1991.", ""),
        ("It was in May 1991 [1].", "It was in 1991.", "the date May 1991 is in no cited quote"),
        ("Iranian drones came [1].", "Drones came from Iran.", ""),
        ("The US drones came [1].", "The U.S. drones came.", ""),
        ("The US drones came [1].", "They sent us drones that came.", "the name US is in no cited "
         "quote"),
        ("South Korea sent drones [1].", "North Korea and the South sent drones.", "the name "
         "South Korea is in no cited quote"),
        ("Müller’s drones came [1].", "Mu\u0308ller sent drones that came.", ""),
        ("Drones came [1].", "They sent drones, which came.", ""),
    ],
)  # fmt: skip
def test_what_a_quote_holds(sentence: str, text: str, reason: str) -> None:
    assert struck(sentence, text) == reason


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("", "the name Gondolas is in no cited quote"),
        ("How many gondolas sank?", ""),
        ("Did Gondolas sink?", "the name Gondolas is in no cited quote"),
    ],
)
def test_a_word_of_the_question_is_no_name_for_standing_first(question: str, reason: str) -> None:
    assert (
        struck("Gondolas sank off Malta [1].", "Boats sank off Malta.", question=question) == reason
    )


def test_only_the_cited_quotes_count() -> None:
    assert struck("It sank in 1931 [2].", "It sank in 1931.", "It sank.") != ""
    assert struck("It sank in 1931 [1].", "It sank in 1931.", "It sank.") == ""
    assert struck("It sank in 1931 [1][2].", "It sank in 1931.", "It sank.") == ""


def test_three_sentences_are_kept_and_twenty_shown() -> None:
    found = checked("It sank [1]. " * 30, quotes_of("It sank."))
    past = "it is past the 3 sentences that were asked for"
    assert [one.struck for one in found] == [""] * 3 + [past] * 17


# --- Altogether ---


def kept(record: dict[str, object], texts: Sequence[str]) -> bool:
    return not struck(str(record["sentence"]), *texts, question=str(record["question"]))


def test_lies_are_struck_and_honest_sentences_kept() -> None:
    """What benchmarks/phrasing.py measures, all splits together.

    What a sentence may not hold by any means is struck nearly always; what is only said of
    another thing is not always seen.
    """
    records = [json.loads(line) for line in SET.read_text("utf-8").splitlines()]
    lies = [one for one in records if not one["honest"]]
    never = ("number", "name", "date", "uncited", "not shown", "wrong quote", "negation", "address")
    sure = [kept(one, one["quotes"]) for one in lies if one["kind"] in never]
    honest = [kept(one, one["quotes"]) for one in records if one["honest"]]
    assert sure.count(False) / len(sure) >= 0.98
    assert sum(not kept(one, one["quotes"]) for one in lies) / len(lies) >= 0.88
    assert honest.count(True) / len(honest) >= 0.85


def test_the_articles_own_sentences_are_kept(seeds: Path) -> None:
    for path in sorted(seeds.glob("*.txt")):
        text = path.read_text("utf-8")
        for start, end in sentences(text):
            sentence = one_line(text[start:end]).rstrip(".")
            if 30 < len(sentence) < 300:
                found = checked(f"{sentence} [1].", quotes_of(text[start:end]))
                assert [one.struck for one in found if one.struck] == [], sentence


@given(st.text(), st.lists(st.text(), max_size=3))
def test_whatever_is_kept_cites_what_is_shown(reply: str, texts: list[str]) -> None:
    found = checked(f"{reply} [1]. {reply} [2]", quotes_of(*texts))
    for one in found:
        if not one.struck:
            assert one.cites
            assert max(one.cites) <= len(texts)
        assert "\n" not in one.struck
