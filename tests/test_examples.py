"""The examples do what they say, run as a newcomer runs them: from the repository's root."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from quoth import Index

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def output(name: str, *arguments: str | Path) -> str:
    """What the script prints; it must succeed and write nothing to stderr."""
    done = subprocess.run(
        [sys.executable, f"examples/{name}", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_there_are_three() -> None:
    assert [path.name for path in EXAMPLES] == [
        "ask_questions_from_csv.py",
        "quotes_for_own_text.py",
        "search_from_python.py",
    ]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_has_less_than_20_lines(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) < 20


def test_search_prints_five_hits_with_their_places(seeds_index: Path) -> None:
    """Each hit's two lines: rank, source, place, score and title; the first 90 characters."""
    lines = output("search_from_python.py", seeds_index).splitlines()
    heads, texts = lines[::2], lines[1::2]
    scores = []
    with Index.open(seeds_index) as index:
        for rank, (head, text) in enumerate(zip(heads, texts, strict=True), 1):
            found = re.fullmatch(r"(\d)\. (\S+) (\d+)-(\d+)  (\d\.\d\d)  (.+)", head)
            assert found
            number, source, start, end, score, title = found.groups()
            article = index.article(source)
            slice_ = " ".join(article.text[int(start) : int(end)].split())
            assert (int(number), title, text) == (rank, article.title, f"   {slice_[:90]} …")
            scores.append(float(score))
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)
    assert "Iran’s got drones." in texts[0]


def test_a_list_of_questions_becomes_a_table_of_answers(seeds_index: Path) -> None:
    """One row for each question, in order; a quote is a slice, and missing where it abstains."""
    rows = list(csv.DictReader(io.StringIO(output("ask_questions_from_csv.py", seeds_index))))
    with open(ROOT / "examples" / "questions.csv", encoding="utf-8", newline="") as file:
        questions = [row["question"] for row in csv.DictReader(file)]
    assert [row["question"] for row in rows] == questions
    assert [row["status"] for row in rows] == ["answered", "answered", "answered", "abstained"]
    answers = ("10,000 to 30,000 soldiers", "Donbas", "Kim Il Sung")
    with Index.open(seeds_index) as index:
        for row, words in zip(rows, answers, strict=False):
            text = index.article(row["source"]).text
            assert text[int(row["start"]) : int(row["end"])] == row["quote"]
            assert words in row["quote"]
    assert {**rows[3], "question": "", "confidence": ""} == {
        "question": "",
        "status": "abstained",
        "confidence": "",
        **dict.fromkeys(("quote", "source", "start", "end"), ""),
    }
    sure = [float(row["confidence"]) for row in rows]
    assert all(0 <= one <= 1 for one in sure)
    assert sure[0] > sure[3] == min(sure)


def test_an_own_text_is_quoted_without_an_index(tmp_path: Path) -> None:
    lines = output("quotes_for_own_text.py").splitlines()
    relevance, quote = lines
    found = re.fullmatch(r"25-92  (0\.\d\d)  (.+)", quote)
    assert found
    assert found[2] == "You may bring goods back within two weeks, if you kept the receipt."
    assert relevance == f"relevance {found[1]}"
