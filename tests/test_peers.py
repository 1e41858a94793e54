"""The comparison with other frameworks, without their environments: quoth and a small fake."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from quoth.evaluation import Question
from quoth.evaluation.records import Gold

ROOT = Path(__file__).parent.parent
FAKE = Path(__file__).parent / "fake_peer.py"
TEXTS = {
    "tea.txt": "Tea is grown in Assam. It is picked by hand.",
    "salt.txt": "Salt is won from the sea. It is dried in the sun for nine days.",
}
HAND = Gold("tea.txt", "It is picked by hand.")
QUESTIONS = (
    Question("1", "How is tea picked?", True, (HAND,)),
    Question("2", "How long is salt dried?", True, (Gold("salt.txt", "nine days"),)),
    Question("3", "Who paints ships?", False),
)

OTHERS = tuple(Question(f"more {each}", "Who paints ships?", False) for each in range(5))

sys.path.append(str(ROOT / "benchmarks"))

from peers import arms, corpora, environments, processes, quality, ratios, rounds, tables  # noqa: E402
from peers.figures import Figures, figures  # noqa: E402


def fake(configuration: str) -> arms.Arm:
    return arms.Arm("fake", configuration, Path(sys.executable), FAKE, f"fake-{configuration}")


def shown(source: str, text: str) -> quality.Shown:
    return quality.located(TEXTS, {"source": source, "text": text, "start": None})


# -- arms


def test_every_peer_has_a_worker_and_pinned_requirements() -> None:
    for arm in arms.peers():
        assert arm.worker.is_file()
    files = [environments.REQUIREMENTS / f"{name}{more}.txt"
             for name in environments.PEERS for more in ("", "-best")]  # fmt: skip
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    assert [line for line in lines if not re.fullmatch(r"[\w.\[\]-]+==[\w.]+", line)] == []


def test_quoth_comes_before_each_group_of_peers_with_all_its_forms_alike() -> None:
    ours = [fake(name) for name in "xyz"]
    others = [fake(name) for name in "abcd"]
    turns = arms.in_turns(others, ours, every=2, turn=0)
    assert [arm.configuration for arm in turns] == ["x", "a", "b", "y", "c", "d", "z"]


def test_peers_begin_elsewhere_each_turn() -> None:
    others = [fake(name) for name in "abcd"]
    turns = arms.in_turns(others, [fake("x")], every=4, turn=1)
    assert [arm.configuration for arm in turns] == ["x", "d", "a", "b", "c"]


# -- quality


def test_a_text_whose_blanks_differ_is_found_in_its_article() -> None:
    assert shown("tea.txt", "Assam.\n\nIt is ") == ("tea.txt", 16, 28, 14)


def test_a_text_that_stands_nowhere_has_no_place() -> None:
    assert shown("tea.txt", "Coffee.") == ("tea.txt", 0, 0, 7)


def scored(cut: list[str], seen: list[str], *, quotes: bool = False) -> dict[str, float]:
    articles = quality.KnownArticles(TEXTS, [shown("tea.txt", text) for text in cut])
    found = [shown("tea.txt", text) for text in seen]
    return quality.scores(articles, QUESTIONS[0], found, quotes=quotes)


def test_a_passage_with_part_of_the_gold_is_no_hit_where_another_has_it_whole() -> None:
    whole, part = "It is picked by hand.", "Assam. It is picked"
    found = scored([whole, part], [part, whole])
    assert [found[name] for name in ("hit@1", "hit@5", "quote@1")] == [0, 1, 1]


def test_a_passage_with_part_of_the_gold_is_a_hit_where_all_cut_it_apart() -> None:
    first, second = "Tea is grown in Assam. It is", "picked by hand."
    assert scored([first, second], [second])["hit@1"] == 1


def test_quotes_have_no_hits() -> None:
    assert not [name for name in scored([], [HAND.quote], quotes=True) if "hit" in name]


def test_characters_are_read_from_the_first_text_to_the_end_of_the_gold() -> None:
    place = quality.Place("tea.txt", 23, 44)
    before = shown("salt.txt", TEXTS["salt.txt"])
    assert quality.read_until([before, shown("tea.txt", TEXTS["tea.txt"])], [place]) == 63 + 44
    assert quality.read_until([before], [place]) == float("inf")


# -- ratios


def test_a_ratio_of_constants_is_sure() -> None:
    found = ratios.ratio(np.full((3, 5), 8.0), np.full((2, 5), 2.0), ratios.median)
    assert found == ratios.Interval(4, 4, 4)


def test_a_ratio_of_two_single_runs_has_no_interval() -> None:
    found = ratios.ratio(np.array([[3.0]]), np.array([[2.0]]), ratios.median)
    assert (str(found), found.is_below(2)) == ("1.50", False)


def test_a_difference_counts_the_questions_in_pairs() -> None:
    right = np.array([1.0, 0.0, 1.0, 0.0])
    assert ratios.difference(right + 0.25, right) == ratios.Interval(0.25, 0.25, 0.25)


# -- words


def with_times(name: str, ms: float, *, is_own: bool) -> Figures:
    arm = arms.Arm(name, "search", Path(), Path(), name, is_own=is_own)
    many, one = np.full((2, 4), ms), np.full((2, 1), 1.0)
    return Figures(arm, ms=many, cold=one, memory=one, index_seconds=one, index_memory=one, disk=1)


def test_where_a_peer_is_faster_it_is_told() -> None:
    found = [with_times("fast", 1, is_own=False), with_times("quoth", 4, is_own=True)]
    lines = tables.ahead(found)
    takes = "0.25 [0.25, 0.25] of what quoth search takes"
    assert lines == [f"- p50: fast search, {takes}", f"- p95: fast search, {takes}"]


def test_where_none_is_faster_that_is_told() -> None:
    found = [with_times("slow", 9, is_own=False), with_times("quoth", 4, is_own=True)]
    assert tables.ahead(found) == ["- Nowhere in this run."]


# -- the whole, in small


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[dict]]:
    """What is told of quoth's search, a fake peer and one that fails; and the runs."""
    folder = tmp_path_factory.mktemp("peers")
    lines = [json.dumps({"_id": one, "title": "", "text": text}) for one, text in TEXTS.items()]
    (folder / "articles.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    corpus = corpora.Corpus(
        "small", "Small", folder / "articles.jsonl", QUESTIONS + OTHERS, asked=1
    )
    place = rounds.Place(folder / "runs", {"": folder})
    others, ours = [fake("default"), fake("broken")], arms.own()[:1]
    rounds.measure(corpus, others, ours, place, lambda line: None)
    found = figures(corpus, [*others, *ours], place, {"quoth search": 2.0}, _letters)
    return tables.part(corpus, found), corpora.read_lines(place.runs)


