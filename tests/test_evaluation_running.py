"""Asking a question set over a small library: what is scored, and why questions fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_library import BY_COSINE, FITTED, corpus_index

from quoth import Answerer, Index
from quoth.errors import UsageError
from quoth.evaluation import Gold, Outcome, Question, QuestionSet, Run, check, evaluate
from quoth.evaluation.gold import Articles, Place

TEXTS = {
    "a": "A ferry leaves at noon. A drone waits.",
    "b": "Ferry: a drone that swims.",
    "c": "A zebra grazes. Nothing else happens. A zebra grazes.",
}


@pytest.fixture(autouse=True)
def by_cosine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FITTED, BY_COSINE)


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return corpus_index(tmp_path, TEXTS, ["drone", "ferry"])


def asked(text: str, *gold: Gold, answerable: bool = True, **more: object) -> Question:
    return Question("q", text, answerable, gold, place="set:1", **more)  # type: ignore[arg-type]


def run(index: Index, *questions: Question, threshold: float = 0.6) -> Run:
    answerer = Answerer(index, reader="none", threshold=threshold)
    return evaluate(answerer, QuestionSet("set", "0", questions))


def came(index: Index, question: Question, threshold: float = 0.6) -> Outcome:
    (found,) = run(index, question, threshold=threshold).outcomes
    return found


NOON = Gold("a", "A ferry leaves at noon.")


def test_a_right_first_quote_scores_all(index: Index) -> None:
    found = came(index, asked("ferry", NOON, answers=("noon",)))
    assert found.stage == ""
    assert found.quotes[0].is_gold
    assert found.values["quote@1"] == found.values["hit@3"] == found.values["recall@20"] == 1
    assert found.values["answer_recall@1"] == 1
    assert found.values["verbatim"] == found.values["offsets"] == 1


def test_a_right_second_quote_counts_from_two_on(index: Index) -> None:
    found = came(index, asked("ferry", Gold("b", "Ferry: a drone that swims.")))
    assert (found.values["quote@1"], found.values["quote@3"]) == (0, 1)
    assert found.stage == ""


def test_marked_words_are_compared_with_the_answers(index: Index) -> None:
    """Without words of the kind asked for, the whole sentence is marked."""
    found = came(index, asked("ferry", NOON, answers=("ferry leaves", "tea")))
    assert found.values["exact_match"] == 0
    assert found.values["f1"] == pytest.approx(2 * 2 / (4 + 2))


def test_a_question_that_needs_all_sources_needs_one_quote_of_each(index: Index) -> None:
    both = (NOON, Gold("b", "Ferry: a drone that swims."))
    found = came(index, asked("ferry", *both, all_sources_needed=True))
    assert (found.values["quote@1"], found.values["quote@3"]) == (0, 1)
    assert found.values["all_sources@3"] == 1


def test_whole_articles_are_judged_as_articles(index: Index) -> None:
    found = came(index, asked("ferry", Gold("a"), Gold("b")))
    assert set(found.ranked[:2]) == {"a", "b"}
    assert found.relevant == ("a", "b")
    assert found.values["recall@3"] == 1


# -- why questions fail


@pytest.mark.parametrize(
    ("question", "threshold", "stage"),
    [
        (asked("ferry", NOON), 0.6, ""),
        (asked("ferry", NOON), 0.99, "abstained wrongly"),
        (asked("ferry", Gold("a", "It leaves at one.")), 0.6, "not in the articles"),
        (asked("ferry", answerable=False), 0.6, "answered where it should not have"),
        (asked("ferry", answerable=False), 0.99, ""),
    ],
)
def test_each_question_fails_at_one_stage(
    index: Index, question: Question, threshold: float, stage: str
) -> None:
    found = came(index, question, threshold)
    assert found.stage == stage
    assert found.is_served == (stage == "")


def test_gold_over_two_passages_is_split(tmp_path: Path) -> None:
    salt = " ".join(f"Salt number {n} is dear." for n in range(90))
    index = corpus_index(tmp_path, {"a": f"A drone sinks. {salt}"}, ["drone"])
    before, last = Articles(index).passages("a")[-2:]
    gold = index.article("a").text[last.start - 12 : before.end + 5]
    assert came(index, asked("drone", Gold("a", gold))).stage == "split across passages"


def test_what_the_search_does_not_bring_is_not_among_the_candidates(tmp_path: Path) -> None:
    texts = {f"f{n:02}": f"The ferry number {n} is a ferry." for n in range(30)}
    index = corpus_index(tmp_path, texts | {"z": "Salt is dear."}, ["ferry"])
    assert (
        came(index, asked("ferry", Gold("z", "Salt is dear."))).stage == "not among the candidates"
    )


def test_a_passage_that_was_read_and_not_quoted_was_ranked_below(index: Index) -> None:
    texts_of_c = Gold("c", "Nothing else happens.")
    assert came(index, asked("ferry drone", texts_of_c)).stage in {
        "ranked below",
        "wrong quote from the right passage",
    }


def test_another_sentence_of_the_right_passage_is_the_wrong_quote(tmp_path: Path) -> None:
    index = corpus_index(tmp_path, {"a": "A ferry leaves. Salt is dear."}, ["ferry"])
    found = came(index, asked("ferry", Gold("a", "Salt is dear.")))
    assert found.quotes[0].text == "A ferry leaves."
    assert found.stage == ""  # the second sentence comes second


def test_failures_are_counted_by_stage(index: Index) -> None:
    wrong = Question("2", "ferry", False, place="set:2")
    found = run(index, asked("ferry", NOON), wrong)
    assert {stage: [one.id for one in some] for stage, some in found.failures.items()} == {
        "answered where it should not have": ["2"]
    }


# -- gold in the articles


def test_gold_stands_wherever_its_words_do(index: Index) -> None:
    (places,) = Articles(index).places(asked("?", Gold("c", "A zebra grazes.")))
    assert places == [Place("c", 0, 15), Place("c", 38, 53)]


def test_gold_without_a_source_is_found_by_its_context(index: Index) -> None:
    gold = Gold("", "noon", "A ferry leaves at noon.", 18)
    (places,) = Articles(index).places(asked("?", gold))
    assert places == [Place("a", 18, 22)]


def test_gold_with_a_start_stands_there_alone(index: Index) -> None:
    (places,) = Articles(index).places(asked("?", Gold("c", "A zebra grazes.", start=38)))
    assert places == [Place("c", 38, 53)]


def test_gold_whose_words_are_not_at_its_start_stands_nowhere(index: Index) -> None:
    assert Articles(index).places(asked("?", Gold("c", "A zebra grazes.", start=37))) == [[]]


def test_an_unknown_source_is_told_before_anything_is_asked(index: Index) -> None:
    with pytest.raises(UsageError, match=r"^set:1: no article 'x' in the index: "):
        run(index, asked("ferry", Gold("x", "words")))


# -- checking a set


def faults(index: Index, *questions: Question, others: tuple[Question, ...] = ()) -> list[str]:
    return [str(fault) for fault in check(index, questions, others)]


def test_a_good_set_has_no_faults(index: Index) -> None:
    assert faults(index, asked("ferry", NOON), asked("When?", answerable=False)) == []


def test_gold_that_is_not_there_comes_with_the_nearest_that_is(index: Index) -> None:
    (fault,) = faults(index, asked("ferry", Gold("a", "A ferry left at noon.")))
    assert fault == (
        "set:1: gold does not stand in 'a': 'A ferry left at noon.'\n"
        "    nearest: a:0-23 A ferry leaves at noon."
    )


def test_an_unknown_source_comes_with_the_nearest_name(tmp_path: Path) -> None:
    index = corpus_index(tmp_path, {"ferries.txt": "A ferry."}, ["ferry"])
    (fault,) = faults(index, asked("ferry", Gold("feries.txt", "A ferry.")))
    assert fault == "set:1: no article 'feries.txt': did you mean 'ferries.txt'?"


def test_questions_with_the_same_words_are_found(index: Index) -> None:
    first = Question("1", "A ferry?", False, place="set:1")
    second = Question("2", "a  ferry", False, place="set:2")
    assert faults(index, first, second) == ["set:2: asks the same as set:1"]


def test_the_same_words_after_another_question_are_another_question(index: Index) -> None:
    first = Question("1", "Why?", False, history=("Who?",), place="set:1")
    second = Question("2", "Why?", False, history=("When?",), place="set:2")
    assert faults(index, first, second) == []


def test_a_question_of_another_set_leaks(index: Index) -> None:
    other = Question("9", "A FERRY!", False, place="dev:7")
    found = faults(index, asked("A ferry?", answerable=False), others=(other,))
    assert found == ["set:1: leaks: it asks the same as dev:7"]


def test_an_answerable_question_without_gold_is_a_fault(index: Index) -> None:
    assert faults(index, asked("ferry")) == [
        "set:1: it is answerable, yet has neither gold nor answers"
    ]
