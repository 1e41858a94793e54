"""Question sets run for visitors: which there are, one run at a time, and how it is shown."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_indexes import build, write
from web_html import Texts

from quoth import Answerer
from quoth.errors import IndexBusyError, UsageError
from quoth.evaluation.judgements import Judgement, append
from quoth.web import measured_html, measured_plots
from quoth.web.judging import judgements_path
from quoth.web.measuring import Bench, CancelledError

DRONE = {"source": "drones.txt", "quote": "The drone fell into the wheat."}
LAMP = {"source": "ferries.txt", "quote": "It has one lantern."}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with build(write(tmp_path / "articles"), tmp_path / "index") as index:
        yield Bench(Answerer(index, reader="none", threshold=0.5))


def question_set(path: Path, *records: dict[str, object]) -> Path:
    path.write_text("".join(f"{json.dumps(one)}\n" for one in records), "utf-8")
    return path


def ask(number: int, text: str, *gold: dict[str, str]) -> dict[str, object]:
    return {"id": str(number), "question": text, "answerable": bool(gold), "gold": [*gold]}


@pytest.fixture
def three(tmp_path: Path) -> Path:
    return question_set(
        tmp_path / "three.jsonl",
        ask(1, "The drone fell into the wheat.", DRONE),
        ask(2, "Why is it <b>lit</b>?", LAMP),
        ask(3, "How long does bread bake?"),
    )


def test_the_sets_are_the_judgements_and_what_lies_beside_the_articles(
    bench: Bench, tmp_path: Path
) -> None:
    assert bench.sets() == {}
    append(judgements_path(bench.index), Judgement("Why?", "none"))
    beside = question_set(tmp_path / "articles" / "questions.jsonl", ask(1, "Why?"))
    assert bench.sets() == {
        "What was judged here": judgements_path(bench.index),
        "The questions beside the articles": beside,
    }


def test_a_run_tells_how_far_it_is(bench: Bench, three: Path) -> None:
    told: list[tuple[str, int, int]] = []
    found = bench.measure(three, progress=lambda *step: told.append(step))
    assert [one.id for one in found.run.outcomes] == ["1", "2", "3"]
    assert told == [("asking", number, 3) for number in range(4)]


def test_questions_about_articles_that_are_gone_are_left_out(bench: Bench, three: Path) -> None:
    bench.index.remove("ferries.txt")
    found = bench.measure(three)
    assert ([one.id for one in found.run.outcomes], found.left_out) == (["1", "3"], 1)
    assert "1 question is left out" in Texts(measured_html.measured_html(found)).text


def test_a_set_about_other_articles_is_told(bench: Bench, tmp_path: Path) -> None:
    other = question_set(tmp_path / "o.jsonl", ask(1, "Why?", {"source": "x", "quote": "y"}))
    with pytest.raises(UsageError, match=r"^none of the 1 questions is about articles of this"):
        bench.measure(other)


def test_what_is_wrong_with_a_set_is_told_without_its_folder(bench: Bench, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{oops}\n")
    with pytest.raises(UsageError, match=r"^bad.jsonl:1: this is not JSON"):
        bench.measure(bad)


def test_a_sample_is_always_the_same(bench: Bench, tmp_path: Path) -> None:
    many = question_set(tmp_path / "m.jsonl", *(ask(n, f"Is {n} a ferry?") for n in range(30)))
    first, again = bench.measure(many, most=5).run, bench.measure(many, most=5).run
    assert [one.id for one in first.outcomes] == [one.id for one in again.outcomes]
    assert (len(first.outcomes), first.questions) == (5, "m.jsonl, 5 of 30")


def test_one_evaluation_runs_at_a_time_and_who_began_it_may_cancel(
    bench: Bench, three: Path
) -> None:
    begun, go_on, told = threading.Event(), threading.Event(), []

    def progress(stage: str, done: int, total: int) -> None:
        begun.set()
        go_on.wait(30)

    def run() -> None:
        try:
            bench.measure(three, visitor="ann", progress=progress)
        except CancelledError as error:
            told.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    begun.wait(30)
    assert bench.answerer.ask("Where did the drone fall?").nearest, "others ask meanwhile"
    with pytest.raises(IndexBusyError, match=r"^another evaluation is running \(0 of 3 questions"):
        bench.measure(three, visitor="bob")
    bench.cancel("bob")
    bench.cancel("ann")
    go_on.set()
    thread.join(30)
    assert len(told) == 1
    assert len(bench.measure(three).run.outcomes) == 3, "and the next may begin"


def test_earlier_runs_of_a_set_are_remembered_unless_one_may_only_read(
    bench: Bench, three: Path
) -> None:
    Bench(bench.answerer, read_only=True).measure(three)
    run = bench.measure(three).run
    (line,) = bench.history(run)
    assert {name: line[name] for name in ("questions", "asked", "quote@1")} == {
        "questions": "three.jsonl", "asked": 3, "quote@1": run.summary["quote@1"].value,
    }  # fmt: skip
    assert measured_plots.history_frame([line])["measure"].tolist() == [
        "first quote right", "right among three", "rightly silent",
    ]  # fmt: skip


def test_a_calibration_is_used_from_the_next_question_on_until_it_is_forgotten(
    tmp_path: Path,
) -> None:
    right = [ask(n, "The drone fell into the wheat.", DRONE) for n in range(12)]
    wrong = [ask(n, "How long does bread bake?") for n in range(12, 24)]
    path = question_set(tmp_path / "q.jsonl", *right, *wrong)
    with build(write(tmp_path / "articles"), tmp_path / "index") as index:
        bench = Bench(Answerer(index, reader="none"))
        before = bench.answerer.threshold
        found = bench.calibration(path)
        assert found.after < found.before
        assert bench.answerer.calibration is None
        bench.use(found)
        assert bench.answerer.calibration == found.calibration
        assert bench.answerer.threshold == found.calibration.threshold
        assert bench.answerer.uncalibrated().threshold == before
        bench.forget()
        assert (bench.answerer.calibration, bench.answerer.threshold) == (None, before)
        with pytest.raises(UsageError, match=r"^this library may only be read here"):
            Bench(bench.answerer, read_only=True).use(found)
        text = Texts(measured_html.calibrated_html(found)).text
        assert f"off by {found.before * 100:.1f} points" in text
        assert f"{found.after * 100:.1f} after" in text


def test_figures_are_told_in_words_and_what_articles_say_is_escaped(
    bench: Bench, three: Path
) -> None:
    found = bench.measure(three)
    shown = Texts(measured_html.measured_html(found))
    assert "It says so, where the articles do not answer" in shown.text
    assert "too few questions to say" in shown.text, "of one question there is no interval"
    failures = Texts(measured_html.failures_html(found.run, measured_plots.told(found.run)))
    assert "Why is it <b>lit</b>?" in failures.text
    assert "b" not in failures.tags


def test_plots_hold_what_the_run_says(bench: Bench, three: Path) -> None:
    run = bench.measure(three).run
    failed = measured_plots.failures_frame(run)
    assert failed["questions"].sum() == sum(map(len, run.failures.values()))
    risk = measured_plots.risk_frame(run)
    assert risk["answered"].iloc[-1] == 1
    assert risk["wrong"].iloc[-1] == pytest.approx(
        sum(not one.is_right for one in run.outcomes) / 3
    )
    lines = measured_plots.reliability_frame(run)
    assert lines[lines["line"] == "as it should be"][["confidence", "right"]].values.tolist() == [
        [0, 0], [1, 1],
    ]  # fmt: skip
