"""The Library and Evaluate tabs, and judging, in a real browser."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from web_pages import NARROW, NOWHERE, QUESTION, TRAMS, Picture, Visit, ask, no_loops, served

from quoth import Index
from quoth.web.app import create_app

pytest_plugins = ("web_fixtures",)

DROP = """([target, files]) => {
  const dataTransfer = new DataTransfer();
  files.forEach(([name, text]) => dataTransfer.items.add(new File([text], name)));
  document.querySelector(target).dispatchEvent(
    new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}"""
REMOVE = """async (names) => {
  for (const name of names) {
    document.querySelector(`#listing [data-remove$="${name}"]`).click();
    const dialog = document.querySelector("#listing dialog");
    dialog.querySelector("[value=remove]").click();
    await new Promise((go) => setTimeout(go, 50));
  }
}"""
"""Each is confirmed, and the next before anything has come of it."""
DEPOT = "When was the tram depot in Rowington opened?"


@pytest.fixture(scope="module")
def index_folder(seeds_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the seeds, whose question set lies beside them."""
    return Path(shutil.copytree(seeds_index, tmp_path_factory.mktemp("library") / "index"))


@pytest.fixture(scope="module")
def app(index_folder: Path) -> Iterator[str]:
    with served(index_folder, "--reader", "none") as address:
        yield address


def turn_to(page: Page, tab: str) -> None:
    page.get_by_role("tab", name=tab).click()
    expect(page.get_by_role("tabpanel").filter(visible=True)).to_have_count(1)


def drop(page: Page, **files: str) -> None:
    """Drops files on the Library tab and waits for their results. `a__txt` is a.txt."""
    named = [(name.replace("__", "."), text) for name, text in files.items()]
    page.evaluate(DROP, ["#drop button", named])
    expect(page.locator(".results .told")).to_be_visible(timeout=30_000)


def listed(page: Page) -> list[str | None]:
    """The sources in the list."""
    boxes = page.locator(".stock-list input").all()
    return [box.get_attribute("value") for box in boxes]


def serious(page: Page) -> list[tuple[str, Any]]:
    """What axe finds serious, and where."""
    found = Axe().run(page).response["violations"]
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def test_what_is_dropped_is_answered_from_at_once_and_can_be_removed(
    visit: Visit, picture: Picture, index_folder: Path
) -> None:
    page = visit()
    turn_to(page, "Library")
    expect(page.get_by_role("heading", name="3 articles")).to_be_visible()
    drop(page, trams__txt=TRAMS, broken__pdf="%PDF-1.4 x")
    told = [one.inner_text() for one in page.locator(".results li").all()]
    assert told == [
        "Not added broken.pdf: it is a damaged or truncated PDF file: save or fetch it again",
        "Added trams.txt",
    ]
    expect(page.get_by_role("heading", name="4 articles")).to_be_visible()
    picture(page)

    turn_to(page, "Ask")
    ask(page, DEPOT)
    card = page.locator(".newest .card").first
    expect(card).to_contain_text("was opened in 1911 by the mayor")
    expect(card.locator(".badge")).to_have_text("✓ verified")

    turn_to(page, "Library")
    page.get_by_label("Find in the library").fill("TRAM")
    expect(page.locator(".stock-list li")).to_have_count(1)
    remove = page.get_by_role("button", name="Remove Trams")
    remove.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Remove “Trams”?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".stock-list li")).to_have_count(1)
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Remove").press("Enter")
    expect(page.locator(".results .removed")).to_have_text("Removed trams.txt")
    expect(page.locator(".stock-head")).to_be_focused()
    assert [*(index_folder / "uploads").iterdir()] == []
    turn_to(page, "Ask")
    ask(page, DEPOT)
    expect(page.locator(".newest .card", has_text="1911")).to_have_count(0)


def test_what_is_removed_while_something_is_removed_is_removed_as_well(visit: Visit) -> None:
    page = visit()
    turn_to(page, "Library")
    drop(page, trams__txt=TRAMS, ferries__txt=TRAMS.replace("tram", "ferry"))
    expect(page.get_by_role("heading", name="5 articles")).to_be_visible()
    page.evaluate(REMOVE, ["trams.txt", "ferries.txt"])
    expect(page.get_by_role("heading", name="3 articles")).to_be_visible()


def test_an_address_that_is_not_public_is_told(visit: Visit, app: str) -> None:
    page = visit()
    turn_to(page, "Library")
    page.get_by_label("Add a page of the web").fill(app)
    page.get_by_role("button", name="Add the page").click()
    expect(page.locator("#results .problem")).to_have_text(
        f"Cannot fetch '{app}': '127.0.0.1' is no address of the public internet."
    )
    expect(page.get_by_label("Add a page of the web")).to_have_value(app)


