"""`make docs`: the pages as a site that needs no other host, and the pages that a tool makes."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from doc_blocks import PAGES, ROOT
from needs import lacking
from playwright.sync_api import Request, sync_playwright

ELSEWHERE = re.compile(r"(https?:)?//")
IN_CSS = re.compile(r"(?:@import\s+|url\()[\"']?((?:https?:)?//[^\"')]+)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as the Makefile builds it, warnings being errors."""
    if importlib.util.find_spec("sphinx") is None:
        lacking("sphinx: install quoth[docs]")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-d", str(folder / "state"),
         "-c", "docs", ".", str(folder / "pages")],
        cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "pages"


def test_each_page_is_in_the_site_and_in_its_navigation(site: Path) -> None:
    first = (site / "docs" / "index.html").read_text("utf-8")
    for page in PAGES:
        made = page.relative_to(ROOT).with_suffix(".html")
        assert (site / made).is_file()
        shown = made.name if made.parent.name == "docs" else f"../{made}"
        assert f'href="{"#" if page.name == "index.md" else shown}"' in first


class Requests(HTMLParser):
    """What a browser fetches for a page, without following links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = "href" if tag == "link" else "src"
        if (
            tag != "a"
            and name in given
            and given.get("rel") not in ("index", "search", "next", "prev")
        ):
            self.addresses.append(given[name])


def test_no_page_and_no_style_names_another_host(site: Path) -> None:
    """Scripts, styles, fonts and pictures; links that a reader follows may lead anywhere."""
    pages = list(site.rglob("*.html"))
    assert len(pages) > len(PAGES)
    for page in pages:
        fetched = Requests(page.read_text("utf-8")).addresses
        assert fetched or page.name == "index.html"
        assert not [one for one in fetched if ELSEWHERE.match(one)], page
    for style in site.rglob("*.css"):
        assert not IN_CSS.findall(style.read_text("utf-8")), style


def test_a_browser_fetches_nothing_from_elsewhere(site: Path, chromium: str) -> None:
    """The page with the drawing, from the folder itself, in the dark; nothing fails in it."""
    asked: list[str] = []
    failed: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium) as it,
    ):
        page = it.new_page(color_scheme="dark")
        page.on("request", note)
        page.on("requestfailed", lambda request: failed.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto((site / "docs" / "how-it-works.html").as_uri())
        width = page.locator("article img").first.evaluate("one => one.naturalWidth")
    assert width > 0
    assert len(asked) > 3
    assert not [one for one in asked if not one.startswith("file://")]
    assert not failed


def test_made_pages_are_what_the_program_says(environment: dict[str, str]) -> None:
    """docs/commands.md and docs/python-api.md; `make reference` writes them."""
    done = subprocess.run(
        [sys.executable, "tools/reference.py", "--check"],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
