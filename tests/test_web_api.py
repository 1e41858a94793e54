"""The JSON API in this process: answers, errors, events, and who may come in."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from api_apps import ask, gated, small_answerer

from quoth import Answerer
from quoth.cli.output import Json
from quoth.services import OPERATIONS, Turns
from quoth.web.api import streaming
from quoth.web.api.openapi import openapi
from quoth.web.api.page import openapi_html
from quoth.web.api.streaming import answer_events
from quoth.web.credentials import Credentials
from quoth.web.gate import SECURITY
from quoth.web.replies import STATUSES

EVENTS = {"Accept": "text/event-stream"}
ANSWER: Json = {"quotes": [{"rank": 1, "text": "a\n\u2028b"}, {"rank": 2, "text": "c"}]}


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    with small_answerer(tmp_path_factory.mktemp("api")) as made:
        yield made


@pytest.fixture(scope="module")
def gate(answerer: Answerer) -> Any:
    return gated(answerer)


def code(answer: httpx.Response) -> str:
    """Of an error, whose status has to be that of its code."""
    (error,) = answer.json().values()
    assert set(error) == {"code", "message"}
    assert "\n" not in error["message"]
    assert STATUSES[error["code"]] == answer.status_code
    return str(error["code"])


# -- answers


@pytest.mark.parametrize(
    ("method", "path", "options", "name"),
    [
        ("POST", "/ask", {"json": {"question": "Where did the drone fall?"}}, "ask"),
        ("POST", "/search", {"json": {"question": "lantern", "k": 2}}, "search"),
        ("GET", "/articles", {"params": {"most": 2, "containing": "s"}}, "list_articles"),
        ("GET", "/article", {"params": {"source": "wheat.txt", "offset": 7}}, "read_article"),
    ],
)
def test_a_route_gives_what_its_operation_gives(
    gate: Any, answerer: Answerer, method: str, path: str, options: dict[str, Any], name: str
) -> None:
    from quoth.services import Library

    answer = ask(gate, method, path, **options)
    given = options.get("json") or options["params"]
    expected = Library(answerer).call(name, given)
    assert answer.status_code == 200
    assert answer.json() | {"elapsed_ms": 0} == expected | {"elapsed_ms": 0}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


def test_every_answer_carries_the_headers_of_the_app(gate: Any) -> None:
    for path in ("/", "/articles", "/none"):
        headers = ask(gate, "GET", path).headers
        for name, value in SECURITY:
            assert headers[name.decode()] == value.decode()


# -- errors


@pytest.mark.parametrize(
    ("method", "path", "options", "expected"),
    [
        ("GET", "/none", {}, "not_found"),
        ("GET", "/ask", {}, "method_not_allowed"),
        ("DELETE", "/article?source=wheat.txt", {}, "method_not_allowed"),
        ("POST", "/articles", {"json": {}}, "method_not_allowed"),
        ("GET", "/article", {}, "bad_request"),
        ("GET", "/article?source=none.txt", {}, "not_found"),
        ("GET", "/article?source=/etc/passwd", {}, "not_found"),
        ("GET", "/article?source=wheat.txt&source=drones.txt", {}, "bad_request"),
        ("GET", "/article?source=wheat.txt&offset=9999", {}, "unusable"),
        ("GET", "/article?source=wheat.txt&offset=-1", {}, "bad_request"),
        ("GET", "/article?source=wheat.txt&offset=1e1", {}, "bad_request"),
        ("GET", "/article?source=wheat.txt&offset=１", {}, "bad_request"),
        ("GET", "/article?source=wheat.txt&offset=" + "9" * 5000, {}, "bad_request"),
        ("GET", "/articles?most=1001", {}, "bad_request"),
        ("POST", "/ask", {"content": b'{"question": "x"}'}, "unsupported_media_type"),
        ("POST", "/ask", {"data": {"question": "x"}}, "unsupported_media_type"),
        ("POST", "/ask", {"json": ["x"]}, "bad_request"),
        ("POST", "/ask", {"json": {"question": "x", "path": "/etc"}}, "bad_request"),
        ("POST", "/ask", {"json": {"question": "   "}}, "unusable"),
        ("POST", "/ask", {"json": {"question": "x" * 10_001}}, "bad_request"),
        ("POST", "/ask", {"json": {"question": "drone", "source": "*.pdf"}}, "unusable"),
        ("POST", "/ask", {"json": {"question": "x" * 2**20}}, "too_large"),
        ("GET", "/articles", {"headers": {"Origin": "http://evil.example"}}, "forbidden"),
        ("GET", "/articles", {"headers": {"Sec-Fetch-Site": "cross-site"}}, "forbidden"),
    ],
)  # fmt: skip
def test_a_mistake_has_a_code_a_status_and_a_line(
    gate: Any, method: str, path: str, options: dict[str, Any], expected: str
) -> None:
    assert code(ask(gate, method, path, **options)) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"\xff\xfe{}", b'{"question": NaN}', b'{"question": 1e999}',
        b"[" * 100_000, b'{"question": "x", "quotes": ' + b"9" * 5000 + b"}",
        b'{"question": "\\ud800"}',
    ],
)  # fmt: skip
def test_a_body_that_is_no_request_is_told_in_a_line(gate: Any, body: bytes) -> None:
    json_type = {"Content-Type": "application/json; charset=utf-8"}
    assert code(ask(gate, "POST", "/ask", content=body, headers=json_type)) == "bad_request"
    streamed = ask(gate, "POST", "/ask", content=body, headers=json_type | EVENTS)
    assert code(streamed) == "bad_request"


def test_who_goes_away_in_the_middle_of_a_question_is_no_fault_of_ours(
    gate: Any, caplog: pytest.LogCaptureFixture
) -> None:
    coming = [
        {"type": "http.request", "body": b'{"question"', "more_body": True},
        {"type": "http.disconnect"},
    ]
    scope = {
        "type": "http", "method": "POST", "path": "/api/v1/ask", "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(_: dict[str, Any]) -> None:
        """Nobody is there any more."""

    asyncio.run(gate(scope, receive, send))
    assert caplog.text == ""


def test_another_name_is_refused_in_the_same_shape(answerer: Answerer) -> None:
    gate = gated(answerer, hosts=frozenset({"quoth.example"}))
    assert code(ask(gate, "GET", "/articles")) == "misdirected"


def test_a_wrong_method_is_told_the_right_ones(gate: Any) -> None:
    assert ask(gate, "PUT", "/ask").headers["allow"] == "POST"
    assert set(ask(gate, "PUT", "/articles").headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_a_fault_of_ours_says_nothing_of_the_inside(
    answerer: Answerer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise ZeroDivisionError("/home/ann/secret")

    monkeypatch.setattr(answerer.retriever, "search", failing)
    answer = ask(gated(answerer), "POST", "/search", json={"question": "drone"})
    assert code(answer) == "internal"
    assert "secret" not in answer.text
    assert "/home/ann/secret" in caplog.text


def test_who_comes_when_too_many_wait_is_told_to_come_again(answerer: Answerer) -> None:
    turns, done, running = Turns(at_once=1, waiting=1), threading.Event(), threading.Event()

    def work() -> None:
        running.set()
        done.wait(10)

    async def asked() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=gated(answerer, turns=turns))  # type: ignore[arg-type]
        tasks = [asyncio.ensure_future(turns.take(work)) for _ in range(2)]
        while not running.is_set():
            await asyncio.sleep(0.01)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            refused = [
                await client.post(
                    "/api/v1/ask", json={"question": "drone"}, headers={"Accept": accept}
                )
                for accept in ("application/json", "text/event-stream")
            ]
        done.set()
        await asyncio.gather(*tasks)
        return refused

    for answer in asyncio.run(asked()):
        assert (code(answer), answer.headers["retry-after"]) == ("busy", "1")


def test_while_the_server_closes_no_question_is_taken(answerer: Answerer) -> None:
    gate = gated(answerer)
    gate.is_closing = True
    answer = ask(gate, "POST", "/ask", json={"question": "drone"})
    assert (code(answer), answer.headers["retry-after"]) == ("closing", "1")


# -- events


def events(text: str) -> list[tuple[str, Any]]:
    """Name and data of each event, as a browser reads them."""
    found = []
    for block in text.split("\n\n")[:-1]:
        if not block.startswith(":"):
            name, data = block.split("\n")
            found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_an_answer_comes_as_events_and_then_whole(gate: Any) -> None:
    question = {"question": "Where did the drone fall?", "quotes": 2}
    streamed = ask(gate, "POST", "/ask", json=question, headers=EVENTS)
    assert streamed.headers["content-type"].startswith("text/event-stream")
    told = events(streamed.text)
    answer = told[-1][1]
    assert told[0] == ("reading", {"articles": 3, "passages": 3})
    assert told[1:-1] == [("quote", quote) for quote in answer["quotes"]]
    assert told[-1][0] == "done"
    plain = ask(gate, "POST", "/ask", json=question).json()
    assert answer | {"elapsed_ms": 0} == plain | {"elapsed_ms": 0}
    assert answer["quotes"]


def test_what_goes_wrong_after_the_first_event_is_an_event(gate: Any) -> None:
    asked = {"question": "drone", "source": "*.pdf"}
    (_, (name, error)) = events(ask(gate, "POST", "/ask", json=asked, headers=EVENTS).text)
    assert (name, error["error"]["code"]) == ("error", "unusable")


def collected(ask_it: Callable[[Callable[[Json], None]], Awaitable[Json]]) -> list[bytes]:
    async def collect() -> list[bytes]:
        return [part async for part in answer_events(ask_it)]

    return asyncio.run(collect())


def test_line_ends_in_a_quote_do_not_end_its_event() -> None:
    async def ask_it(_: Callable[[Json], None]) -> Json:
        return ANSWER

    assert collected(ask_it) == [
        b'event: quote\ndata: {"rank": 1, "text": "a\\n\xe2\x80\xa8b"}\n\n',
        b'event: quote\ndata: {"rank": 2, "text": "c"}\n\n',
        b'event: done\ndata: {"quotes": [{"rank": 1, "text": "a\\n\xe2\x80\xa8b"}, '
        b'{"rank": 2, "text": "c"}]}\n\n',
    ]


def test_that_it_is_read_is_told_before_it_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """And that the answer still comes, as long as it does not."""
    monkeypatch.setattr(streaming, "ALIVE", 0.02)

    async def told() -> list[bytes]:
        answered = asyncio.Event()

        async def ask_it(tell: Callable[[Json], None]) -> Json:
            tell({"articles": 3})
            await answered.wait()
            return ANSWER

        parts = answer_events(ask_it)
        first = [await anext(parts), await anext(parts)]
        answered.set()
        return first + [part async for part in parts]

    parts = asyncio.run(told())
    assert parts[:2] == [b'event: reading\ndata: {"articles": 3}\n\n', b": still at it\n\n"]
    assert parts[-1].startswith(b"event: done")


@pytest.mark.parametrize(("begun", "expected"), [(True, "finished"), (False, "cancelled")])
def test_who_goes_away_gives_up_a_place_in_the_line_but_not_a_reading(
    begun: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is being read cannot be stopped, and keeps its turn until it is read."""
    monkeypatch.setattr(streaming, "ALIVE", 0.01)
    ended = []

    async def go_away() -> None:
        async def ask_it(tell: Callable[[Json], None]) -> Json:
            if begun:
                tell({})
            try:
                await asyncio.sleep(0.1)
            except asyncio.CancelledError:
                ended.append("cancelled")
                raise
            ended.append("finished")
            return ANSWER

        parts: Any = answer_events(ask_it)
        await anext(parts)
        await parts.aclose()
        await asyncio.sleep(0.2)

    asyncio.run(go_away())
    assert ended == [expected]