def test_one_article_alone_can_be_asked(visit: Visit, picture: Picture) -> None:
    page, other = visit(), visit()
    turn_to(page, "Library")
    source = listed(page)[1]
    page.locator(f'[data-only="{source}"]').click()
    expect(page.get_by_role("button", name=f"Only articles “{source}” are asked")).to_be_visible()
    ask(page, QUESTION)
    sources = {card.get_attribute("data-source") for card in page.locator(".choose").all()}
    assert sources == {source}
    expect(page.locator("#status")).to_contain_text("from 1 article")
    picture(page)
    ask(other, QUESTION)
    assert other.locator(".newest .choose").evaluate_all(
        "(cards) => new Set(cards.map((card) => card.dataset.source)).size > 1"
    ), "another visitor still asks all"
    page.get_by_role("button", name="Only articles").click()
    page.get_by_label("From", exact=True).fill("soon")
    page.get_by_label("Question", exact=True).fill("Why?")
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_contain_text("From is 'soon': it must be a date")
    page.get_by_role("button", name="Ask all articles again").click()
    expect(page.get_by_role("button", name="All articles are asked")).to_be_visible()


def test_each_way_to_judge_adds_a_line(visit: Visit, picture: Picture, index_folder: Path) -> None:
    page = visit()
    status = page.locator("#status")
    ask(page, QUESTION)
    quotes = page.locator(".newest blockquote").all_inner_texts()
    for name in ("Quote 1 does not answer it", "Quote 2 answers the question"):
        page.get_by_role("button", name=name).click()
        expect(status).to_contain_text(f"Noted: {name[:7].lower()}")
        expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="It should have said").click()
    expect(status).to_contain_text("Noted: the articles do not answer this.")
    words = page.locator("#article .text mark.chosen").first
    marked = words.inner_text()
    words.select_text()
    page.get_by_role("button", name="These words answer").click()
    expect(status).to_contain_text("Noted: the words that you marked")
    picture(page)

    ask(page, NOWHERE)
    page.get_by_role("button", name="They do answer this").click()
    expect(status).to_contain_text("Which words answer it?")
    page.get_by_role("button", name="True, they do not").click()
    expect(status).to_contain_text("Noted: the articles do not answer this.")
    page.get_by_role("button", name="This is the right quote").first.click()
    expect(status).to_contain_text("Noted: quote 1 answers")
    nearest = page.locator(".newest blockquote").first.inner_text()

    kept = (index_folder / "judgements.jsonl").read_text("utf-8")
    lines = [json.loads(one) for one in kept.splitlines()]
    assert [(one["verdict"], one["question"], one["quote"]) for one in lines] == [
        ("wrong", QUESTION, quotes[0]),
        ("right", QUESTION, quotes[1]),
        ("none", QUESTION, ""),
        ("right", QUESTION, marked),
        ("none", NOWHERE, ""),
        ("right", NOWHERE, nearest),
    ]


def test_a_question_set_is_run_while_others_ask(
    visit: Visit, picture: Picture, tmp_path: Path
) -> None:
    page, other = visit(), visit()
    turn_to(page, "Evaluate")
    page.get_by_label("The questions beside the articles").check()
    most = page.get_by_label("Questions at most")
    most.fill("184")  # more than are asked before the Cancel
    most.blur()
    expect(most).to_have_value("184")
    start = page.get_by_role("button", name="Evaluate", exact=True)
    start.click()
    expect(page.locator("#evaluated").get_by_role("progressbar")).to_be_visible()
    ask(other, QUESTION)
    expect(other.locator(".newest .card").first).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#evaluated .status")).to_have_text("Cancelled.", timeout=30_000)

    page.get_by_label("Questions at most").fill("12")
    start.click()
    expect(page.locator(".measured .verdict")).to_contain_text("answerable", timeout=60_000)
    expect(page.locator(".measured tbody tr").first).to_contain_text("The first quote is right")
    expect(page.locator("#plots canvas, #plots svg.marks").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the report").click()
    assert "questions.jsonl, 12 of 184" in download.value.path().read_text("utf-8")
    picture(page)
    assert serious(page) == []


def test_calibrating_on_too_few_questions_is_told(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    turn_to(page, "Evaluate")
    own = tmp_path / "own.csv"
    own.write_text("question,answer,source\nWhy do boats come?,,\n")
    page.locator("#set-files input[type=file]").set_input_files(own)
    expect(page.get_by_label("Mine: own.csv")).to_be_checked()
    page.get_by_role("button", name="Calibrate on this set").click()
    expect(page.locator("#calibrated .problem")).to_contain_text("Too few questions to calibrate")
    expect(page.get_by_role("button", name="Answer by it")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_library_fits_a_telephone_and_axe_finds_nothing(
    visit: Visit, scheme: str, picture: Picture
) -> None:
    page = visit(viewport=NARROW, color_scheme=scheme)
    for tab in ("Library", "Evaluate"):
        turn_to(page, tab)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert serious(page) == []
    turn_to(page, "Library")
    picture(page)


def test_where_one_may_only_read_nothing_that_writes_is_offered(own_index: Path) -> None:
    with Index.open(own_index) as index, no_loops():
        parts = create_app(index, read_only=True).get_config_file()["components"]
        told = {str(part["props"].get("elem_id")) for part in parts}
        kinds = {part["type"] for part in parts if part["props"].get("visible") is not False}
    assert not told & {"drop", "address", "calibrate-button", "use-button", "forget-button"}
    assert not kinds & {"file", "uploadbutton"}
    assert "listing" in told
