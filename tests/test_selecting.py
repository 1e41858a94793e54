"""Questions that want every source or several points, and what each source says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from small_library import BY_COSINE, FITTED, corpus_index

from quoth import Answer, Answerer, Index
from quoth.records import Difference
from quoth.surveying import MOST_SOURCES

FERRIES = {
    "a": "A ferry leaves at noon. A ferry is blue. A ferry is long.",
    "b": "The ferry, a drone that swims.",
    "c": "A zebra grazes. Nothing else happens.",
}


@pytest.fixture(autouse=True)
def by_cosine_alone(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Confidence is the cosine's logistic: 0.73 of 1, 0.67 of 1/√2, 0.5 of 0."""
    if "seeds_index" not in request.fixturenames:
        monkeypatch.setattr(FITTED, BY_COSINE)


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return corpus_index(tmp_path, FERRIES, ["drone", "ferry", "zebra"])


def ask(index: Index, question: str, *, compare: bool = False, threshold: float = 0.0) -> Answer:
    return Answerer(index, reader="none", threshold=threshold).ask(question, compare=compare)


def texts(answer: Answer) -> list[str]:
    return [quote.text for quote in answer.nearest]


def test_an_ordinary_question_takes_the_best_wherever_they_stand(index: Index) -> None:
    found = ask(index, "ferry")
    assert [quote.source for quote in found.quotes] == ["a", "a", "a"]
    assert found.by_source == ()


def test_a_question_for_each_source_has_one_of_each_before_a_second(index: Index) -> None:
    """Each says something at threshold 0."""
    found = ask(index, "What does each article say about ferries? ferry")
    assert [quote.source for quote in found.quotes] == ["a", "b", "c"]


def test_a_subject_is_answered_if_one_of_its_quotes_is_likely_to(index: Index) -> None:
    found = ask(index, "What do the articles say about the ferry?")
    own = [0.7310586, 0.6697615, 0.5]
    assert [quote.confidence for quote in found.quotes] == pytest.approx(own, abs=1e-4)
    assert found.confidence == pytest.approx(1 - 0.2689414 * 0.3302385 * 0.5, abs=1e-4)


def test_asked_of_each_source_a_question_is_as_sure_as_its_first_quote(index: Index) -> None:
    found = ask(index, "Which ferry, according to each article?")
    assert found.confidence == found.nearest[0].confidence


def test_comparing_leaves_the_answer_as_it_is(index: Index) -> None:
    for question in ("ferry", "What does each article say about the ferry?", "What is it about?"):
        one, other = ask(index, question), ask(index, question, compare=True)
        assert replace(one, elapsed_ms=0) == replace(other, elapsed_ms=0, by_source=())


def test_every_source_has_a_voice_and_says_nothing_below_a_quarter_of_the_threshold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an odds of -3 + 4 · cosine: 0.73 for the ferry, 0.047 for the zebra; 0.8 / 4 = 0.2."""
    steep = replace(
        BY_COSINE, confidence=replace(BY_COSINE.confidence, bias=-3.0, weights=(4.0, 0, 0, 0, 0, 0))
    )
    monkeypatch.setattr(FITTED, steep)
    with corpus_index(tmp_path, FERRIES, ["drone", "ferry", "zebra"]) as index:
        found = ask(index, "ferry", compare=True, threshold=0.8)
    assert [(one.source, one.quote and one.quote.text) for one in found.by_source] == [
        ("a", "A ferry leaves at noon."),
        ("b", "The ferry, a drone that swims."),
        ("c", None),
    ]
    assert found.status == "abstained"
    assert [one.quote.rank for one in found.by_source if one.quote] == [1, 2]


def test_a_voice_tells_where_its_quote_differs(tmp_path: Path) -> None:
    articles = {
        "a": "It was calm. Some 120 people drowned when the ferry sank.",
        "b": "Some 310 people drowned when the ferry sank.",
    }
    with corpus_index(tmp_path, articles, ["ferry"]) as index:
        a, b = ask(index, "How many drowned on the ferry?", compare=True).by_source
        for one in (a, b):
            assert one.quote is not None
            assert index.text(one.source)[one.quote.start : one.quote.end] == one.quote.text
            for difference in one.differences:
                start, end = difference.span
                assert index.text(one.source)[start:end] in ("120", "310")
    assert [(one.kind, one.other, one.words) for one in a.differences] == [("number", "b", "310")]
    assert [(one.kind, one.other, one.words) for one in b.differences] == [("number", "a", "120")]
    assert isinstance(a.differences[0], Difference)


def test_of_many_sources_those_that_the_search_found_first_are_asked(tmp_path: Path) -> None:
    articles = {f"s{n:02}": f"A ferry of the line {n} swims." for n in range(MOST_SOURCES + 5)}
    with corpus_index(tmp_path, articles, ["ferry"]) as index:
        found = ask(index, "ferry", compare=True).by_source
    assert len(found) == MOST_SOURCES
    assert all(one.quote for one in found)


def test_only_the_sources_that_are_searched_have_a_voice(index: Index) -> None:
    found = Answerer(index, reader="none").ask("ferry", source="[ac]", compare=True)
    assert {one.source for one in found.by_source} == {"a", "c"}


def test_an_empty_index_has_no_voices(index: Index) -> None:
    index.remove(list(FERRIES))
    for question in ("ferry", "What is it about?", "What does each article say?"):
        assert ask(index, question, compare=True).by_source == ()


def test_what_an_article_is_about_is_answered_though_no_sentence_says_it(index: Index) -> None:
    found = Answerer(index, reader="none", threshold=0.7).ask("What is it about?", source="b")
    assert (found.status, texts(found)) == ("answered", ["The ferry, a drone that swims."])
    assert found.confidence == pytest.approx(0.75)


def test_what_several_articles_are_about_is_told_of_each(index: Index) -> None:
    found = Answerer(index, reader="none").ask("What are these articles about?")
    assert {quote.source for quote in found.quotes} == {"a", "b", "c"}


# -- the real model over real articles


def test_over_the_seeds_each_source_is_quoted_or_said_to_be_silent(seeds_index: Path) -> None:
    with Index.open(seeds_index) as index:
        found = Answerer(index).ask("What does each article say about Iran?", compare=True)
    assert found.status == "answered"
    assert len({quote.source for quote in found.quotes}) == 2
    spoken = {voice.source[:3]: voice.quote and voice.quote.text for voice in found.by_source}
    assert "Iran" in (spoken["000"] or "")
    assert "Iran" in (spoken["001"] or "")
    assert spoken["002"] is None


def test_over_the_seeds_a_broad_question_on_another_subject_is_not_answered(
    seeds_index: Path,
) -> None:
    with Index.open(seeds_index) as index:
        answerer = Answerer(index)
        for question in ("List the problems with electric cars.", "Give an overview of jazz."):
            assert answerer.ask(question).status == "abstained"
        assert answerer.ask("What is this article about?").status == "answered"