# -- who may come in


async def accounts(name: str, password: str) -> bool:
    tried.append(name)
    return (name, password) == ("ann", "open: sesame")


tried: list[str] = []


def basic(words: bytes) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(words).decode()}"}


def test_an_account_comes_in_by_http_basic(answerer: Answerer) -> None:
    """A password may have a colon; it is looked up once, however often it is sent."""
    tried.clear()
    gate = gated(answerer, credentials=Credentials(accounts=accounts))
    for _ in range(3):
        assert ask(gate, "GET", "/articles", headers=basic(b"ann:open: sesame")).status_code == 200
    assert tried == ["ann"]


@pytest.mark.parametrize(
    "headers",
    [
        {}, basic(b"ann:open"), basic(b"eve:open: sesame"), basic(b"ann"), basic(b"\xff:x"),
        {"Authorization": "Basic"}, {"Authorization": "Basic !!!"}, {"Authorization": "Bearer x"},
        {"Authorization": "Digest x"}, {"Cookie": "access-token=1"}, {"Cookie": "\u00e9;;=;"},
    ],
)  # fmt: skip
def test_strangers_are_told_what_to_show(answerer: Answerer, headers: dict[str, str]) -> None:
    gate = gated(answerer, credentials=Credentials(accounts=accounts, session=lambda _: False))
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    for path in ("/articles", "/", "/openapi.json", "/none"):
        answer = ask(gate, "GET", path, headers=raw)
        assert code(answer) == "unauthorized"
        assert answer.headers["www-authenticate"] == 'Basic realm="quoth", charset="UTF-8"'


