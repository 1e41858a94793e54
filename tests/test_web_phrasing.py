"""A language model's words in the browser app: they come after the quotes, checked and escaped."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from llm_server import Server, talking
from playwright.sync_api import Page, expect
from web_pages import NARROW, NOWHERE, QUESTION, Picture, Visit, ask, barriers, card_texts
from web_servers import Served, serving

from quoth import Phraser
from quoth.records import Answer, Quote
from quoth.web.conversation import Conversation
from quoth.web.phrased import phrase_key, phrasing_html, place_html
from quoth.web.phrasing import PhrasingDesk

pytest_plugins = ("web_fixtures",)

TEXT = "The <b>ferry</b> sank in 1931."
QUOTE = Quote(1, TEXT, "a.txt", "A", "", 0, len(TEXT), 0.9, ())
ANSWER = Answer("What sank?", "answered", 0.9, (QUOTE,), (QUOTE,), 5.0)
ASKED = Conversation().asked(ANSWER, ())


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with talking({"ferry": "The ferry sank in 1931 [1]. It cost 5 crowns [1]."}) as server:
        yield server


# --- The page's events ---


def phrased(server: Server, model: str, payload: object, conversation: Conversation) -> object:
    desk = PhrasingDesk(Phraser(server.address, model=model, seconds=5))
    return asyncio.run(desk.phrase(conversation, gr.EventData(None, payload)))


def test_a_place_is_kept_and_filled(server: Server) -> None:
    key = phrase_key(ANSWER)
    assert f'data-phrase="{key}"' in place_html(ANSWER)
    html = str(phrased(server, "ferry", {"phrase": key}, ASKED))
    start = html.index(f'<div data-phrased="{key}">')
    assert html[start:] == (
        f'<div data-phrased="{key}"><p class="by">Phrased by the language model <bdi>ferry</bdi>. '
        "The quotes below are the articles’ own words.</p>"
        '<p dir="auto">The ferry sank in 1931 <button type="button" class="cite" data-cite="1" '
        'aria-label="Quote 1">[1]</button>.</p>'
        '<p class="struck"><del dir="auto">It cost 5 crowns [1].</del> <span class="reason">'
        "Struck: the number 5 is in no cited quote.</span></p></div></div>"
    )


def test_no_place_is_kept_where_nothing_answers() -> None:
    nearest = Answer("What sank?", "abstained", 0.1, (), (QUOTE,), 5.0)
    assert place_html(nearest) == ""


def test_what_the_model_writes_stays_text(server: Server) -> None:
    html = str(phrased(server, "hostile", {"phrase": phrase_key(ANSWER)}, ASKED))
    assert "&lt;img src=x onerror=&quot;window.hacked = 3&quot;&gt;" in html
    assert "<img" not in html
    assert "<script" not in html
    assert "\x1b" not in html
    assert "\u202e" not in html


@pytest.mark.parametrize("payload", [None, {}, {"phrase": "0" * 16}, {"phrase": [1]}, ["phrase"]])
def test_an_event_for_another_answer_changes_nothing(server: Server, payload: object) -> None:
    server.asked.clear()
    assert phrased(server, "ferry", payload, ASKED) == gr.skip()
    assert phrased(server, "ferry", {"phrase": phrase_key(ANSWER)}, Conversation()) == gr.skip()
    assert server.asked == []


def test_a_failure_is_told_without_the_servers_address(server: Server) -> None:
    html = str(phrased(server, "broken", {"phrase": phrase_key(ANSWER)}, ASKED))
    assert "The language model gave no answer. The server says 500 Internal Server Error." in html
    assert server.address not in html


def test_an_unforeseen_failure_says_nothing_of_the_inside() -> None:
    class Broken:
        def phrase(self, answer: Answer) -> Answer:
            raise ValueError("secret")

    broken: Any = Broken()
    event = gr.EventData(None, {"phrase": phrase_key(ANSWER)})
    html = str(asyncio.run(PhrasingDesk(broken).phrase(ASKED, event)))
    assert "Something went wrong inside the app" in html
    assert "secret" not in html


def test_an_answer_without_a_phrasing_says_so() -> None:
    assert "The language model gave no answer." in phrasing_html(ANSWER)


# --- In the browser ---


@pytest.fixture(scope="module")
def running(server: Server, seeds_index: Path) -> Iterator[Served]:
    """The seeds, served with a model that lies."""
    options = ("--reader", "none", "--llm", server.address, "--llm-model", "liar")
    with serving(seeds_index, *options) as served:
        yield served


@pytest.fixture(scope="module")
def app(running: Served) -> str:
    return running.address


def phrasing(page: Page) -> Any:
    part = page.get_by_role("region", name="Phrased by a language model")
    expect(part).not_to_have_class("phrasing waiting")
    return part


def test_lies_are_struck_above_the_quotes_and_citations_lead_to_them(
    visit: Visit, picture: Picture
) -> None:
    page = visit()
    ask(page, QUESTION)
    quotes = card_texts(page)
    part = phrasing(page)
    expect(part).to_contain_text("Phrased by the language model liar.")
    expect(part.locator("del")).to_have_text(
        ["Kim sold 40 submarines in Boston [2].", "They are painted green."]
    )
    expect(part.locator(".reason").last).to_have_text("Struck: it cites no quote.")
    assert card_texts(page) == quotes
    assert barriers(page) == []
    part.get_by_role("button", name="Quote 1", exact=True).click()
    expect(page.locator(".choose").first).to_be_focused()
    expect(page.locator(".choose").first).to_have_attribute("aria-current", "true")
    picture(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(visit: Visit, picture: Picture, scheme: str) -> None:
    page = visit(viewport=NARROW, color_scheme=scheme)
    ask(page, QUESTION)
    phrasing(page)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert barriers(page) == []
    picture(page)


def test_nothing_is_phrased_where_the_articles_do_not_answer(visit: Visit, server: Server) -> None:
    page = visit()
    server.asked.clear()
    ask(page, NOWHERE)
    expect(page.locator(".none")).to_be_visible()
    assert page.locator(".phrasing").count() == 0
    assert server.asked == []


def test_the_quotes_stand_while_the_model_thinks(visit: Visit, server: Server) -> None:
    page = visit()
    server.released.clear()
    ask(page, QUESTION)
    expect(page.locator("blockquote").first).to_be_visible()
    expect(page.locator(".phrasing.waiting")).to_contain_text("is phrasing an answer")
    server.released.set()
    expect(phrasing(page)).to_contain_text("Phrased by the language model liar.")


def test_a_model_that_is_silent_keeps_no_question_waiting_and_the_app_from_ending(
    visit: Visit, server: Server, running: Served
) -> None:
    """The last test here: it ends the app."""
    page = visit()
    server.released.clear()
    for question in (QUESTION, "Who is Kim Jong Un?", "Why do drones fall?", QUESTION):
        ask(page, question)
        expect(page.locator("h2.asked")).to_have_text(question)
    page.close()
    started = time.monotonic()
    assert running.end(signal.SIGTERM) == (0, "")
    assert time.monotonic() - started < 30
