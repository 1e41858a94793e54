"""What people say of answers becomes questions with gold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.errors import StorageError, UsageError
from quoth.evaluation import Gold, Question, read_questions
from quoth.evaluation.judgements import Judgement, append

ANN, BOB = ("a", "Ann came."), ("b", "Bob came.")


def asked(folder: Path, *said: Judgement) -> tuple[Question, ...]:
    file = folder / "judged.jsonl"
    for one in said:
        append(file, one)
    return read_questions(file).questions


def test_a_quote_that_is_right_is_gold(tmp_path: Path) -> None:
    (found,) = asked(tmp_path, Judgement("Who came?", "right", *ANN))
    assert (found.question, found.answerable, found.gold) == ("Who came?", True, (Gold(*ANN),))
    assert found.place.endswith("judged.jsonl:1")


def test_all_that_is_said_of_a_question_is_one_question(tmp_path: Path) -> None:
    (found,) = asked(
        tmp_path, Judgement("Who came?", "right", *ANN), Judgement("Who came?", "right", *BOB)
    )
    assert found.gold == (Gold(*ANN), Gold(*BOB))


def test_the_last_word_counts(tmp_path: Path) -> None:
    (found,) = asked(
        tmp_path,
        Judgement("Who came?", "right", *ANN),
        Judgement("Who came?", "wrong", *ANN),
        Judgement("Who came?", "right", *BOB),
    )
    assert found.gold == (Gold(*BOB),)


def test_a_question_that_nothing_answers_is_not_answerable(tmp_path: Path) -> None:
    (found,) = asked(
        tmp_path, Judgement("Who came?", "right", *ANN), Judgement("Who came?", "none")
    )
    assert (found.answerable, found.gold) == (False, ())


def test_where_only_wrong_quotes_are_known_nothing_is_asked(tmp_path: Path) -> None:
    said = Judgement("Who came?", "wrong", *ANN), Judgement("Why?", "none")
    assert [one.question for one in asked(tmp_path, *said)] == ["Why?"]


def test_the_same_words_after_another_history_are_another_question(tmp_path: Path) -> None:
    first = Judgement("Why?", "none", history=("Who came?",))
    found = asked(tmp_path, first, Judgement("Why?", "right", *ANN))
    assert [(one.history, one.answerable) for one in found] == [(("Who came?",), False), ((), True)]


def test_judgements_may_stand_among_a_sets_own_questions(tmp_path: Path) -> None:
    file = tmp_path / "judged.jsonl"
    file.write_text('{"question": "Own?", "answerable": false}')  # without a line's end
    found = asked(tmp_path, Judgement("Why?", "none"))
    assert [one.question for one in found] == ["Own?", "Why?"]


@given(st.text(min_size=1).filter(str.strip), st.text(min_size=1).filter(str.strip))
def test_any_text_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, question: str, quote: str
) -> None:
    (found,) = asked(tmp_path_factory.mktemp("j"), Judgement(question, "right", "a", quote))
    assert (found.question, found.gold) == (question, (Gold("a", quote),))


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"verdict": "good"}, r":1: 'verdict' is 'good': it must be right, wrong, none$"),
        ({"verdict": "right", "source": "a"}, r":1: 'quote' is missing: it must be a text$"),
        ({"verdict": "none", "question": 3}, r":1: 'question' is 3: it must be a text$"),
    ],
)
def test_a_bad_line_is_told_with_its_number(
    tmp_path: Path, record: dict[str, object], message: str
) -> None:
    file = tmp_path / "judged.jsonl"
    file.write_text(json.dumps({"question": "Why?"} | record))
    with pytest.raises(UsageError, match=message):
        read_questions(file)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"^cannot write '.*': Is a directory$"):
        append(tmp_path, Judgement("Why?", "none"))


@pytest.mark.parametrize("bytes_left", [1, 9, 14, 40, 47])
def test_a_line_that_was_not_written_to_its_end_is_left_out(
    tmp_path: Path, bytes_left: int
) -> None:
    file = tmp_path / "judged.jsonl"
    asked(tmp_path, Judgement("Who came?", "right", *ANN))
    whole = file.read_bytes()
    asked(tmp_path, Judgement("Wer hat für ihn geöffnet?", "none"))
    file.write_bytes(file.read_bytes()[: len(whole) + bytes_left])
    assert [one.question for one in read_questions(file).questions] == ["Who came?"]
    found = asked(tmp_path, Judgement("Why?", "none"))
    assert [one.question for one in found] == ["Who came?", "Why?"]


def test_a_line_says_nothing_but_what_was_judged(tmp_path: Path) -> None:
    file = tmp_path / "judged.jsonl"
    append(file, Judgement("Why?", "right", *ANN, made="2026-01-31"))
    assert file.read_text() == (
        '{"verdict": "right", "question": "Why?", "source": "a", "quote": "Ann came.", '
        '"history": [], "made": "2026-01-31"}\n'
    )
