"""`quoth eval, compare, calibrate` as a newcomer would use them, and the report in a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import SEEDS, Run
from playwright.sync_api import Browser, Page

pytest_plugins = ("web_fixtures",)

SOURCE = "002_25d210e1b67ffbeb.txt"
QUOTE = "Putin could have “bought” from Kim some 10,000 to 30,000 soldiers."
SET = [
    {"id": "1", "question": "How many soldiers might Kim have sold to Putin?", "kind": "number",
     "gold": [{"source": SOURCE, "quote": QUOTE}], "answers": ["10,000 to 30,000"]},
    {"id": "2", "question": "Which vitamins are there in spinach?", "answerable": False,
     "kind": "off-topic"},
    {"id": "3", "question": "Who sold <b>soldiers</b>?", "kind": "who",
     "gold": [{"source": SOURCE, "quote": QUOTE}]},
]  # fmt: skip


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("set") / "questions.jsonl"
    file.write_text("\n".join(map(json.dumps, SET)), "utf-8")
    return file


@pytest.fixture(scope="module")
def made(run_here: Run, seeds_index: Path, questions: Path) -> Path:
    """A folder with a report, a Markdown summary, a run and what was printed."""
    folder = questions.parent
    done = run_here(
        "eval", questions, "--index", seeds_index, "--report", folder / "report.html",
        "--markdown", folder / "summary.md", "--save", folder / "run.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (folder / "printed.txt").write_text(done.stdout, "utf-8")
    return folder


def test_it_prints_figures_with_intervals_and_why_questions_failed(made: Path) -> None:
    printed = (made / "printed.txt").read_text("utf-8")
    assert "of 2 answerable questions got a right quote; on 1 of 1 others it abstained" in printed
    assert any(
        line.split()[0] == "quote@1" and "[" in line for line in printed.splitlines() if line
    )
    assert "verbatim          1.000 [1.000, 1.000]" in printed


def test_markdown_is_short_and_has_the_headlines(made: Path) -> None:
    text = (made / "summary.md").read_text("utf-8")
    assert "| quote@1 |" in text
    assert len(text.splitlines()) < 30


def test_a_run_compared_with_itself_does_not_differ(run_here: Run, made: Path) -> None:
    done = run_here("compare", made / "run.json", made / "run.json")
    assert done.returncode == 0, done.stderr
    assert "better now: 0 questions" in done.stdout
    assert "unlike" not in done.stdout


def test_json_has_the_summary_and_no_nan(run_here: Run, seeds_index: Path, questions: Path) -> None:
    done = run_here("eval", questions, "--index", seeds_index, "--json")
    found = json.loads(done.stdout, parse_constant=pytest.fail)
    assert found["summary"]["quote@3"]["questions"] == 2
    assert found["settings"]["reader"] == "own"


def test_a_requirement_that_is_met_ends_with_0_and_one_that_is_not_with_1(
    run_here: Run, seeds_index: Path, questions: Path
) -> None:
    options = ("eval", questions, "--index", seeds_index, "--require")
    assert run_here(*options, "verbatim>=1").returncode == 0
    done = run_here(*options, "mrr>=1.1")
    assert done.returncode == 1
    assert done.stderr.startswith("quoth: mrr>=1.1 is not met: it is ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["eval", "none.jsonl"], "quoth: no file 'none.jsonl': check the path"),
        (["eval", "x.jsonl", "--require", "quote1>=1"], "quoth: unknown metric 'quote1': did you"),
        (["compare", "a.json", "b.json"], "quoth: cannot read 'a.json': No such file"),
        (["calibrate", "x.jsonl", "--precision", "2"], "quoth: --precision is '2': it must be"),
        (["eval", "x.jsonl", "--save", "no/run.json"], "quoth: cannot write 'no/run.json': name a"),
        (["eval", "x.jsonl", "--report", "."], "quoth: cannot write '.': name a file in a folder"),
        (["calibrate"], "quoth: no questions given: expected quoth calibrate QUESTIONS"),
        (["sweep", "x.jsonl", "--sizes", "9"], "quoth: --sizes has '9': it must be a whole"),
        (["sweep", "x.jsonl", "--modes", "dens"], "quoth: unknown choice 'dens': did you mean"),
        (["eval", "x.jsonl", "--mode", "dens"], "quoth: unknown mode 'dens': did you mean"),
    ],
)
def test_mistakes_get_one_line_and_2(
    run_here: Run, tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = run_here(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


def test_check_says_what_is_wrong(run_here: Run, seeds_index: Path, tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    wrong = SET[0] | {"gold": [{"source": SOURCE, "quote": QUOTE.replace("bought", "hired")}]}
    file.write_text(json.dumps(wrong))
    done = run_here("eval", file, "--index", seeds_index, "--check")
    assert done.returncode == 1
    assert f"nearest: {SOURCE}:2407-2473 {QUOTE}" in done.stdout


def test_calibrating_on_few_questions_is_refused(
    run_here: Run, own_index: Path, questions: Path
) -> None:
    done = run_here("calibrate", questions, "--index", own_index)
    assert done.returncode == 2
    assert done.stderr.startswith("quoth: too few questions to calibrate on: ")


def test_calibrating_moves_confidence_and_forgetting_brings_it_back(
    run_here: Run, own_index: Path
) -> None:
    options = ("--index", own_index, "--reader", "none")
    asked = ("ask", "How many soldiers might Kim have sold to Putin?", *options, "--json")
    before = json.loads(run_here(*asked).stdout)["confidence"]
    done = run_here("calibrate", SEEDS / "questions.jsonl", *options, "--precision", "0.5")
    assert done.returncode == 0, done.stderr
    assert "of first quotes are right\ncost: " in done.stdout
    after = json.loads(run_here(*asked).stdout)["confidence"]
    assert after != before
    assert run_here("calibrate", "--forget", *options).returncode == 0
    assert json.loads(run_here(*asked).stdout)["confidence"] == before


def test_a_sweep_marks_what_none_beats(run_here: Run, seeds_index: Path, questions: Path) -> None:
    done = run_here(
        "sweep", questions, "--index", seeds_index, "--sizes", "160", "--modes", "hybrid,lexical",
        "--candidates", "5", "--readers", "none",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if " none " in line and "160" in line]
    assert len(rows) == 2
    assert any(row.startswith("*") for row in rows)


# -- the report


@pytest.fixture
def page(browser: Browser, made: Path) -> Iterator[Page]:
    """The report opened from disk; no request to anywhere, no error in the console."""
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    page = context.new_page()
    requests: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else 0
    )
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((made / "report.html").as_uri())
    yield page
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert errors == []
    context.close()


def shown(page: Page) -> list[str]:
    return [row.inner_text() for row in page.locator("#table tbody:visible summary").all()]


def test_the_report_shows_every_question_with_its_text_as_it_is(page: Page) -> None:
    assert shown(page) == [one["question"] for one in SET]


def test_questions_are_sorted_by_any_column(page: Page) -> None:
    page.get_by_role("button", name="question").click()
    assert shown(page) == sorted(str(one["question"]) for one in SET)
    page.get_by_role("button", name="question").click()
    assert shown(page) == sorted((str(one["question"]) for one in SET), reverse=True)


def test_questions_are_filtered_by_words(page: Page) -> None:
    page.get_by_label("with the words").fill("spinach")
    assert shown(page) == ["Which vitamins are there in spinach?"]
    assert page.locator("#shown").inner_text() == "1 shown"


def test_given_and_gold_stand_side_by_side(page: Page) -> None:
    page.locator("summary").first.click()
    sides = page.locator("details[open] .sides > div")
    assert QUOTE in sides.nth(0).inner_text()
    assert QUOTE in sides.nth(1).inner_text()
    assert sides.nth(1).locator("mark").inner_text() == "10,000 to 30,000"


def test_every_picture_says_in_words_what_it_shows(page: Page) -> None:
    pictures = page.locator("figure img").all()
    assert len(pictures) >= 4
    assert all(picture.get_attribute("alt") for picture in pictures)
    assert all(picture.evaluate("one => one.naturalWidth > 0") for picture in pictures)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.locator("summary").first.click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_on_a_telephone_nothing_but_the_tables_scrolls_sideways(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
