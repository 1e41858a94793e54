"""The questions that the app offers."""

from __future__ import annotations

import json
from pathlib import Path

import quoth
from quoth.records import Article, Block
from quoth.web.examples import examples, examples_of, read_examples


def an_article(title: str, *headings: str) -> Article:
    text = "\n".join([title, *headings])
    places = [text.index(heading) for heading in (title, *headings)]
    blocks = [
        Block("heading", place, place + len(heading), 1)
        for place, heading in zip(places, (title, *headings), strict=True)
    ]
    return Article(f"{title}.txt", title, text, "", blocks=tuple(blocks))


def a_question(text: str, kind: str, *, answerable: bool = True, split: str = "dev") -> str:
    return json.dumps({"question": text, "kind": kind, "answerable": answerable, "split": split})


def test_each_articles_headings_are_asked_about_in_turn() -> None:
    articles = [an_article("Boats", "Who rows?", "Oars:"), an_article("Trams", "Wires")]
    assert examples(articles) == (
        "Who rows?",
        "What do the articles say about “Wires”?",
        "What do the articles say about “Oars”?",
    )


def test_an_article_without_headings_is_asked_about_by_its_title() -> None:
    assert examples([an_article("Boats")]) == ("What do the articles say about “Boats”?",)


def test_a_heading_too_long_for_a_question_is_not_used() -> None:
    article = an_article("Boats", "long " * 20 + "heading", "Oars")
    assert examples([article]) == ("What do the articles say about “Oars”?",)


def test_no_more_are_offered_than_wanted_and_none_twice() -> None:
    articles = [an_article("Boats", *"ABCDEF"), an_article("Trams", "A")]
    assert len(examples(articles)) == 5
    assert len(set(examples(articles))) == 5
    assert examples([]) == ()


def test_a_question_set_gives_each_kind_in_turn_and_one_without_an_answer(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    rows = [a_question(f"{kind} {n}?", kind) for n in (1, 2) for kind in ("how", "fact", "why")]
    rows += [a_question("typo?", "typo"), a_question("kept?", "fact", split="test")]
    rows += [a_question(f"nowhere {n}?", "off-topic", answerable=False) for n in (1, 2)]
    path.write_text("\n".join(rows), "utf-8")
    assert read_examples(path) == ("fact 1?", "why 1?", "how 1?", "fact 2?", "nowhere 1?")


def test_what_is_no_question_set_gives_none(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    assert read_examples(path) == ()
    for content in ("not JSON", "[1]", '{"question": "kind only?", "split": "dev"}'):
        path.write_text(content, "utf-8")
        assert read_examples(path) == ()


def test_the_question_set_beside_the_seeds_is_used(seeds_index: Path, seeds: Path) -> None:
    with quoth.Index.open(seeds_index) as index:
        assert examples_of(index) == read_examples(seeds / "questions.jsonl") != ()
