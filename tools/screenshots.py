"""Makes the pictures of README and docs: docs/pictures/*.png.

    .venv/bin/python tools/screenshots.py --index build/seeds

Serves the index at a free port, asks in a headless Chromium and takes: an answer beside its
article, the sources compared, and the library on a phone. Then, without the app, what a notebook
shows of an answer and of an abstention. Each has at most 200 KB.
"""

from __future__ import annotations

import argparse
import io
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

import quoth

ROOT = Path(__file__).parent.parent
QUESTION = "What weapons does North Korea send to Russia?"
NOTEBOOK = {
    "How many soldiers might Kim have sold to Putin?": 2,
    "Which vitamins are there in spinach?": 1,
}
"""Question → quotes."""
WIDE = {"width": 1440, "height": 900}
LOW = {"width": 1440, "height": 640}
NARROW = {"width": 400, "height": 800}
COLUMNS = {"width": 1280, "height": 200}
MOST_BYTES = 200_000
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
SWITCHES += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


def main() -> None:
    parser = argparse.ArgumentParser(description="Pictures of the browser app.")
    parser.add_argument("--index", default="index")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with served(options.index) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=SWITCHES
        )
        for name, (size, scheme, show) in PICTURES.items():
            write(options.out / name, taken_of(browser, address, size, scheme, show))
        write(options.out / "notebook.png", notebook(browser, options.index))
        browser.close()


@contextmanager
def served(index: str) -> Iterator[str]:
    """The address at which `quoth serve` answers from the index, for as long as it is needed."""
    command = [sys.executable, "-m", "quoth", "serve", "--index", index, "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as server:
        line = server.stdout.readline() if server.stdout else ""
        found = re.search(r"http://\S+/", line)
        if found is None:
            raise SystemExit(server.communicate()[1])
        try:
            yield found.group()
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=60)


def taken_of(
    browser: Browser, address: str, size: dict[str, int], scheme: str, show: Callable[[Page], None]
) -> bytes:
    """A new visitor's page once `show` has done with it."""
    page = browser.new_page(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(address)
    page.wait_for_selector(".welcome")
    show(page)
    page.wait_for_timeout(1_000)  # until all has been drawn
    taken = page.screenshot()
    page.close()
    return taken


def answer(page: Page) -> None:
    """An answer, its second quote chosen in the article beside it."""
    ask(page, QUESTION)
    page.locator(".choose").nth(1).click()


def comparison(page: Page) -> None:
    """What each article says."""
    page.get_by_label("Compare sources").check()
    ask(page, QUESTION)


def narrow(page: Page) -> None:
    """An answer on a phone, in the dark."""
    ask(page, QUESTION)


def ask(page: Page, question: str) -> None:
    page.get_by_label("Question", exact=True).fill(question)
    page.keyboard.press("Enter")
    page.wait_for_selector("#answer .newest")
    page.wait_for_timeout(3_000)  # until all quotes have come


PICTURES = {
    "answer.png": (WIDE, "light", answer),
    "compare.png": (LOW, "light", comparison),
    "phone.png": (NARROW, "dark", narrow),
}


def notebook(browser: Browser, index: str) -> bytes:
    """The cards of an answer and of an abstention, light and dark beside each other."""
    answerer = quoth.Answerer(quoth.Index.open(index))
    cells = "".join(
        quoth.cards(answerer.ask(question, quotes=quotes))._repr_html_()
        for question, quotes in NOTEBOOK.items()
    )
    columns = "".join(
        f'<div style="flex:1;padding:0.5em 1.5em 1em;{colours}">{cells}</div>'
        for colours in ("background:#fff;color:#111", "background:#111318;color:#ddd")
    )
    page = browser.new_page(viewport=COLUMNS)  # type: ignore[arg-type]
    page.set_content(
        "<!doctype html>"
        f'<body style="margin:0;display:flex;font:14px system-ui,sans-serif">{columns}</body>'
    )
    return page.screenshot(full_page=True)


def write(path: Path, picture: bytes) -> None:
    path.write_bytes(small(picture))
    print(f"{path}: {path.stat().st_size:,} bytes")


def small(picture: bytes) -> bytes:
    """The PNG with as many colours as leave it small enough, 256 at most."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for colours in (256, 128, 64, 32):
        out = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= MOST_BYTES:
            return out.getvalue()
    raise SystemExit(f"a picture has {out.tell():,} bytes: show less on it")


if __name__ == "__main__":
    main()
