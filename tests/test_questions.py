"""The seeds: three articles byte for byte, and a question set that can be trusted."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

SEEDS = Path(__file__).parent.parent / "seeds"
SHA256 = {
    "000_d9aab4165d50fde0.txt": "ed610569eb07c61ae2bcac30cdcc39c5cd67a76aefb8c71eb93bd3bec83a4c14",
    "001_732396fe54e71874.txt": "84ddaf200619d44c61a0623106c4511a3e9eb0c5bb537e59c2bc185c4fc1bdec",
    "002_25d210e1b67ffbeb.txt": "7cf03d116299e3ad1d367021f27097407969c53d3b848957923d9744efc6ad37",
}
ANSWERABLE = {"fact", "why", "how", "paraphrase", "typo", "keyword", "comparison"}
UNANSWERABLE = {"near-miss", "boilerplate-trap", "off-topic"}

Question = dict[str, Any]
QUESTIONS: list[Question] = [
    json.loads(line) for line in (SEEDS / "questions.jsonl").read_text("utf-8").splitlines()
]
GOLD = [(question, gold) for question in QUESTIONS for gold in question["gold"]]


def article(source: str) -> str:
    return (SEEDS / source).read_bytes().decode("utf-8")


@pytest.mark.parametrize("source", SHA256)
def test_the_articles_are_byte_for_byte_what_was_given(source: str) -> None:
    assert hashlib.sha256((SEEDS / source).read_bytes()).hexdigest() == SHA256[source]


def test_there_are_no_other_articles() -> None:
    assert sorted(path.name for path in SEEDS.glob("*.txt")) == sorted(SHA256)


def test_there_are_enough_questions_of_both_sorts() -> None:
    answerable = sum(question["answerable"] for question in QUESTIONS)
    assert answerable >= 90
    assert len(QUESTIONS) - answerable >= 45


def test_most_unanswerable_questions_are_near_misses() -> None:
    kinds = Counter(q["kind"] for q in QUESTIONS if not q["answerable"])
    assert kinds["near-miss"] > kinds.total() / 2


def test_every_kind_is_there() -> None:
    assert {q["kind"] for q in QUESTIONS if q["answerable"]} == ANSWERABLE
    assert {q["kind"] for q in QUESTIONS if not q["answerable"]} == UNANSWERABLE


@pytest.mark.parametrize("kind", sorted(ANSWERABLE | UNANSWERABLE))
def test_a_third_of_each_kind_is_kept_apart(kind: str) -> None:
    """To the nearest question."""
    splits = Counter(question["split"] for question in QUESTIONS if question["kind"] == kind)
    assert set(splits) == {"dev", "test"}
    assert abs(splits["test"] - splits.total() / 3) < 1


def test_every_question_has_the_same_fields() -> None:
    fields = {"id", "question", "answerable", "kind", "split", "gold", "answers"}
    assert {frozenset(set(q) - {"all_sources_needed"}) for q in QUESTIONS} == {frozenset(fields)}
    assert {frozenset(gold) for _, gold in GOLD} == {frozenset({"source", "quote"})}


def test_ids_are_unique() -> None:
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS)


def test_no_question_is_asked_twice() -> None:
    """However it is written: letters and digits alone are compared."""
    bare = ["".join(filter(str.isalnum, q["question"])).casefold() for q in QUESTIONS]
    assert [text for text, count in Counter(bare).items() if count > 1] == []


def test_what_can_be_answered_has_gold_and_answers_and_the_rest_has_neither() -> None:
    wrong = [
        q["id"] for q in QUESTIONS if {bool(q["gold"]), bool(q["answers"])} != {q["answerable"]}
    ]
    assert wrong == []


def test_every_gold_quote_stands_once_in_its_article() -> None:
    counts = {(q["id"], g["quote"]): article(g["source"]).count(g["quote"]) for q, g in GOLD}
    assert {key: count for key, count in counts.items() if count != 1} == {}


def test_every_answer_stands_in_one_of_its_gold_quotes() -> None:
    missing = [
        (question["id"], answer)
        for question in QUESTIONS
        for answer in question["answers"]
        if not any(answer in gold["quote"] for gold in question["gold"])
    ]
    assert missing == []


def test_what_needs_all_sources_has_gold_in_several() -> None:
    few = [
        question["id"]
        for question in QUESTIONS
        if question.get("all_sources_needed")
        and len({gold["source"] for gold in question["gold"]}) < 2
    ]
    assert few == []


def test_gold_lies_in_all_three_articles() -> None:
    assert {gold["source"] for _, gold in GOLD} == set(SHA256)
