"""Clicks that come while an earlier one is worked on: none is lost, and the last is what counts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from web_pages import QUESTION, Visit, ask

pytest_plugins = ("web_fixtures",)

CLICKS = """async ([pause, selectors]) => {
  for (const one of selectors) {
    document.querySelector(one).click();
    if (pause) await new Promise((go) => setTimeout(go, pause));
  }
}"""
PAUSES = pytest.mark.parametrize("pause", [0, 30], ids=["at once", "before an answer"])
"""Milliseconds between clicks: before the browser has asked, and before the server has answered."""


def article(source: str) -> str:
    return f'#answer .aids [data-source="{source}"]'


def click(page: Page, *selectors: str, pause: int = 0) -> None:
    page.evaluate(CLICKS, [pause, selectors])


@PAUSES
def test_of_articles_clicked_in_a_row_the_last_is_shown(visit: Visit, pause: int) -> None:
    page = visit()
    click(page, article("hostile.txt"), article("hostile.txt"), article("trams.txt"), pause=pause)
    expect(page.locator(".pane")).to_have_attribute("data-shown", "trams.txt")


@PAUSES
def test_a_judgement_is_not_lost_between_other_clicks(visit: Visit, pause: int) -> None:
    page = visit()
    ask(page, QUESTION)
    judge = ".newest [data-judge=right]"
    click(page, article("hostile.txt"), judge, article("trams.txt"), pause=pause)
    expect(page.locator(".pane")).to_have_attribute("data-shown", "trams.txt")
    expect(page.locator("#status")).to_contain_text("Noted")


@PAUSES
def test_a_question_clicked_twice_is_asked_once(visit: Visit, pause: int) -> None:
    page = visit()
    example = ".aids [data-question]"
    click(page, example, example, pause=pause)
    page.wait_for_selector(".newest .card, .newest .answer")
    click(page, article("trams.txt"))  # which comes after whatever was asked
    expect(page.locator(".pane")).to_have_attribute("data-shown", "trams.txt")
    expect(page.locator(".asked")).to_have_count(1)
