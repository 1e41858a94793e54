"""What is said to the app in its tests, and how its answers are read off the page."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from web_servers import serving

QUESTION = "What weapons does North Korea send to Russia?"
NOWHERE = "How long does sourdough bread have to bake?"
HOSTILE = (
    "Gondolas and cable cars <b>bold</b>\n\n"
    "A gondola carries twelve passengers <script>window.hacked = 1</script> up the mountain.\n\n"
    '<img src="http://192.0.2.1/x.png" onerror="window.hacked = 2"> ![x](http://192.0.2.1/y.png)\n\n'
    "A name \u202eeman A\u202c, {{value}} ${value} &lt;i&gt; and </div></aside> stay as they are.\n"
)
TRAMS = (
    "Trams\n\nThe tram depot in Rowington was opened in 1911 by the mayor.\n\n"
    + "Rain fell on the hills and on the sea, and nothing else is told of it.\n\n" * 60
    + "In 1948 a second depot for trams was opened in Rowington, beside the old one.\n"
)
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 360, "height": 740}

Visit = Callable[..., Page]
Picture = Callable[[Page], None]


@contextmanager
def served(index: Path, *options: str) -> Iterator[str]:
    """`quoth serve` on a free port: its address. It has to end quietly when interrupted."""
    with serving(index, *options) as server:
        yield server.address
        assert server.end(signal.SIGINT) == (130, "quoth: interrupted\n")


@contextmanager
def no_loops() -> Iterator[None]:
    """For an app made in this process: Gradio makes an event loop for each of its locks, as Python
    before 3.10 wanted, and closes none, which fails whatever test is running when it is collected.
    """
    with pytest.MonkeyPatch.context() as changes:
        for module in ("queueing", "utils"):
            changes.setattr(f"gradio.{module}.safe_get_lock", asyncio.Lock)
        changes.setattr("gradio.utils.safe_get_stop_event", asyncio.Event)
        yield


def ask(page: Page, question: str) -> None:
    """Types the question, presses Enter and waits until there is a new answer."""
    before = page.evaluate(FRESH)
    page.get_by_label("Question", exact=True).fill(question)
    page.keyboard.press("Enter")
    page.wait_for_function(f"before => {FRESH} !== before", arg=before)


def chosen_text(page: Page) -> str:
    """The words marked as the chosen quote in the article."""
    return one_line("".join(page.locator("mark.chosen").all_text_contents()))


def one_line(text: str) -> str:
    return " ".join(text.split())


def card_texts(page: Page) -> list[str]:
    return [one_line(text) for text in page.locator("blockquote").all_text_contents()]


def choose_another_article(page: Page) -> int:
    """Chooses the first card of another article than the first card's; its number from 0."""
    sources = [card.get_attribute("data-source") for card in page.locator(".choose").all()]
    number = next(n for n, source in enumerate(sources) if source != sources[0])
    page.locator(".choose").nth(number).click()
    expect(page.locator(".pane")).to_have_attribute("data-shown", str(sources[number]))
    return number


def barriers(page: Page) -> list[str]:
    """What axe finds that would keep somebody out, each with the elements it is found in."""
    page.wait_for_selector("#asking[data-busy]", state="detached")  # dimmed while it is asked
    page.wait_for_timeout(250)  # what fades is half there until then
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found]


FRESH = "document.querySelector('#answer [data-fresh]')?.dataset.fresh ?? ''"
MARK_IS_IN_THE_PANE = """() => {
  const mark = document.querySelector("mark.chosen").getBoundingClientRect();
  const text = document.querySelector(".pane").getBoundingClientRect();
  const header = document.querySelector(".pane header").getBoundingClientRect();
  return mark.top >= header.bottom && mark.bottom <= text.bottom;
}"""
