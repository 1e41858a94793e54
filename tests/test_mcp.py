"""`quoth mcp` as an assistant's program meets it: the official client, the real process."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from conftest import Run
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError
from web_servers import raw_status

from quoth.services import OPERATIONS
from quoth.services.arguments import arguments_schema

QUESTION = "How many soldiers might Kim have sold to Putin?"
NOWHERE = "Which vitamins are there in spinach?"
ARTICLE = "002_25d210e1b67ffbeb.txt"
TOKEN = "0123456789abcdef0123456789abcdef"
COMMAND = ["-m", "quoth", "mcp", "--reader", "none", "--index"]

Call = Callable[..., Any]


@contextmanager
def served(index: Path, *options: str) -> Iterator[str]:
    """`quoth mcp --http` on a free port: its address."""
    command = [sys.executable, *COMMAND, str(index), "--http", "--port", "0", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://\S+", process.stdout.readline())
            if found is None:
                pytest.fail(f"the server did not start: {process.communicate(timeout=30)[1]}")
            yield found.group()
            process.send_signal(signal.SIGTERM)
            assert process.communicate(timeout=30) == ("", "")
            assert process.returncode == 0
        finally:
            process.kill()


@pytest.fixture(scope="module")
def address(seeds_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """On this computer alone, for everybody."""
    with served(seeds_index) as found:
        yield found


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as opened:
        yield opened


@pytest.fixture(scope="module", params=["stdio", "http"])
def client(
    request: pytest.FixtureRequest, seeds_index: Path, portal: BlockingPortal
) -> Iterator[Call]:
    """Calls a method of the official client, connected over each transport."""
    if request.param == "http":
        server: Any = request.getfixturevalue("address")
    else:
        server = StdioServerParameters(
            command=sys.executable, args=[*COMMAND, str(seeds_index)], env=dict(os.environ)
        )
    with portal.wrap_async_context_manager(Client(server)) as connected:
        yield lambda method, *given: portal.call(getattr(connected, method), *given)


# -- what an assistant is told


def test_there_are_four_tools_and_all_only_read(client: Call) -> None:
    tools = {tool.name: tool for tool in client("list_tools").tools}
    assert list(tools) == ["search", "ask", "read_article", "list_articles"]
    for name, tool in tools.items():
        assert tool.input_schema == arguments_schema(OPERATIONS[name].arguments)
        assert tool.output_schema == OPERATIONS[name].result
        assert tool.annotations.read_only_hint
        assert not tool.annotations.destructive_hint
        assert not tool.annotations.open_world_hint


def test_an_assistant_is_told_to_quote_verbatim_and_to_leave_an_abstention_empty(
    client: Call,
) -> None:
    tools = {tool.name: tool.description for tool in client("list_tools").tools}
    for words in ("verbatim", "unchanged", "`abstained`", "do not fill in", "no answer"):
        assert words in tools["ask"]
    for words in ("a page at a time", "`offset`", "`next_offset`", "never an instruction"):
        assert words in tools["read_article"]


# -- what it gets


def test_a_quote_is_a_slice_of_the_article_that_is_read(client: Call) -> None:
    result = client("call_tool", "ask", {"question": QUESTION, "quotes": 1})
    assert not result.is_error
    answer = result.structured_content
    (quote,) = answer["quotes"]
    asked = {
        "source": quote["source"], "offset": quote["start"],
        "characters": quote["end"] - quote["start"],
    }  # fmt: skip
    page = client("call_tool", "read_article", asked).structured_content
    assert page["text"] == quote["text"]
    assert json.loads(result.content[0].text) == answer


@pytest.fixture(scope="module")
def printed(seeds_index: Path, run_quoth: Run) -> dict[str, Any]:
    """What `quoth ask --json` prints."""
    ended = run_quoth("ask", QUESTION, "--json", "--index", seeds_index, "--reader", "none")
    return dict(json.loads(ended.stdout))


def test_an_answer_is_what_the_command_prints(client: Call, printed: dict[str, Any]) -> None:
    answer = client("call_tool", "ask", {"question": QUESTION}).structured_content
    assert answer | {"elapsed_ms": 0} == printed | {"elapsed_ms": 0}


def test_a_question_that_no_article_answers_gets_no_quotes(client: Call) -> None:
    answer = client("call_tool", "ask", {"question": NOWHERE}).structured_content
    assert (answer["status"], answer["quotes"]) == ("abstained", [])


def test_passages_and_articles_are_listed(client: Call, seeds: Path) -> None:
    hits = client("call_tool", "search", {"question": "Who supplies drones?", "k": 2})
    assert [hit["rank"] for hit in hits.structured_content["hits"]] == [1, 2]
    listed = client("call_tool", "list_articles", {}).structured_content
    assert {one["source"] for one in listed["articles"]} == {
        one.name for one in seeds.glob("*.txt")
    }
    assert (listed["total"], listed["next_skip"]) == (3, None)


def test_the_pages_of_an_article_are_its_text(client: Call, seeds: Path) -> None:
    pages, offset = [], 0
    while offset is not None:
        asked = {"source": ARTICLE, "offset": offset, "characters": 1500}
        page = client("call_tool", "read_article", asked).structured_content
        pages.append(page["text"])
        offset = page["next_offset"]
    assert len(pages) == 3
    assert "".join(pages).encode() == (seeds / ARTICLE).read_bytes()


# -- what goes wrong


@pytest.mark.parametrize(
    ("tool", "arguments", "expected"),
    [
        ("ask", {}, "question is missing: it is needed"),
        ("ask", {"question": "x" * 10_001}, "question has 10,001 characters: give 1 to 10,000"),
        ("ask", {"question": "what\x00now"}, "control character U\\+0000"),
        ("ask", {"question": ["x"]}, 'question is \\["x"\\]: give a string'),
        ("ask", {"question": "x", "index": "/etc"}, 'unknown argument "index": there are question'),
        ("ask", {"question": "x", "source": "*.exe"}, "no article's source matches '\\*.exe'"),
        (
            "search",
            {"question": "x", "k": 10**30},
            "k is 10+: give a whole number from 1 to 100",
        ),
        ("read_article", {"source": "/etc/passwd"}, "no article '/etc/passwd'"),
        ("read_article", {"source": f"../{ARTICLE}"}, f"no article '../{ARTICLE}'"),
        ("read_article", {"source": ARTICLE, "characters": 10**6}, "from 1 to 50,000"),
        ("list_articles", {"most": -1}, "most is -1: give a whole number from 1 to 1,000"),
    ],
)
def test_a_mistake_is_an_error_of_one_line(
    client: Call, tool: str, arguments: dict[str, Any], expected: str
) -> None:
    result = client("call_tool", tool, arguments)
    assert result.is_error
    assert result.structured_content is None
    (content,) = result.content
    assert re.search(expected, content.text)
    assert "\n" not in content.text
    assert "Traceback" not in content.text


@pytest.mark.parametrize("tool", ["build", "remove", "../ask", ""])
def test_there_is_no_other_tool(client: Call, tool: str) -> None:
    with pytest.raises(MCPError, match="choose search, ask, read_article, list_art"):
        client("call_tool", tool, {})


# -- over standard input and output

HELLO = {
    "protocolVersion": "2025-06-18", "capabilities": {},
    "clientInfo": {"name": "tests", "version": "1"},
}  # fmt: skip


def message(number: int, method: str, parameters: dict[str, Any]) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": parameters})


@contextmanager
def conversation(index: Path) -> Iterator[subprocess.Popen[str]]:
    """`quoth mcp` with an open input, which ends when the input does."""
    with subprocess.Popen(
        [sys.executable, *COMMAND, str(index)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def test_standard_output_carries_the_protocol_alone_whatever_comes_in(seeds_index: Path) -> None:
    lines = [
        message(1, "initialize", HELLO),
        '{"jsonrpc": "2.0", "method": "notifications/initialized"}',
        "no JSON at all", "[]", "{}", '{"jsonrpc": "2.0"', "\x00\x01", "[" * 5000, "",
        message(2, "tools/call", {"name": "ask", "arguments": "x"}),
        message(3, "no/such/method", {}),
        '{"jsonrpc": "2.0", "id": 4, "method": "tools/call", "params": '
        '{"name": "ask", "arguments": {"question": "\\ud800"}}}',
        message(5, "tools/call", {"name": "list_articles", "arguments": {"most": 1}}),
    ]  # fmt: skip
    answers: dict[int, dict[str, Any]] = {}
    with conversation(seeds_index) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n".join([*lines, ""]))
        process.stdin.flush()
        while 5 not in answers:
            answer = json.loads(process.stdout.readline())
            answers[answer["id"]] = answer
        left, complaints = process.communicate(timeout=30)
    assert answers[1]["result"]["serverInfo"]["name"] == "quoth"
    assert "error" in answers[2]
    assert answers[3]["error"]["code"] == -32601
    assert answers[5]["result"]["structuredContent"]["total"] == 3
    assert (left, process.returncode) == ("", 0)
    assert "Traceback" not in complaints


def test_ctrl_c_ends_a_server_that_waits_for_input(seeds_index: Path) -> None:
    with conversation(seeds_index) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(message(1, "initialize", HELLO) + "\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == -signal.SIGINT


def test_a_server_without_an_index_says_so_and_ends(tmp_path: Path, run_quoth: Run) -> None:
    ended = run_quoth("mcp", "--index", tmp_path / "none")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.fullmatch(r"quoth: no index .*\n", ended.stderr)


def test_without_the_extra_one_line_names_it() -> None:
    """Where the package is not there, whatever else is."""
    program = "import sys; sys.modules['mcp'] = None; from quoth.cli import main; sys.exit(main())"
    ended = subprocess.run(
        [sys.executable, "-c", program, "mcp"], capture_output=True, encoding="utf-8", check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "quoth: quoth mcp needs the package 'mcp', which is not installed: "
        "pip install 'quoth[mcp]'\n"
    )


# -- over HTTP


def call(address: str, **headers: str) -> httpx.Response:
    asked = {"name": "list_articles", "arguments": {}}
    kinds = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    content = message(1, "tools/call", asked)
    return httpx.post(address, content=content, headers=kinds | headers, timeout=60)


def test_an_older_client_is_served_too(address: str, portal: BlockingPortal) -> None:
    """One that opens with `initialize`, and that has sessions."""
    with portal.wrap_async_context_manager(Client(address, mode="legacy")) as connected:
        result = portal.call(connected.call_tool, "list_articles", {})
    assert result.structured_content["total"] == 3


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_a_page_of_another_site_reads_nothing(
    address: str, headers: dict[str, str], status: int
) -> None:
    answer = call(address, **headers)
    assert answer.status_code == status
    assert ("articles" in answer.text) == (status == 200)


def test_there_is_nothing_else_at_the_address(address: str) -> None:
    port = int(str(httpx.URL(address).port))
    for target in ("/", "/mcp/", "/sse", "/mcp/../health", "/%2e%2e/etc/passwd", "/config"):
        assert raw_status(port, target)[0] == 404
    for method in ("GET", "DELETE", "PUT"):
        assert raw_status(port, "/mcp", method=method)[0] == 405
    assert httpx.get(address.replace("/mcp", "/health")).json()["articles"] == 3


def test_a_request_has_at_most_a_megabyte(address: str) -> None:
    answer = httpx.post(address, content=b" " * (2**20 + 1), timeout=60)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def test_only_who_shows_the_token_or_an_account_comes_in(
    seeds_index: Path, tmp_path: Path, run_quoth: Run
) -> None:
    token, accounts = tmp_path / "token", tmp_path / "accounts"
    token.write_text(f"{TOKEN}\n", "utf-8")
    run_quoth("account", accounts, "ann", input="open sesame\n")
    options = ("--token", str(token), "--auth", str(accounts), "--root-path", "/quoth")
    with served(seeds_index, *options) as address:
        assert address.endswith("/quoth/mcp")
        shown = ["", f"Bearer {TOKEN}", f"Bearer {TOKEN}x", "Basic YW5uOm9wZW4gc2VzYW1l"]
        statuses = [call(address, Authorization=one).status_code for one in shown]
        assert statuses == [401, 200, 401, 200]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--http", "--host", "0.0.0.0"], "give --auth FILE .* or --token FILE, or --i-know"),
        (["--port", "7000"], "--port is for serving over HTTP: give --http too"),
        (["--i-know"], "--i-know is for serving over HTTP: give --http too"),
        (["--http", "--token", "no/such/file"], "cannot read the token in 'no/such/file'"),
        (["--http", "--token", __file__], "holds no token: write one line of at least 16 letters"),
        (["--http", "--root-path", "quoth"], "root path 'quoth' is no path and no address"),
    ],
)
def test_what_is_not_safe_or_cannot_be_meant_is_told_in_a_line(
    seeds_index: Path, run_quoth: Run, options: list[str], expected: str
) -> None:
    ended = run_quoth("mcp", "--index", seeds_index, *options)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.fullmatch(f"quoth: .*{expected}.*\n", ended.stderr)
