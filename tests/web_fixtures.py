"""A pytest plugin for the tests of the app: a real server, and visitors with a real Chromium.

After each test it must be true that the page has asked nothing of another host and has written
no error to the console. Screenshots are kept in test-output/, or the folder that $SCREENSHOTS
names.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from web_pages import HOSTILE, TRAMS, WIDE, Picture, Visit, served

import quoth

KEPT = Path(__file__).parent.parent / "test-output" / "screenshots"
PATIENCE = 15_000
"""Milliseconds for what is expected of a page; Playwright's 5,000 are few beside other tests."""
expect.set_options(timeout=PATIENCE)
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
SWITCHES += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def articles(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Path:
    """The seeds with two more articles, in a folder that tests may change."""
    folder = tmp_path_factory.mktemp("articles")
    for path in seeds.iterdir():
        shutil.copy(path, folder)
    (folder / "README.md").unlink(missing_ok=True)
    (folder / "hostile.txt").write_text(HOSTILE, "utf-8")
    (folder / "trams.txt").write_text(TRAMS, "utf-8")
    return folder


@pytest.fixture(scope="session")
def app(converted: None, articles: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Served with the vectors alone: what the page makes of an answer is no reader's matter."""
    index = tmp_path_factory.mktemp("web") / "index"
    quoth.Index.build([articles], index).close()
    with served(index, "--reader", "none") as address:
        yield address


@pytest.fixture(scope="module")
def browser(environment: dict[str, str], chromium: str) -> Iterator[Browser]:
    """For one module, because Playwright's event loop stands in the way of any other one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def context(browser: Browser) -> Callable[..., BrowserContext]:
    """One context for each set of options: pages of the same share what the browser has cached."""
    contexts: dict[str, BrowserContext] = {}

    def find(**options: object) -> BrowserContext:
        key = repr(sorted(options.items()))
        if key not in contexts:
            contexts[key] = browser.new_context(**options)  # type: ignore[arg-type]
        return contexts[key]

    return find


@pytest.fixture
def visit(app: str, context: Callable[..., BrowserContext]) -> Iterator[Visit]:
    """Opens the app for one more visitor: `visit(viewport=NARROW, color_scheme="dark")`.

    expected: a pattern of complaints that the test provokes.
    """
    pages: list[Page] = []
    complaints: list[str] = []

    def open_page(
        address: str = app, *, wait_for: str = ".welcome", expected: str = "$^", **options: object
    ) -> Page:
        page = context(**{"viewport": WIDE} | options).new_page()
        pages.append(page)
        watch(page, address, lambda line: re.search(expected, line) or complaints.append(line))
        page.goto(address)
        page.wait_for_selector(wait_for)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert complaints == []


def watch(page: Page, address: str, complain: Callable[[str], object]) -> None:
    """Complains of errors, dialogs and requests to another host."""
    page.on("console", lambda line: complain(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: complain(str(error)))
    page.on("dialog", lambda dialog: complain(f"dialog: {dialog.message}"))
    own = (address.partition("?")[0], "data:", "blob:")
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(own) else complain(f"asked for {asked.url}"),
    )


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Picture:
    """Takes a screenshot under the test's name."""
    folder = Path(os.environ.get("SCREENSHOTS") or KEPT)
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "-", request.node.name.removeprefix("test_"))

    def take(page: Page) -> None:
        page.screenshot(path=folder / f"{name}.png")

    return take