def _letters(texts: list[str]) -> list[int]:
    return [len(text) for text in texts]


def test_each_arm_is_run_in_turn(told: tuple[str, list[dict]]) -> None:
    done = [(run["did"], run["arm"], "error" in run) for run in told[1]]
    assert done == [
        ("indexed", "quoth search", False),
        ("indexed", "fake default", False),
        ("indexed", "fake broken", True),
        ("asked", "quoth search", False),
        ("asked", "fake default", False),
    ]


def test_runs_are_measured(told: tuple[str, list[dict]]) -> None:
    for run in told[1]:
        assert "error" in run or (run["seconds"] > 0 and run["memory"] > 5)


def test_the_same_scorer_judges_both(told: tuple[str, list[dict]]) -> None:
    """The fake shows whole articles in the order of the file: the tea first."""
    quality_part = told[0].partition("### Quality")[2]
    assert "Of the 2 questions that the articles answer." in quality_part
    rows = dict(re.findall(r"\| (fake default|quoth search) \| (\d\.\d{3}) \|", quality_part))
    assert rows == {"fake default": "0.500", "quoth search": "1.000"}


def test_a_peer_that_fails_is_told_with_what_it_said(told: tuple[str, list[dict]]) -> None:
    assert "- fake broken failed: fake broken: ValueError: no such index (" in told[0]


def test_workers_keep_what_they_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else every start of a peer takes half a minute longer."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert "PYTHONDONTWRITEBYTECODE" not in processes.environment()


def test_a_peer_does_not_see_the_path_of_quoth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "src")
    seen = [processes.environment(is_own).get("PYTHONPATH") for is_own in (True, False)]
    assert seen == ["src", None]


def test_a_worker_reaches_no_network(tmp_path: Path) -> None:
    with (
        processes.WorkerProcess(fake("curious"), tmp_path, tmp_path / "log") as worker,
        pytest.raises(processes.WorkerFailedError, match="no network while measuring"),
    ):
        worker.ask(do="open", folder=str(tmp_path))
