"""Keeping a library by the command line: sync, watch, repair, pages of the web, dates."""

from __future__ import annotations

import http.server
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from quoth import Index

Run = Callable[..., "subprocess.CompletedProcess[str]"]
PAGE = """<html><head><title>The ferry of Lund</title><meta name="author" content="Ada Berg">
<meta property="article:published_time" content="2023-04-05"></head><body><article>
<h1>The ferry of Lund</h1><p>The ferry of Lund crosses the bay four times a day. It was built of
oak and iron in 1911, and it has carried the mail ever since.</p><p>In winter the ferry stays in
the harbour, because the bay is covered with ice from December to March.</p></article></body></html>
"""
DATED = [
    {"_id": "old", "title": "Old", "text": "The kiosk sold bread.", "date": "2019-03-01"},
    {"_id": "new", "title": "New", "text": "The kiosk sells newspapers.", "date": "2024-03"},
    {"_id": "undated", "title": "Undated", "text": "The kiosk is closed.", "author": "Bo Ek"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two notes."""
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "tram.txt").write_text("Tram\n\nThe tram leaves from the square.\n")
    (folder / "bus.txt").write_text("Bus\n\nThe bus leaves from the station.\n")
    return folder


def listed(run_here: Run, index: Path) -> list[str]:
    found = json.loads(run_here("list", "--index", index, "--json").stdout)
    return [article["source"] for article in found["articles"]]


def test_sync_adds_updates_and_removes(run_here: Run, folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    elsewhere = tmp_path / "kiosk.txt"
    elsewhere.write_text("The kiosk sells newspapers.\n")
    assert run_here("build", elsewhere, "--index", index).returncode == 0
    ended = run_here("sync", folder, "--index", index)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert ended.stderr.startswith("quoth: 2 added in ")
    (folder / "tram.txt").unlink()
    (folder / "bus.txt").write_text("Bus\n\nThe bus leaves from the market.\n")
    (folder / "boat.txt").write_text("Boat\n\nThe boat leaves from the pier.\n")
    ended = run_here("sync", folder, "--index", index)
    assert ended.stderr.startswith("quoth: 1 added, 1 updated, 1 removed in ")
    assert listed(run_here, index) == ["boat.txt", "bus.txt", "kiosk.txt"]
    assert run_here("sync", folder, "--index", index).stderr.startswith("quoth: nothing to do in ")


def test_sync_of_no_folder_is_told(run_here: Run, seeds_index: Path) -> None:
    ended = run_here("sync", "nowhere", "--index", seeds_index)
    told = "quoth: no folder 'nowhere': name the folder to keep in step with\n"
    assert (ended.returncode, ended.stderr) == (2, told)


def test_a_watched_folder_is_followed_until_ctrl_c(
    run_here: Run, folder: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    index = tmp_path / "index"
    run_here("build", folder, "--index", index)
    command = [sys.executable, "-m", "quoth", "sync", folder, "--watch", "--index", index]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("quoth: nothing to do in ")
        (folder / "boat.txt").write_text("Boat\n\nThe boat leaves from the pier.\n")
        assert process.stderr.readline().startswith("quoth: 1 added in ")
        (folder / "tram.txt").unlink()
        assert process.stderr.readline().startswith("quoth: 1 removed in ")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert listed(run_here, index) == ["boat.txt", "bus.txt"]


def test_a_file_that_cannot_be_read_is_told_and_the_others_go_in(
    run_here: Run, folder: Path, tmp_path: Path
) -> None:
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7 and no more")
    ended = run_here("build", folder, "--index", tmp_path / "index")
    assert ended.returncode == 2
    first, second, third = ended.stderr.splitlines()
    assert first.startswith(f"quoth: cannot read '{folder / 'bad.pdf'}': ")
    assert second.startswith("quoth: 2 added in ")
    assert third == "quoth: 1 file could not be read, the others are in"


def test_repair_makes_the_search_indexes_anew(run_here: Run, own_index: Path) -> None:
    [engines] = own_index.glob("engines-*")
    shutil.rmtree(engines / "words")
    ended = run_here("repair", "--index", own_index)
    assert (ended.returncode, ended.stdout) == (0, "search indexes made anew\n")
    assert ended.stderr.startswith("quoth: repaired in ")
    ended = run_here("repair", "--index", own_index)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert ended.stderr.startswith("quoth: nothing to repair in ")


@contextmanager
def serving(page: bytes) -> Iterator[str]:
    """The address of a page on this machine."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *of: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/ferry"
        finally:
            server.shutdown()
            thread.join()


def test_a_page_is_fetched_quoted_and_labelled(run_here: Run, own_index: Path) -> None:
    with serving(PAGE.encode()) as address:
        refused = run_here("add", address, "--index", own_index)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "private" in refused.stderr
        ended = run_here("add", address, "--allow-private", "--index", own_index)
        assert ended.returncode == 0, ended.stderr
        again = run_here("add", address, "--allow-private", "--index", own_index)
        assert again.stderr.startswith("quoth: nothing to do in ")
    asked = run_here("ask", "When was the ferry of Lund built?", "--index", own_index, "--json")
    quote = json.loads(asked.stdout)["nearest"][0]
    assert "in 1911" in quote["text"]
    told = {name: quote[name] for name in ("source", "author", "date", "address", "check")}
    assert told == {
        "source": address, "author": "Ada Berg", "date": "2023-04-05", "address": address,
        "check": "verified",
    }  # fmt: skip


@pytest.fixture
def dated(run_here: Run, tmp_path: Path) -> Path:
    """An index of articles of several dates."""
    corpus = tmp_path / "kiosk.jsonl"
    corpus.write_text("".join(json.dumps(record) + "\n" for record in DATED))
    run_here("build", corpus, "--index", tmp_path / "index")
    return tmp_path / "index"


@pytest.mark.parametrize(
    ("options", "sources"),
    [
        (["--after", "2020"], ["new"]),
        (["--before", "2020"], ["old"]),
        (["--after", "2019-03-01", "--before", "2025"], ["new", "old"]),
        (["--after", "2024-03-31"], ["new"]),
        (["--after", "2019-03-02", "--before", "2024-03-02"], ["new"]),
        ([], ["new", "old", "undated"]),
    ],
)
def test_dates_choose_the_articles_before_they_are_ranked(
    options: list[str], sources: list[str], dated: Path
) -> None:
    from quoth import Retriever

    named = dict(zip([name[2:] for name in options[::2]], options[1::2], strict=True))
    with Index.open(dated) as index:
        hits = Retriever(index).search("kiosk", **named)
    assert sorted(hit.source for hit in hits) == sources


def test_a_label_names_author_and_date(run_here: Run, dated: Path) -> None:
    found = run_here("search", "newspapers", "--k", "1", "--index", dated).stdout
    assert "New · 2024-03 · new:0-27" in found
    found = run_here("search", "closed", "--k", "1", "--index", dated).stdout
    assert "Undated · Bo Ek · undated:0-20" in found
    assert "2019-03-01" in run_here("list", "--index", dated).stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--after", "yesterday"], "after is 'yesterday': it must be a date such as 2024-05-17,"),
        (["--before", "2024-13"], "before is '2024-13': it must be a date such as 2024-05-17,"),
        (["--after", "2025"], "no article has a date after 2025: 'quoth list' shows the dates"),
    ],
)
def test_dates_that_cannot_be_meant_are_told(
    options: list[str], said: str, run_here: Run, dated: Path
) -> None:
    ended = run_here("ask", "What does the kiosk sell?", *options, "--index", dated)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"quoth: {said}")


def test_a_server_shows_what_came_in_since_it_was_started(
    run_here: Run, own_index: Path, folder: Path, environment: dict[str, str]
) -> None:
    from gradio_client import Client

    command = [sys.executable, "-m", "quoth", "serve", "--port", "0", "--index", own_index]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split()[3]
            client = Client(address, verbose=False)
            ask = "Where does the tram leave from?"
            assert client.predict(ask, api_name="/ask")["nearest"][0]["source"] != "tram.txt"
            assert run_here("add", folder, "--index", own_index).returncode == 0
            started = time.monotonic()
            assert client.predict(ask, api_name="/ask")["nearest"][0]["source"] == "tram.txt"
            assert time.monotonic() - started < 20
            client.close()
        finally:
            process.kill()
