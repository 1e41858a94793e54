"""The gate before Gradio's app: sizes, headers and health, with a small app behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from quoth.web import bodies
from quoth.web.allowed import Rules
from quoth.web.bodies import MAX_REQUEST
from quoth.web.gate import SECURITY, Gate

MOST = 2_000
UPLOAD = "/gradio_api/upload"
JOIN = "/gradio_api/queue/join"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Tells what came, with headers that must not get out."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    told = {
        "path": scope["path"],
        "bytes": len(body),
        "headers": sorted(name.decode() for name, _ in scope["headers"]),
    }
    headers = [
        (b"access-control-allow-origin", b"http://evil.example"),
        (b"access-control-allow-credentials", b"true"),
        (b"x-frame-options", b"ALLOWALL"),
        (b"set-cookie", b"token=1; HttpOnly; Path=/; SameSite=none; Secure"),
        (b"set-cookie", b"other=2; HttpOnly; Path=/"),
        (b"x-own", b"kept"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})


def a_gate(folder: Path, **rules: Any) -> Gate:
    report = {"articles": 3, "passages": 39, "version": "1"}
    return Gate(echo, Rules(uploads=folder, **rules), lambda: dict(report), max_upload=MOST)


def ask(gate: Gate, method: str, path: str, **options: Any) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=gate)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.request(method, path, **options)

    return asyncio.run(asked())


def files(number: int, content: bytes = b"x") -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", (f"{n}.txt", content)) for n in range(number)]


def test_every_answer_carries_the_headers(tmp_path: Path) -> None:
    for path in ("/", "/health", "/none"):
        answer = ask(a_gate(tmp_path), "GET", path)
        for name, value in SECURITY:
            assert answer.headers.get_list(name.decode()) == [value.decode()], path


def test_no_leave_for_other_origins_and_no_cookie_for_their_requests(tmp_path: Path) -> None:
    answer = ask(a_gate(tmp_path), "GET", "/")
    assert [name for name in answer.headers if name.startswith("access-control")] == []
    assert answer.headers["x-own"] == "kept"
    assert answer.headers.get_list("set-cookie") == [
        "token=1; HttpOnly; Path=/; Secure; SameSite=Lax",
        "other=2; HttpOnly; Path=/; SameSite=Lax",
    ]


def test_a_strangers_word_on_where_the_app_is_does_not_reach_gradio(tmp_path: Path) -> None:
    headers = {
        "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example",
        "X-Gradio-Server": "http://evil.example", "X-Gradio-User": "app", "X-Own": "1",
    }  # fmt: skip
    seen = ask(a_gate(tmp_path), "GET", "/", headers=headers).json()["headers"]
    assert [name for name in seen if name.startswith(("x-", "forwarded"))] == ["x-own"]
    seen = ask(a_gate(tmp_path, root="/quoth"), "GET", "/", headers=headers).json()["headers"]
    assert [name for name in seen if name.startswith("x-")] == ["x-forwarded-host", "x-own"]


@pytest.mark.parametrize("path", ["/quoth/config", "/config"])
def test_gradio_sees_the_path_without_the_prefix(tmp_path: Path, path: str) -> None:
    gate = a_gate(tmp_path, root="https://own.example/quoth")
    assert ask(gate, "GET", path).json()["path"] == "/config"


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"headers": {"Origin": "http://evil.example"}}, 403),
        ({"headers": {"Origin": "null"}}, 403),
        ({"headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
        ({"headers": {"Origin": "http://here"}}, 200),
    ],
)
def test_another_sites_page_is_refused(tmp_path: Path, options: Any, status: int) -> None:
    assert ask(a_gate(tmp_path), "POST", JOIN, **options).status_code == status


def test_another_name_is_refused(tmp_path: Path) -> None:
    gate = a_gate(tmp_path, hosts=frozenset({"localhost"}))
    answer = ask(gate, "GET", "/")
    assert (answer.status_code, answer.json()) == (
        421, {"detail": "no such host here: give --root-path with the app's address"}
    )  # fmt: skip


@pytest.mark.parametrize(("size", "status"), [(MAX_REQUEST, 200), (MAX_REQUEST + 1, 413)])
@pytest.mark.parametrize("told", [True, False], ids=["length told", "in chunks"])
def test_a_request_has_at_most_a_megabyte(
    tmp_path: Path, size: int, status: int, told: bool
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, size, 100_000):
            yield b"x" * min(100_000, size - start)

    content = b"x" * size if told else chunks()
    assert ask(a_gate(tmp_path), "POST", JOIN, content=content).status_code == status


def test_a_length_that_is_a_lie_helps_nobody(tmp_path: Path) -> None:
    """The body counts, not what is said of it."""
    answer = ask(
        a_gate(tmp_path), "POST", JOIN, content=b"x" * (MAX_REQUEST + 1),
        headers={"Content-Length": "5"},
    )  # fmt: skip
    assert answer.json() == {"detail": "more than 1 MB: send less at once"}
    assert answer.status_code == 413


@pytest.mark.parametrize(("size", "status"), [(1_000, 200), (MOST, 413)])
def test_an_upload_has_at_most_what_is_set(tmp_path: Path, size: int, status: int) -> None:
    answer = ask(a_gate(tmp_path), "POST", UPLOAD, files=files(1, b"x" * size))
    assert answer.status_code == status


@pytest.mark.parametrize(("number", "status"), [(10, 200), (11, 413)])
def test_an_upload_has_at_most_so_many_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, status: int
) -> None:
    """Also where a boundary comes in two parts, and where it is quoted."""
    monkeypatch.setattr(bodies, "MAX_FILES", 10)
    request = httpx.Request("POST", "http://here/", files=files(number, b""))
    body = request.read()
    kind = request.headers["content-type"].replace("boundary=", 'charset=x; boundary="') + '"'

    async def bytes_of_it() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 7):
            yield body[start : start + 7]

    answer = ask(
        a_gate(tmp_path), "POST", UPLOAD, content=bytes_of_it(), headers={"Content-Type": kind}
    )
    assert answer.status_code == status


def test_uploads_that_wait_have_a_limit_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quoth.web.gate.MAX_KEPT", 1_000)
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a.txt").write_bytes(b"x" * 600)
    assert ask(a_gate(tmp_path), "POST", UPLOAD, files=files(1)).status_code == 200
    (tmp_path / "one" / "b.txt").write_bytes(b"x" * 400)
    answer = ask(a_gate(tmp_path), "POST", UPLOAD, files=files(1))
    assert (answer.status_code, answer.json()) == (
        507, {"detail": "no room for more files now: try again later"}
    )  # fmt: skip


def test_a_request_that_stops_coming_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "SECONDS", 0.05)

    async def slow() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(0.5)
        yield b"x"

    assert ask(a_gate(tmp_path), "POST", JOIN, content=slow()).status_code == 408


def test_what_the_app_itself_raises_comes_out(tmp_path: Path) -> None:
    async def failing(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("broken")

    gate = Gate(failing, Rules(uploads=tmp_path), dict, max_upload=MOST)
    with pytest.raises(RuntimeError, match="broken"):
        ask(gate, "GET", "/")
    assert gate.busy == 0


def test_health_tells_four_things(tmp_path: Path) -> None:
    for path in ("/health", "/quoth/health"):
        answer = ask(a_gate(tmp_path, root="/quoth"), "GET", path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert answer.json() == {"status": "ok", "articles": 3, "passages": 39, "version": "1"}


def test_health_fails_where_the_index_does(tmp_path: Path) -> None:
    def report() -> dict[str, object]:
        raise OSError("/home/ann/index: no such file")

    answer = ask(Gate(echo, Rules(uploads=tmp_path), report, max_upload=MOST), "GET", "/health")
    assert (answer.status_code, answer.json()) == (503, {"status": "failing", "error": "OSError"})


def test_while_the_app_closes_answers_are_fetched_and_no_question_is_taken(tmp_path: Path) -> None:
    gate = a_gate(tmp_path)
    gate.is_closing = True
    assert ask(gate, "POST", JOIN).status_code == 503
    assert ask(gate, "GET", "/gradio_api/queue/data").status_code == 200
    answer = ask(gate, "GET", "/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "closing")


def test_a_web_socket_is_closed(tmp_path: Path) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(a_gate(tmp_path)({"type": "websocket", "path": "/"}, None, send))  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close", "code": 1003}]
