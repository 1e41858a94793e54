"""Makes docs/screenshot.png from the running app.

    .venv/bin/python tools/screenshot.py --index index "Who supplies drones?"

Serves the index at a free port, asks the question in a headless Chromium and takes a picture.
"""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
QUESTION = "Who supplies drones?"
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
SWITCHES += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


def main() -> None:
    options = read_options()
    with served(options.index) as address:
        take(address, options)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A picture of the browser app's answer.")
    parser.add_argument("question", nargs="?", default=QUESTION)
    parser.add_argument("--index", default="index")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screenshot.png")
    parser.add_argument("--width", type=int, default=1440)
    parser.add_argument("--height", type=int, default=900)
    parser.add_argument("--scheme", choices=["light", "dark"], default="light")
    return parser.parse_args()


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
            server.send_signal(signal.SIGINT)
            server.communicate(timeout=30)


def take(address: str, options: argparse.Namespace) -> None:
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=SWITCHES
        )
        page = browser.new_page(
            viewport={"width": options.width, "height": options.height},
            color_scheme=options.scheme,
        )
        page.goto(address)
        page.get_by_label("Question", exact=True).fill(options.question)
        page.keyboard.press("Enter")
        page.wait_for_selector(".answer")
        page.wait_for_timeout(500)  # until all has been drawn
        page.screenshot(path=options.out)
        browser.close()


if __name__ == "__main__":
    main()
