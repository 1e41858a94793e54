"""Follow-ups from the first question to what is printed and measured."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Run
from small_library import BY_COSINE, FITTED, corpus_index

from quoth import Answerer, Index, Retriever, Turn
from quoth.errors import UsageError
from quoth.evaluation import evaluate, read_questions

TEXTS = {"a": "A ferry leaves at noon.", "b": "A drone costs little.", "c": "A ferry costs much."}
GOALS = "What are Iran's goals?"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """Confidence is the cosine's logistic."""
    monkeypatch.setattr(FITTED, BY_COSINE)
    with corpus_index(tmp_path, TEXTS, ["ferry", "drone", "noon", "costs"]) as index:
        yield index


def answerer(index: Index) -> Answerer:
    return Answerer(index, reader="none")


def test_a_follow_up_is_searched_as_it_is_understood(index: Index) -> None:
    answer = answerer(index).ask("What of it?", history=["Which ferry?"])
    assert (answer.question, answer.understood) == ("What of it?", "What of it? (ferry)")
    assert answer.quotes[0].source == "a"


def test_a_question_that_stands_alone_is_answered_as_without_history(index: Index) -> None:
    alone = answerer(index).ask("When does the ferry leave the harbour?")
    after = answerer(index).ask("When does the ferry leave the harbour?", history=["Which drone?"])
    assert after.understood == ""
    assert after.quotes == alone.quotes


def test_turns_and_their_questions_are_taken_alike(index: Index) -> None:
    for history in (["Which ferry?"], [Turn("Which ferry?")]):
        assert answerer(index).ask("why?", history=history).understood == "why? (ferry)"


def test_an_article_that_is_named_by_its_place_alone_is_asked(index: Index) -> None:
    answer = answerer(index).ask("no, the third article", history=["Which ferry?"])
    assert (answer.understood, answer.only_source) == ("Which ferry?", "c")
    assert {quote.source for quote in answer.nearest} == {"c"}


def test_articles_are_counted_as_the_last_answer_showed_them(index: Index) -> None:
    first = answerer(index).ask("Which ferry?")
    turn = Turn(first.question, first.nearest)
    shown = list(dict.fromkeys(quote.source for quote in first.nearest))
    then = answerer(index).ask("and the second one?", history=[turn])
    assert then.only_source == shown[1]


def test_whoever_names_a_source_is_not_overruled(index: Index) -> None:
    answer = answerer(index).ask("no, the third article", history=["Which ferry?"], source="a")
    assert answer.only_source == ""
    assert {quote.source for quote in answer.nearest} == {"a"}


def test_a_search_takes_history_too(index: Index) -> None:
    (first, *_) = Retriever(index).search("What of it?", history=["Which drone?"], mode="lexical")
    assert first.source == "b"


def test_only_the_last_ten_turns_are_looked_at(index: Index) -> None:
    history = ["Which ferry?", *["why?"] * 10]
    assert answerer(index).ask("why?", history=history).understood == ""


@pytest.mark.parametrize("question", ["", "x" * 10_001, "\x00"])
def test_earlier_questions_are_checked_like_others(index: Index, question: str) -> None:
    with pytest.raises(UsageError, match="question"):
        answerer(index).ask("why?", history=[question])


def test_the_command_line_shows_what_was_understood(run_here: Run, seeds_index: Path) -> None:
    asked = ("ask", "and for North Korea?", "--history", GOALS, "--index", seeds_index)
    told = run_here(*asked, "--quotes", "1", "--reader", "none").stdout
    assert told.startswith("Understood as: What are North Korea's goals?\n\n")
    record = json.loads(run_here(*asked, "--json", "--reader", "none").stdout)
    assert record["question"] == "and for North Korea?"
    assert record["understood"] == "What are North Korea's goals?"
    assert "only_source" not in record


def test_a_batch_line_brings_its_own_history(run_here: Run, seeds_index: Path) -> None:
    lines = [{"question": "why?", "history": [GOALS]}, {"question": "Who supplies drones?"}]
    batch = "".join(f"{json.dumps(line)}\n" for line in lines)
    options = ("--batch", "-", "--index", seeds_index, "--reader", "none")
    first, second = run_here("ask", *options, input=batch).stdout.splitlines()
    assert json.loads(first)["understood"] == "why? (Iran's goals)"
    assert "understood" not in json.loads(second)


def test_history_beside_a_batch_is_refused(run_here: Run) -> None:
    done = run_here("ask", "--batch", "-", "--history", GOALS, input="")
    assert (done.returncode, done.stderr) == (
        2,
        'quoth: both --history and --batch: write "history" into the lines of the batch\n',
    )


def test_a_question_set_is_asked_with_its_history(index: Index, tmp_path: Path) -> None:
    rows = [
        {"question": "Which ferry is there?", "gold": [{"source": "a"}]},
        {"question": "why?", "history": ["Which drone?"], "gold": [{"source": "b"}]},
    ]
    (tmp_path / "set.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    run = evaluate(answerer(index), read_questions(tmp_path / "set.jsonl"))
    assert run.outcomes[1].quotes[0].source == "b"
    assert run.summary["follow_up_quote@1"].questions == 1
    assert run.summary["follow_up_quote@1"].value == 1


def test_of_a_beir_folders_turns_the_users_count(tmp_path: Path) -> None:
    turns = [{"speaker": "user", "text": "Who?"}, {"speaker": "agent", "text": "Ann."}]
    query = {"_id": "q", "text": "why?", "history": turns}
    (tmp_path / "queries.jsonl.gz").write_bytes(gzip.compress(json.dumps(query).encode()))
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\ta\t1\n")
    (question,) = read_questions(tmp_path).questions
    assert question.history == ("Who?",)