def test_a_token_comes_in_and_no_other(answerer: Answerer) -> None:
    gate = gated(answerer, credentials=Credentials(token="a" * 32))
    statuses = [
        ask(gate, "GET", "/articles", headers={"Authorization": f"{scheme} {token}"}).status_code
        for scheme, token in (
            ("Bearer", "a" * 32), ("bearer", "a" * 32), ("Bearer", "a" * 31), ("Bearer", ""),
            ("Basic", "a" * 32),
        )
    ]  # fmt: skip
    assert statuses == [200, 200, 401, 401, 401]


# -- its description


class Found(HTMLParser):
    """The tags and addresses of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [str(value) for name, value in attributes if name in ("href", "src")]
        assert not [name for name, _ in attributes if name.startswith("on")]


def test_the_page_tells_every_route_and_loads_nothing(gate: Any) -> None:
    answer = ask(gate, "GET", "/")
    assert answer.headers["content-type"].startswith("text/html")
    found = Found(answer.text)
    assert found.addresses == ["openapi.json"]
    assert not found.tags & {"script", "link", "img", "iframe"}
    assert not re.search(r"url\(|@import", answer.text)
    for route in ("POST /api/v1/search", "POST /api/v1/ask", "GET /api/v1/articles"):
        assert f"<code>{route}</code>" in answer.text


def test_what_stands_in_the_description_is_escaped() -> None:
    described = openapi("/api/v1")
    hostile = "<script>alert(1)</script>`</code><img src=x onerror=alert(1)>"
    described["info"]["title"] = described["info"]["description"] = hostile
    ask_it = described["paths"]["/ask"]["post"]
    ask_it["summary"] = ask_it["description"] = ask_it["operationId"] = hostile
    found = Found(openapi_html(described))
    assert not found.tags & {"script", "img"}


def test_the_description_names_the_place_where_it_is_served(gate: Any) -> None:
    described = ask(gate, "GET", "/openapi.json").json()
    assert described["servers"] == [{"url": "/api/v1"}]
    named = {one["operationId"] for path in described["paths"].values() for one in path.values()}
    assert named == set(OPERATIONS)
    assert ask(gate, "HEAD", "/openapi.json").status_code == 200
