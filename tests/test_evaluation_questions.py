"""Reading question sets: each format's questions, and one line for what cannot be read."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from quoth.errors import UsageError
from quoth.evaluation import Gold, Question, read_questions


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def plain(question: Question) -> tuple[object, ...]:
    return (question.id, question.question, question.answerable, question.gold, question.answers)


def test_json_lines_have_all_that_a_set_may_say(tmp_path: Path) -> None:
    record = {
        "id": "q1",
        "question": "And why?",
        "gold": [{"source": "a.txt", "quote": "Because."}, {"source": "b.txt"}],
        "answers": ["because"],
        "history": ["Who?"],
        "all_sources_needed": True,
        "kind": "why",
        "split": "dev",
    }
    file = written(tmp_path / "q.jsonl", json.dumps(record) + "\n\n")
    (found,) = read_questions(file).questions
    assert found == Question(
        "q1", "And why?", True, (Gold("a.txt", "Because."), Gold("b.txt")), ("because",),
        ("Who?",), True, "why", "dev", f"{file}:1",
    )  # fmt: skip


def test_a_question_without_gold_or_answers_is_not_answerable(tmp_path: Path) -> None:
    file = written(tmp_path / "q.jsonl", '{"question": "Why?"}\n{"question": "How?"}')
    assert [plain(one) for one in read_questions(file).questions] == [
        ("1", "Why?", False, (), ()),
        ("2", "How?", False, (), ()),
    ]


def test_csv_columns_are_found_by_name_in_any_order(tmp_path: Path) -> None:
    file = written(
        tmp_path / "q.csv",
        'Source,Question,answer\r\na.txt,Who came?,"Ann, and\nBob"\r\n,Why?,\r\n,When?,1931\r\n',
    )
    assert [plain(one) for one in read_questions(file).questions] == [
        ("3", "Who came?", True, (Gold("a.txt", "Ann, and\nBob"),), ("Ann, and\nBob",)),
        ("4", "Why?", False, (), ()),
        ("5", "When?", True, (), ("1931",)),
    ]


def squad(**asked: object) -> str:
    paragraph = {
        "context": "It opened in 1931.",
        "qas": [{"id": "s1", "question": "When?"} | asked],
    }
    return json.dumps({"version": "2.0", "data": [{"title": "Hall", "paragraphs": [paragraph]}]})


def test_squad_answers_stand_in_their_context(tmp_path: Path) -> None:
    answer = {"text": "1931", "answer_start": 13}
    file = written(tmp_path / "dev.json", squad(answers=[answer, answer]))
    (found,) = read_questions(file).questions
    assert plain(found) == (
        "s1", "When?", True, (Gold("", "1931", "It opened in 1931.", 13),), ("1931",)
    )  # fmt: skip
    assert found.kind == "Hall"


def test_impossible_questions_of_squad_have_no_gold(tmp_path: Path) -> None:
    file = written(tmp_path / "dev.json", squad(answers=[], is_impossible=True))
    (found,) = read_questions(file).questions
    assert plain(found) == ("s1", "When?", False, (), ())


def test_a_beir_folder_has_articles_as_gold(tmp_path: Path) -> None:
    written(
        tmp_path / "queries.jsonl", '{"_id": "1", "text": "Who?"}\n{"_id": "2", "text": "What?"}'
    )
    written(
        tmp_path / "qrels" / "test.tsv", "query-id\tcorpus-id\tscore\n1\ta\t1\n1\tb\t0\n1\tc\t2\n"
    )
    (found,) = read_questions(tmp_path).questions
    assert plain(found) == ("1", "Who?", True, (Gold("a"), Gold("c")), ())


def test_a_beir_query_may_have_answers(tmp_path: Path) -> None:
    written(tmp_path / "queries.jsonl", '{"_id": "1", "text": "Who?", "answers": ["Ann"]}')
    written(tmp_path / "qrels.tsv", "1\ta\t1\n")
    (found,) = read_questions(tmp_path).questions
    assert found.answers == ("Ann",)


def test_gold_may_say_where_it_starts(tmp_path: Path) -> None:
    file = written(
        tmp_path / "q.jsonl",
        '{"question": "Who?", "gold": [{"source": "a", "quote": "Ann", "start": 7}]}',
    )
    (found,) = read_questions(file).questions
    assert found.gold == (Gold("a", "Ann", start=7),)


def test_a_set_may_be_gzipped(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl.gz"
    file.write_bytes(gzip.compress(b'{"question": "Why?"}'))
    assert [one.question for one in read_questions(file).questions] == ["Why?"]


def test_one_split_can_be_taken(tmp_path: Path) -> None:
    file = written(
        tmp_path / "q.jsonl",
        '{"question": "A?", "split": "dev"}\n{"question": "B?", "split": "test"}',
    )
    assert [one.question for one in read_questions(file, split="test").questions] == ["B?"]


def test_the_hash_is_of_the_whole_file(tmp_path: Path) -> None:
    one = written(tmp_path / "1.jsonl", '{"question": "A?", "split": "dev"}')
    other = written(tmp_path / "2.jsonl", '{"question": "A?", "split": "dev"}\n{"question": "B?"}')
    assert read_questions(one).sha256 != read_questions(other, split="dev").sha256


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("q.jsonl", '{"question": "Why?"}\n{"question"\n', "{file}:2: this is not JSON: "),
        ("q.jsonl", '["Why?"]', '{file}:1: expected an object such as {{"question": "Why?"}}'),
        ("q.jsonl", '\n{"text": "Why?"}', "{file}:2: 'question' is missing: it must be a text"),
        ("q.jsonl", '{"question": 7}', "{file}:1: 'question' is 7: it must be a text"),
        (
            "q.jsonl",
            '{"question": "Why?", "gold": "a.txt"}',
            "{file}:1: 'gold' is 'a.txt': it must be a list of objects",
        ),
        (
            "q.jsonl",
            '{"question": "Why?", "gold": [{"quote": "x"}]}',
            "{file}:1: 'source' is missing: it must be a text",
        ),
        (
            "q.jsonl",
            '{"question": "Why?", "answerable": "no"}',
            "{file}:1: 'answerable' is 'no': it must be true or false",
        ),
        (
            "q.jsonl",
            '{"question": "Why?", "answerable": false, "gold": [{"source": "a"}]}',
            "{file}:1: it is not answerable, yet has gold: remove one of the two",
        ),
        (
            "q.jsonl",
            '{"id": 1, "question": "A?"}\n{"id": "1", "question": "B?"}',
            "{file}:2: id '1' is that of {file}:1 too: change one",
        ),
        ("q.jsonl", " \n", "no questions in '{file}': expected one a line"),
        (
            "q.csv",
            "",
            "{file}:1: no column 'question': expected question, answer, source, not none",
        ),
        (
            "q.csv",
            "question,quote\nWho?,Ann",
            "{file}:2: a quote without 'source': name the article",
        ),
        ("q.json", "{", "{file}:1: this is not JSON: "),
        ("q.json", '{"data": [{"title": "x"}]}', "{file}:1: this is not SQuAD: KeyError: "),
        (
            "q.json",
            squad(answers=[{"text": "1931", "answer_start": 2}]),
            "{file}: s1: '1931' does not stand at 2",
        ),
        ("q.txt", "Why?", "cannot read '{file}': expected .jsonl, .csv, .json (or .gz of one)"),
    ],
)
def test_a_bad_set_gets_one_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    file = written(tmp_path / name, text)
    with pytest.raises(UsageError) as error:
        read_questions(file)
    assert str(error.value).startswith(message.format(file=file))
    assert "\n" not in str(error.value)


def test_bytes_that_are_not_utf_8_are_named_by_line(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_bytes(b'{"question": "Why?"}\n{"question": "\xff?"}\n')
    with pytest.raises(UsageError, match=r":2: this is not UTF-8: convert the file$"):
        read_questions(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^no file '.*none\.jsonl': check the path$"):
        read_questions(tmp_path / "none.jsonl")


def test_a_split_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    file = written(tmp_path / "q.jsonl", '{"question": "A?", "split": "dev"}')
    with pytest.raises(UsageError, match=r"^no questions of split 'tset' in '.*': it has dev$"):
        read_questions(file, split="tset")


def test_a_folder_that_is_no_beir_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^no queries\.jsonl in "):
        read_questions(tmp_path)
