"""The app as its users meet it: what they ask, choose, copy and are told."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from web_pages import (
    MARK_IS_IN_THE_PANE,
    NOWHERE,
    QUESTION,
    Picture,
    Visit,
    ask,
    card_texts,
    choose_another_article,
    chosen_text,
    one_line,
    served,
)
from web_servers import PASSWORD, write_accounts

pytest_plugins = ("web_fixtures",)


def test_a_question_gives_the_articles_own_words_and_their_place(
    visit: Visit, articles: Path, picture: Picture
) -> None:
    page = visit()
    ask(page, QUESTION)
    card = page.locator(".choose").first
    source = str(card.get_attribute("data-source"))
    place = re.search(r"characters (\d+)–(\d+)", card.inner_text())
    assert place is not None
    text = (articles / source).read_text("utf-8")[int(place[1]) : int(place[2])]
    assert card.locator("blockquote").text_content() == text
    assert chosen_text(page) == one_line(text)
    assert page.evaluate(MARK_IS_IN_THE_PANE)
    assert page.evaluate("scrollY") == 0
    expect(page.get_by_role("status").first).to_contain_text(re.compile(r"\d quotes? from"))
    picture(page)


def test_a_quote_that_is_clicked_is_highlighted_in_its_article(
    visit: Visit, picture: Picture
) -> None:
    page = visit()
    ask(page, QUESTION)
    number = choose_another_article(page)
    assert chosen_text(page) == card_texts(page)[number]
    assert page.evaluate(MARK_IS_IN_THE_PANE)
    chosen = page.locator('.choose[aria-current="true"]')
    expect(chosen).to_have_count(1)
    expect(chosen).to_have_attribute("data-rank", str(number + 1))
    picture(page)


def test_a_quote_of_the_article_shown_is_found_without_asking_the_server(visit: Visit) -> None:
    page = visit()
    ask(page, "When were the tram depots in Rowington opened?")
    same = page.locator('.choose[data-source="trams.txt"]')
    expect(same.nth(1)).to_be_visible()
    page.context.set_offline(True)
    same.last.click()
    assert chosen_text(page) == one_line(str(same.last.locator("blockquote").text_content()))
    page.wait_for_function(MARK_IS_IN_THE_PANE)
    page.context.set_offline(False)


def test_a_question_without_an_answer_is_told_so(visit: Visit, picture: Picture) -> None:
    page = visit()
    ask(page, NOWHERE)
    expect(page.locator(".none")).to_have_text("The articles do not answer this.")
    expect(
        page.get_by_role("heading", name="Nearest quotes · these are not answers")
    ).to_be_visible()
    expect(page.locator(".none + p")).to_contain_text("“sourdough”")
    expect(page.get_by_role("status").first).to_contain_text("5 articles searched")
    expect(page.locator(".quotes.nearest .card").first).to_be_visible()
    expect(page.locator("mark.chosen")).to_have_count(0)
    picture(page)
    page.locator(".choose").first.click()
    expect(page.locator("mark.chosen").first).to_be_visible()
    assert chosen_text(page) == card_texts(page)[0]


def test_an_example_is_asked_with_a_click(visit: Visit, picture: Picture) -> None:
    page = visit()
    picture(page)
    example = page.locator("[data-question]").first
    question = str(example.text_content())
    example.click()
    expect(page.get_by_role("heading", level=2).first).to_have_text(question)
    expect(page.get_by_label("Question", exact=True)).to_have_value("")


def test_a_quote_is_copied_with_its_source(visit: Visit) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    ask(page, QUESTION)
    button = page.locator("[data-copy]").first
    button.click()
    expect(button).to_contain_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == button.get_attribute("data-copy")
    expect(button).to_have_text("Copy quote 1 and its source")


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("  ", "The question is empty: ask something."),
        ("Who\x07?", "The question holds the control character U+0007 at place 3: remove it."),
    ],
    ids=["empty", "control character"],
)
def test_a_mistake_is_told_in_one_line_and_the_answer_stays(
    visit: Visit, question: str, line: str
) -> None:
    page = visit()
    ask(page, QUESTION)
    before = card_texts(page)
    page.get_by_label("Question", exact=True).fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text(line)
    assert card_texts(page) == before
    expect(page.locator(".toast-wrap .toast-body")).to_have_count(0)


def test_the_box_takes_no_more_than_a_question_may_have(visit: Visit) -> None:
    expect(visit().get_by_label("Question", exact=True)).to_have_attribute("maxlength", "10000")


def test_a_file_that_has_changed_since_is_told(visit: Visit, articles: Path) -> None:
    page = visit()
    question = "When was the tram depot in Rowington opened?"
    ask(page, question)
    badge = page.locator('.card:has([data-source="trams.txt"]) .badge').first
    expect(badge).to_have_text("✓ verified")
    path = articles / "trams.txt"
    before = path.read_text("utf-8")
    path.write_text(before.replace("1911", "1912"), "utf-8")
    ask(page, question)
    expect(badge).to_have_text("! changed")
    path.write_text(before, "utf-8")


def test_visitors_see_nothing_of_each_other(visit: Visit) -> None:
    one, other = visit(), visit()
    ask(one, QUESTION)
    expect(other.locator(".welcome")).to_be_visible()
    ask(other, NOWHERE)
    other.locator(".choose").first.click()
    expect(other.locator("mark.chosen").first).to_be_visible()
    number = choose_another_article(one)
    assert chosen_text(one) == card_texts(one)[number]


def test_another_program_asks_through_a_named_endpoint(app: str) -> None:
    """In a process of its own, as such a program would be."""
    script = (
        "import json, sys; from gradio_client import Client\n"
        "client = Client(sys.argv[1], verbose=False)\n"
        "api = client.view_api(return_format='dict', print_info=False)\n"
        "answer = client.predict(sys.argv[2], api_name='/ask')\n"
        "print(json.dumps([api['named_endpoints'], answer]))\n"
        "try: client.predict(' ', api_name='/ask')\n"
        "except Exception as error: print(error)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, app, QUESTION],
        capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    result, refusal = ended.stdout.splitlines()
    endpoints, answer = json.loads(result)
    assert set(endpoints) == {"/ask", "/search", "/articles", "/article"}
    assert (answer["question"], answer["status"]) == (QUESTION, "answered")
    assert set(answer) == {
        "id", "question", "status", "confidence", "quotes", "nearest", "elapsed_ms"
    }  # fmt: skip
    assert set(answer["quotes"][0]) == {
        "rank", "text", "source", "title", "section", "start", "end", "confidence",
        "highlights", "check",
    }  # fmt: skip
    assert refusal == "the question is empty: ask something"


def login(page: Page, password: str) -> None:
    page.get_by_label("username").fill("ann")
    page.get_by_label("password").fill(password)
    page.get_by_role("button", name="Login").click()


def test_only_those_with_an_account_come_in(
    visit: Visit, seeds_index: Path, tmp_path: Path
) -> None:
    accounts = write_accounts(tmp_path, "ann")
    with served(seeds_index, "--reader", "none", "--auth", str(accounts)) as address:
        page = visit(address, wait_for="input[type=password]", expected="400 ")
        login(page, "wrong")
        expect(page.get_by_text("Incorrect Credentials")).to_be_visible()
        login(page, PASSWORD)
        page.wait_for_selector(".welcome")
        ask(page, QUESTION)
        expect(page.locator(".card").first).to_be_visible()
        page.close()
