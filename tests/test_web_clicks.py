"""What is asked or clicked while something is worked on: nothing is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect
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


DEPOT = "When was the tram depot in Rowington opened?"
TYPE = """questions => {
  const box = document.querySelector("#question textarea");
  for (const question of questions) {
    box.value = question;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    document.querySelector("#ask-button").click();
  }
}"""


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


def test_a_question_typed_while_one_is_answered_is_answered_after_it(visit: Visit) -> None:
    page = visit()
    page.evaluate(TYPE, [QUESTION, DEPOT])
    expect(page.locator(".newest .asked")).to_have_text(DEPOT)
    expect(page.locator(".earlier")).to_contain_text(QUESTION)


def test_a_double_click_asks_once_and_tells_nothing_of_an_empty_box(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Question", exact=True).fill(DEPOT)
    page.locator("#ask-button").dblclick(delay=100)
    page.wait_for_selector(".newest .card")
    click(page, article("hostile.txt"))  # which comes after whatever was asked
    expect(page.locator(".pane")).to_have_attribute("data-shown", "hostile.txt")
    expect(page.locator(".asked")).to_have_count(1)
    expect(page.locator("#status")).not_to_contain_text("empty")


def test_a_click_that_the_server_refuses_does_not_keep_the_next_one(visit: Visit) -> None:
    def answer(asked: Route) -> None:
        if "hostile.txt" in (asked.request.post_data or ""):
            asked.fulfill(status=503, json={"detail": "full"})
        else:
            asked.continue_()

    page = visit(expected="503")
    page.route("**/queue/join*", answer)
    with page.expect_response(lambda response: response.status == 503):
        click(page, article("hostile.txt"))
    click(page, article("trams.txt"))
    expect(page.locator(".pane")).to_have_attribute("data-shown", "trams.txt")
