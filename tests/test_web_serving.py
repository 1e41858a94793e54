"""The real server: what it gives away, whom it lets in, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from web_pages import QUESTION
from web_servers import PASSWORD, Served, descendants, proxied, raw_status, serving

from quoth import __version__

pytest_plugins = ("server_fixtures",)

SECRET = "the secret of a file that is no article"


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("secrets") / "secret.txt"
    path.write_text(SECRET, "utf-8")
    return path


@pytest.fixture(scope="module")
def plain(seeds_index: Path) -> Iterator[Served]:
    """On this computer alone, without accounts."""
    with serving(seeds_index, "--reader", "none", "--max-upload", "1") as served:
        yield served


def asked(address: str, question: str, *, client: httpx.Client | None = None) -> dict[str, object]:
    """The answer, through the two requests that docs/serving.md tells."""
    if client is None:
        with httpx.Client() as own:
            return asked(address, question, client=own)
    event = client.post(f"{address}gradio_api/call/ask", json={"data": [question, 3, None]})
    event.raise_for_status()
    return fetched(address, event.json()["event_id"], client=client)


def fetched(address: str, event: str, *, client: httpx.Client) -> dict[str, object]:
    told = client.get(f"{address}gradio_api/call/ask/{event}", timeout=60).text
    lines = told.strip().splitlines()
    assert lines[-2] == "event: complete", told
    return dict(json.loads(lines[-1].removeprefix("data: "))[0])


def test_health_tells_four_things_and_no_secret(plain: Served, seeds_index: Path) -> None:
    answer = httpx.get(f"{plain.address}health")
    assert (answer.status_code, answer.json()) == (
        200, {"status": "ok", "articles": 3, "passages": 39, "version": __version__}
    )  # fmt: skip


def test_no_file_of_the_disk_is_given_away(plain: Served, secret: Path, seeds_index: Path) -> None:
    root, up = Path(__file__).parent.parent, "../" * 20
    inside = f"{up}{str(secret)[1:]}"
    paths = [
        str(secret),
        inside,
        f"/{inside}",
        f"file://{secret}",
        "/etc/passwd",
        "/proc/self/environ",
    ]
    paths += [str(seeds_index / "quoth.sqlite"), str(root / "pyproject.toml"), "pyproject.toml", ""]
    paths += [f".{secret}", f"{secret}%00.png", inside.replace("../", "..\\"), f"//{secret}"]
    paths += [inside.replace("../", "..%c0%af"), inside.replace("..", "%2e%2e")]
    routes = ["gradio_api/file=", "gradio_api/file/", "file=", "file/", "assets/", "static/"]
    routes += ["svelte/", "gradio_api/proxy=", "gradio_api/custom_component/", "theme.css/", ""]
    for route in routes:
        for path in paths:
            for target in (path, quote(path, safe="%"), quote(quote(path, safe=""), safe="")):
                sent = f"/{route}{target}".replace(" ", "%20")
                status, body = raw_status(plain.port, sent)
                is_page = sent.lstrip("/") == ""
                assert is_page or 400 <= status < 500, sent
                assert SECRET.encode() not in body
                assert b"root:" not in body


def upload(address: str, name: str, content: bytes) -> httpx.Response:
    return httpx.post(f"{address}gradio_api/upload", files=[("files", (name, content))])


@pytest.mark.parametrize(
    "name",
    [
        "a.txt", "../../x.txt", "..%2f..%2fx.txt", "/etc/x.txt", "..\\..\\x.txt", "..", ".",
        "x" * 300, "con.txt", "a\u202etxt.exe", "<script>.html", "ü ~ $(touch x);`id`.md",
    ],
)  # fmt: skip
def test_an_uploaded_file_stays_in_the_folder_whatever_its_name(plain: Served, name: str) -> None:
    answer = upload(plain.address, name, b"text of " + name.encode())
    if answer.status_code != 200:
        assert 400 <= answer.status_code < 500
        return
    place = Path(answer.json()[0])
    (folder,) = [each for each in place.parents if each.name.startswith("quoth-")]
    assert ".." not in place.parts
    assert place.resolve().is_relative_to(folder.resolve())
    assert folder.stat().st_mode & 0o077 == 0, "for its owner alone"
    got = httpx.get(f"{plain.address}gradio_api/file={quote(str(place))}")
    assert (got.status_code, got.content) == (200, b"text of " + name.encode())
    assert got.headers["content-type"].partition(";")[0] not in ("text/html", "image/svg+xml")
    assert got.headers["x-content-type-options"] == "nosniff"


def test_a_page_that_is_uploaded_is_not_shown_as_one(plain: Served) -> None:
    for name in ("a.html", "a.svg", "a.xml", "a.xhtml"):
        place = upload(plain.address, name, b"<svg onload='alert(1)'/>").json()[0]
        got = httpx.get(f"{plain.address}gradio_api/file={place}")
        assert got.headers["content-disposition"].startswith("attachment")
        assert got.headers["content-type"] == "application/octet-stream"


def test_uploads_have_a_limit(plain: Served) -> None:
    assert upload(plain.address, "a.txt", b"x" * 2**20).status_code == 200
    assert upload(plain.address, "a.txt", b"x" * (2**20 + 2**18)).status_code == 413
    many = [("files", (f"{n}.txt", b"x")) for n in range(1001)]
    assert httpx.post(f"{plain.address}gradio_api/upload", files=many).status_code in (400, 413)


def test_questions_have_a_limit(plain: Served) -> None:
    call = f"{plain.address}gradio_api/call/ask"
    assert httpx.post(call, json={"data": ["x" * 2**20]}).status_code == 413
    event = httpx.post(call, json={"data": ["x" * 10_001, 3, None]}).json()["event_id"]
    told = httpx.get(f"{call}/{event}").text
    assert "event: error" in told
    assert "10,000" in told


def test_nobody_gets_past_the_queue(plain: Served) -> None:
    for route in ("run", "api"):
        answer = httpx.post(
            f"{plain.address}gradio_api/{route}/ask", json={"data": [QUESTION, 3, None]}
        )
        assert answer.status_code == 404


def test_a_path_of_the_disk_is_no_uploaded_file(plain: Served, secret: Path) -> None:
    """Whatever the page sends files to, a made-up one is refused."""
    config = httpx.get(f"{plain.address}config").json()
    parts = {part["id"]: part for part in config["components"]}
    made_up = {"path": str(secret), "orig_name": "a.txt", "meta": {"_type": "gradio.FileData"}}
    for event in config["dependencies"]:
        kinds = [parts[part]["type"] for part in event["inputs"]]
        data = [[made_up] if kind in ("file", "uploadbutton") else made_up for kind in kinds]
        hash_ = f"made-up-{event['id']}"
        body = {"data": data, "fn_index": event["id"], "session_hash": hash_, "event_data": made_up}
        joined = httpx.post(f"{plain.address}gradio_api/queue/join", json=body)
        if joined.status_code == 200:
            told = httpx.get(
                f"{plain.address}gradio_api/queue/data?session_hash={hash_}", timeout=60
            ).text
            assert SECRET not in told
    totals = httpx.get(f"{plain.address}health").json()
    assert totals["articles"] == 3, "nothing was added"
    found = asked(plain.address, SECRET)
    assert SECRET not in json.dumps([found["quotes"], found["nearest"]])


def test_another_sites_requests_are_refused(plain: Served) -> None:
    """As curl would send them; what a real page can do is in test_web_hostile.py."""
    call = f"{plain.address}gradio_api/call/ask"
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://127.0.0.1:{plain.port + 1}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
    ):
        for answer in (
            httpx.post(call, json={"data": [QUESTION, 3, None]}, headers=headers),
            httpx.get(f"{plain.address}config", headers=headers),
            httpx.options(call, headers=headers | {"Access-Control-Request-Method": "POST"}),
        ):
            assert answer.status_code in (403, 404, 421), headers
            assert not [each for each in answer.headers if each.startswith("access-control-")]


def test_strangers_get_nothing_but_the_login_and_health(guarded: Served) -> None:
    address = guarded.address
    assert httpx.get(f"{address}health").json()["status"] == "ok"
    page = httpx.get(address).text
    assert '"auth_required":true' in page
    assert '"components":[],"dependencies":[]' in page
    for word in ("Kim", "whirlpool", ".txt"):
        assert word not in page
    refused = [
        httpx.get(f"{address}config"),
        httpx.get(f"{address}gradio_api/info"),
        httpx.get(f"{address}gradio_api/queue/data?session_hash=x"),
        httpx.get(f"{address}gradio_api/call/ask/x"),
        httpx.post(f"{address}gradio_api/queue/join", json={"data": [], "fn_index": 0}),
        httpx.post(f"{address}gradio_api/call/ask", json={"data": [QUESTION, 3, None]}),
    ]
    assert [answer.status_code for answer in refused] == [401] * len(refused)


@contextmanager
def logged_in(address: str, name: str = "ann", password: str = PASSWORD) -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        client.post(f"{address}login", data={"username": name, "password": password})
        yield client


def test_an_account_comes_in_and_out(guarded: Served) -> None:
    with logged_in(guarded.address) as client:
        assert asked(guarded.address, QUESTION, client=client)["status"] == "answered"
        client.get(f"{guarded.address}logout")
        assert client.get(f"{guarded.address}config").status_code == 401


def test_a_wrong_password_and_an_unknown_name_look_the_same(guarded: Served) -> None:
    answers = [
        httpx.post(f"{guarded.address}login", data={"username": name, "password": "wrong"})
        for name in ("ann", "eve")
    ]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].content == answers[1].content
    assert not answers[0].cookies


def test_the_cookie_is_for_this_site_and_not_for_scripts(guarded: Served) -> None:
    answer = httpx.post(f"{guarded.address}login", data={"username": "ann", "password": PASSWORD})
    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert cookie.endswith("SameSite=Lax")


def test_where_articles_are_only_read_nothing_can_be_uploaded(guarded: Served) -> None:
    files = [("files", ("a.txt", b"x"))]
    with logged_in(guarded.address) as client:
        answer = client.post(f"{guarded.address}gradio_api/upload", files=files)
        assert answer.status_code == 404
        names = set(client.get(f"{guarded.address}gradio_api/info").json()["named_endpoints"])
    assert {"/ask", "/search", "/articles", "/article"} <= names
    assert not [name for name in names if "add" in name or "remove" in name]


@pytest.mark.parametrize("strips", [True, False], ids=["stripping", "keeping"])
def test_another_program_asks_through_a_proxy(guarded: Served, strips: bool) -> None:
    """Through one that takes the prefix off, and one that leaves it there."""
    target = guarded.address.removesuffix("/quoth/")
    with proxied(target, "/quoth", strips=strips) as address:
        assert httpx.get(f"{address}health").json()["articles"] == 3
        with logged_in(address) as client:
            assert asked(address, QUESTION, client=client)["status"] == "answered"
            root = client.get(f"{address}config").json()["root"]
        assert root == address.removesuffix("/")
        script = (
            "import sys; from gradio_client import Client\n"
            "client = Client(sys.argv[1], auth=('ann', sys.argv[2]), verbose=False)\n"
            "print(client.predict(sys.argv[3], api_name='/ask')['status'])\n"
        )
        ended = subprocess.run(
            [sys.executable, "-c", script, address, PASSWORD, QUESTION],
            capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
        assert (ended.stdout, ended.stderr) == ("answered\n", "")


@pytest.mark.parametrize(
    ("endpoint", "data", "expected"),
    [
        ("search", ["Kim", 0], "k"),
        ("search", [3], "question is 3: give a string"),
        ("search", ["Kim", "ten"], "k is 'ten': give a whole number"),
        ("search", ["Kim", 3, "best"], "best"),
        ("articles", [0], "most is 0: choose 1 to 1000"),
        ("article", ["none.txt"], "none.txt"),
        ("article", ["../../etc/passwd"], "../../etc/passwd"),
    ],
)
def test_an_endpoint_tells_a_mistake_in_one_line(
    plain: Served, endpoint: str, data: list[object], expected: str
) -> None:
    call = f"{plain.address}gradio_api/call/{endpoint}"
    lengths = {"search": 6, "articles": 1, "article": 1}
    defaults = ["", 10, "hybrid", None, None, None]
    sent = [*data, *defaults[len(data) : lengths[endpoint]]]
    event = httpx.post(call, json={"data": sent}).json()["event_id"]
    told = httpx.get(f"{call}/{event}", timeout=60).text
    assert told.startswith("event: error")
    assert expected in told
    assert "Traceback" not in told


def test_a_signal_lets_questions_finish_and_leaves_nothing(seeds_index: Path) -> None:
    with serving(seeds_index, "--reader", "none") as served:
        place = Path(upload(served.address, "a.txt", b"x").json()[0])
        call = f"{served.address}gradio_api/call/ask"
        client = httpx.Client(limits=httpx.Limits(max_connections=50))
        stream = client.stream("GET", f"{served.address}gradio_api/heartbeat/x", timeout=60)
        questions = [f"What does Kim say of {word}?" for word in "abcdefghijklmnopqrst"]
        with client, stream as heartbeat:  # as of a page that stays open
            next(heartbeat.iter_lines())
            events = [
                client.post(call, json={"data": [one, 3, None]}).json()["event_id"]
                for one in questions
            ]
            answers: dict[str, object] = {}

            def fetch(event: str, question: str) -> None:
                answers[question] = fetched(served.address, event, client=client)["question"]

            threads = [
                threading.Thread(target=fetch, args=pair)
                for pair in zip(events, questions, strict=True)
            ]
            for thread in threads:
                thread.start()
            started = descendants(served.process.pid)
            begun = time.monotonic()
            code, complaints = served.end(signal.SIGTERM)
            for thread in threads:
                thread.join(30)
        assert answers == {question: question for question in questions}
        assert (code, complaints) == (0, "")
        assert time.monotonic() - begun < 20
        assert not [each for each in started if Path(f"/proc/{each}").exists()]
        (folder,) = [each for each in place.parents if each.name.startswith("quoth-")]
        assert not folder.exists()
        with socket.create_server(("127.0.0.1", served.port)):
            pass  # the port is free


def test_ctrl_c_ends_it_with_130(seeds_index: Path) -> None:
    with serving(seeds_index, "--reader", "none") as served:
        assert served.end(signal.SIGINT) == (130, "quoth: interrupted\n")


def test_whoever_said_to_know_serves_everybody(seeds_index: Path) -> None:
    if not os.path.exists("/proc/net/tcp"):
        pytest.skip("needs an address beside 127.0.0.1 that is this computer's")
    with serving(seeds_index, "--reader", "none", "--host", "0.0.0.0", "--i-know") as served:
        assert served.address.startswith("http://localhost:")
        answer = httpx.get(
            f"http://127.0.0.2:{served.port}/health", headers={"Host": "any.example"}
        )
        assert answer.json()["status"] == "ok"
