"""The JSON API of the real server: accounts, prefix, events as they come, and what docs show."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client
from needs import lacking
from web_servers import PASSWORD, Served, proxied, serving

pytest_plugins = ("server_fixtures",)

QUESTION = "How many soldiers might Kim have sold to Putin?"
NOWHERE = "Which vitamins are there in spinach?"
DOCS = Path(__file__).parent.parent / "docs" / "services.md"
EXAMPLE = re.compile(r"```sh\n([^`]*)```\n\n```json\n([^`]*)```")


@pytest.fixture(scope="module")
def plain(seeds_index: Path) -> Iterator[Served]:
    """With the reader that docs and README are written with."""
    with serving(seeds_index) as served:
        yield served


def untimed(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != "elapsed_ms"}


def test_the_api_gives_what_the_apps_endpoints_give(plain: Served) -> None:
    """By gradio_client, which finds the endpoints by their names."""
    client = Client(plain.address, verbose=False)
    try:
        with httpx.Client(base_url=f"{plain.address}api/v1", timeout=60) as api:
            asked = {"question": QUESTION, "quotes": 2}
            answer = client.predict(*asked.values(), api_name="/ask")
            assert untimed(answer) == untimed(api.post("/ask", json=asked).json())
            asked = {"question": QUESTION, "k": 3, "mode": "lexical"}
            hits = client.predict(*asked.values(), api_name="/search")
            assert hits == api.post("/search", json=asked).json()
            listed = client.predict(api_name="/articles")
            assert listed | {"next_skip": None} == api.get("/articles").json()
            source = answer["quotes"][0]["source"]
            article = client.predict(source, api_name="/article")
            page = api.get("/article", params={"source": source, "characters": 50_000}).json()
            assert article.items() <= page.items()
    finally:
        client.close()


def events(address: str, question: str) -> list[str]:
    asked = {"json": {"question": question}, "headers": {"Accept": "text/event-stream"}}
    with httpx.stream("POST", f"{address}api/v1/ask", timeout=60, **asked) as answer:  # type: ignore[arg-type]
        return [line for line in answer.iter_lines() if line.startswith("event: ")]


def test_events_come_over_the_network(plain: Served) -> None:
    assert events(plain.address, NOWHERE) == ["event: reading", "event: done"]
    quotes = events(plain.address, QUESTION)[1:-1]
    assert quotes
    assert set(quotes) == {"event: quote"}


def roughly(value: Any) -> Any:
    """On another processor probabilities may differ in their last digits, marks by a word."""
    if isinstance(value, dict):
        told = {key: one for key, one in value.items() if key != "elapsed_ms"}
        marks = [mark["start"] for mark in told.pop("highlights", [])]
        return {"marks": marks} | {key: roughly(one) for key, one in told.items()}
    if isinstance(value, list):
        return [roughly(one) for one in value]
    return round(value, 1) if isinstance(value, float) else value


@pytest.mark.parametrize("number", range(4))
def test_what_docs_services_shows_comes(plain: Served, number: int) -> None:
    if shutil.which("curl") is None:
        lacking("curl: install Debian's")
    command, shown = EXAMPLE.findall(DOCS.read_text("utf-8"))[number]
    assert "localhost:7860" in command
    line = command.replace("localhost:7860", f"127.0.0.1:{plain.port}")
    ended = subprocess.run(["sh", "-c", line], capture_output=True, encoding="utf-8", check=True)
    assert roughly(json.loads(ended.stdout)) == roughly(json.loads(shown))


def test_docs_services_shows_the_events_that_come(plain: Served) -> None:
    shown = re.findall(r"^    (event: .*)$", DOCS.read_text("utf-8"), re.MULTILINE)
    assert shown == events(plain.address, NOWHERE)


def test_an_account_comes_in_by_http_basic_and_by_the_apps_session(guarded: Served) -> None:
    api = f"{guarded.address}api/v1/"
    asked: dict[str, Any] = {"json": {"question": QUESTION}, "timeout": 60}
    assert httpx.post(f"{api}ask", **asked).status_code == 401
    assert httpx.get(api).status_code == 401
    assert httpx.post(f"{api}ask", auth=("ann", "wrong"), **asked).status_code == 401
    assert httpx.post(f"{api}ask", auth=("ann", PASSWORD), **asked).json()["status"] == "answered"
    with httpx.Client() as client:
        client.post(f"{guarded.address}login", data={"username": "ann", "password": PASSWORD})
        assert client.post(f"{api}ask", **asked).json()["status"] == "answered"
        client.get(f"{guarded.address}logout")
        assert client.post(f"{api}ask", **asked).status_code == 401


@pytest.mark.parametrize("strips", [True, False], ids=["stripping", "keeping"])
def test_the_api_is_found_behind_a_proxy(guarded: Served, strips: bool) -> None:
    with proxied(guarded.address.removesuffix("/quoth/"), "/quoth", strips=strips) as address:
        described = httpx.get(f"{address}api/v1/openapi.json", auth=("ann", PASSWORD)).json()
        assert described["servers"] == [{"url": "/quoth/api/v1"}]
        page = httpx.get(f"{address}api/v1/", auth=("ann", PASSWORD)).text
        assert "<code>POST /quoth/api/v1/ask</code>" in page
        listed = httpx.get(f"{address}api/v1/articles", auth=("ann", PASSWORD)).json()
        assert listed["total"] == 3


def test_the_api_changes_nothing(guarded: Served) -> None:
    described = httpx.get(f"{guarded.address}api/v1/openapi.json", auth=("ann", PASSWORD)).json()
    routes = {(method, path) for path, each in described["paths"].items() for method in each}
    assert routes == {
        ("post", "/ask"), ("post", "/search"), ("get", "/articles"), ("get", "/article")
    }  # fmt: skip
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        for _, path in routes:
            answer = httpx.request(method, f"{guarded.address}api/v1{path}", auth=("ann", PASSWORD))
            assert answer.status_code == 405
