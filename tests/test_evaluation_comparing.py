"""Two runs side by side."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from quoth.errors import UsageError
from quoth.evaluation import Difference, Run, compare, requirement, unmet
from quoth.evaluation.outcomes import Given, Outcome
from quoth.evaluation.report import comparison_text, report_html
from quoth.evaluation.runs import Settings
from quoth.records import Metadata, Span

SETTINGS = Settings("0.1", "minilm", "f", "own", "f0", 0.5, "hybrid", 20, 160, 3, 60, "abc", "")


def outcome(number: int, right: bool, ms: float = 10.0) -> Outcome:
    quote = Given(1, "Yes.", "a", "A", "", 0, 4, 0.8, (), "verified", is_gold=right)
    return Outcome(
        f"q{number}", f"Why {number}?", "", True, True, 0.8, (quote,), (), (), (), (), (), "", ms,
        values={"quote@1": float(right)},
    )  # fmt: skip


def test_an_outcome_comes_back_from_json_as_it_was() -> None:
    metadata = Metadata("Ann", "2024-05", "https://example.org", (0, 17))
    one = outcome(1, True)
    one = replace(one, quotes=(replace(one.quotes[0], metadata=metadata),))
    assert Outcome.from_json(json.loads(json.dumps(one.to_json()))) == one


def run(rights: list[bool], settings: Settings = SETTINGS) -> Run:
    outcomes = tuple(outcome(n, right, 10.0 + n % 7) for n, right in enumerate(rights))
    return Run("set", "1234", "2026-01-01T00:00:00+00:00", settings, {}, outcomes)


FEW, MANY = [n % 4 == 0 for n in range(40)], [n % 4 != 0 or n == 0 for n in range(40)]


def of(first: Run, second: Run, metric: str = "quote@1") -> Difference:
    return next(one for one in compare(first, second).differences if one.metric == metric)


def test_what_is_much_better_is_called_better() -> None:
    found = of(run(FEW), run(MANY))
    assert (found.first, found.second, found.questions) == (0.25, pytest.approx(31 / 40), 40)
    assert found.low > 0.2
    assert found.p < 0.01
    assert found.verdict == "better"


def test_the_other_way_round_it_is_worse() -> None:
    assert of(run(MANY), run(FEW)).verdict == "worse"


def test_two_runs_that_are_alike_do_not_differ() -> None:
    found = of(run(FEW), run(FEW))
    assert (found.low, found.high, found.p, found.verdict) == (0, 0, 1, "")


def test_one_question_more_proves_nothing() -> None:
    found = of(run(FEW), run([True, True, *FEW[2:]]))
    assert found.second > found.first
    assert found.p > 0.5
    assert found.verdict == ""


def test_more_time_is_worse() -> None:
    slow = run(FEW)
    slower = replace(
        slow, outcomes=tuple(replace(one, elapsed_ms=one.elapsed_ms + 50) for one in slow.outcomes)
    )
    assert of(slow, slower, "p50_ms").verdict == "worse"


def test_questions_that_changed_sides_are_listed() -> None:
    found = compare(run([True, False, False]), run([False, True, False]))
    assert [second.id for _, second in found.gained] == ["q1"]
    assert [second.id for _, second in found.lost] == ["q0"]


def test_runs_of_unlike_things_say_so() -> None:
    other = replace(SETTINGS, reader="large", articles_sha256="def")
    found = compare(run(FEW), replace(run(FEW, other), questions_sha256="5678"))
    assert found.unlike == (
        "questions: set and set differ", "reader: own and large", "articles_sha256: abc and def"
    )  # fmt: skip


def test_runs_on_unlike_machines_say_so() -> None:
    there = replace(run(FEW), platform={"processors": "8"})
    assert compare(replace(run(FEW), platform={"processors": "2"}), there).unlike == (
        "processors: 2 and 8",
    )


def test_only_questions_of_both_runs_are_compared() -> None:
    found = compare(run(FEW), run(FEW[:30]))
    assert len(found.only) == 10
    assert {one.questions for one in found.differences} == {30}


def test_runs_that_share_no_question_are_refused() -> None:
    other = run(FEW)
    other = replace(other, outcomes=tuple(replace(one, id=f"x{one.id}") for one in other.outcomes))
    with pytest.raises(UsageError, match=r"^the two runs share no question: "):
        compare(run(FEW), other)


def test_the_text_shows_the_figures_and_who_changed_sides() -> None:
    lines = comparison_text(compare(run(FEW), run(MANY))).splitlines()
    assert any(line.startswith("quote@1") and line.endswith("better") for line in lines)
    assert "better now: 30 questions" in lines
    assert "  q1  Why 1?" in lines


# -- saved runs


def test_a_run_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    first = run(FEW)
    first.save(tmp_path / "run.json")
    assert Run.load(tmp_path / "run.json") == first


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}'])
def test_what_is_no_run_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "run.json"
    file.write_text(text)
    with pytest.raises(UsageError, match=r"^no run in '.*': expected a file that `quoth eval"):
        Run.load(file)


def test_a_run_of_another_format_is_told(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text('{"format": 99}')
    with pytest.raises(UsageError, match=r"has format 99, this quoth reads 1"):
        Run.load(file)


def test_a_run_is_a_frame_with_a_row_a_question() -> None:
    frame = run(FEW).frame()
    assert frame["quote@1"].tolist() == [float(right) for right in FEW]
    assert frame.loc[1, "question"] == "Why 1?"


# -- requirements


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("quote@1>=0.25", []),
        ("quote@1 >= 0.3", ["quote@1>=0.3 is not met: it is 0.250 ["]),
        ("p95_ms<=20", []),
        ("p95_ms<=5", ["p95_ms<=5 is not met: it is 1"]),
        ("f1>=0.1", ["f1>=0.1 is not met: it is not measured here"]),
    ],
)
def test_what_falls_short_is_said_in_one_line(text: str, lines: list[str]) -> None:
    found = unmet(run(FEW), [requirement(text)])
    assert len(found) == len(lines)
    assert all(one.startswith(start) for one, start in zip(found, lines, strict=True))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("quote@1", "cannot read the requirement 'quote@1': write one such as quote@1>=0.8"),
        ("quote1>=0.8", "unknown metric 'quote1': did you mean 'quote@1'?"),
        ("zzz>=0.8", "unknown metric 'zzz': choose recall@1, "),
        ("quote@1>=0.8.1", "the bound of 'quote@1>=0.8.1' is no number: '0.8.1'"),
    ],
)
def test_a_requirement_that_cannot_be_read_is_told(text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        requirement(text)
    assert str(error.value).startswith(message)


def test_the_report_marks_the_words_where_they_stand() -> None:
    """Not where the same words stand first."""
    one = outcome(0, True)
    quote = replace(one.quotes[0], text="<No>, no.", end=9, highlights=(Span(6, 8),))
    found = report_html(replace(run(FEW), outcomes=(replace(one, quotes=(quote,)),)))
    assert "&lt;No&gt;, <mark>no</mark>." in found
