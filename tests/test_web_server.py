"""Where the app may be served and who may come in."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import bcrypt
import pytest

from quoth import Answerer, EmbeddingReader, Index
from quoth.errors import IndexMissingError, UsageError
from quoth.web import serve
from quoth.web.auth import login, read_accounts

HASH = bcrypt.hashpw(b"open sesame", bcrypt.gensalt(4)).decode()
AS_HTPASSWD = HASH.replace("$2b$", "$2y$", 1)


def test_the_app_answers_with_the_reader_and_threshold_that_are_given(
    seeds_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []

    def create_app(index: Index, *, answerer: Answerer, examples: object) -> None:
        given.append((type(answerer.reader), answerer.threshold))

    app = SimpleNamespace(create_app=create_app)
    monkeypatch.setitem(sys.modules, "quoth.web.app", app)
    monkeypatch.setattr("quoth.web.server._run", lambda *_: None)
    serve(seeds_index, port=0, reader="none", threshold=0.9)
    assert given == [(EmbeddingReader, 0.9)]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def accounts(tmp_path: Path) -> Path:
    path = tmp_path / "accounts"
    path.write_text(f"# ours\n\nann:{AS_HTPASSWD}\nbob:{HASH}\n", "utf-8")
    return path


def message(**options: object) -> str:
    """The line that `serve` refuses with; there is no index, so it cannot go on."""
    with pytest.raises(UsageError) as refused:
        serve("no/such/index", **options)  # type: ignore[arg-type]
    return str(refused.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "example.org"])
def test_a_host_that_others_can_reach_needs_accounts(host: str) -> None:
    assert message(host=host) == (
        f"host '{host}' can be reached by others: give --auth FILE "
        "(made with 'htpasswd -cB FILE NAME'), or leave --host out"
    )


def test_with_accounts_others_may_reach_it(accounts: Path) -> None:
    with pytest.raises(IndexMissingError):
        serve("no/such/index", host="0.0.0.0", port=0, auth=accounts)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_computer_alone_needs_no_accounts(host: str) -> None:
    with pytest.raises(IndexMissingError):
        serve("no/such/index", host=host, port=0)


def test_a_port_in_use_is_named_with_what_to_do(taken_port: int) -> None:
    assert message(port=taken_port) == (
        f"cannot listen at 127.0.0.1:{taken_port} (Address already in use): choose another --port"
    )


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_does_not_exist_is_refused(port: int) -> None:
    assert message(port=port) == f"port {port} does not exist: choose --port from 1 to 65535"


def test_an_accounts_file_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none"
    assert message(auth=path) == (
        f"cannot read the accounts in '{path}': make the file with 'htpasswd -cB {path} NAME'"
    )


def test_an_accounts_file_without_accounts_is_named(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.write_text("\n# nobody\n", "utf-8")
    assert message(auth=path) == (
        f"no accounts in '{path}': add one with 'htpasswd -B {path} NAME'"
    )


@pytest.mark.parametrize(
    "line", ["ann", "ann:secret", f":{HASH}", "ann:$apr1$x$y", f"ann:{HASH[:-1]}", f"ann:{HASH}x"]
)
def test_a_malformed_account_is_named_by_line_and_not_told(tmp_path: Path, line: str) -> None:
    path = tmp_path / "accounts"
    path.write_text(f"bob:{HASH}\n{line}\n", "utf-8")
    assert message(auth=path) == (
        f"'{path}', line 2 is not 'name:bcrypt-hash': make it with 'htpasswd -B {path} NAME'"
    )


@pytest.mark.parametrize(
    ("name", "password", "expected"),
    [
        ("ann", "open sesame", True),
        ("bob", "open sesame", True),
        ("ann", "open", False),
        ("ann", "", False),
        ("ann", "open sesame\0", False),
        ("eve", "open sesame", False),
        ("", "", False),
    ],
)
def test_only_a_known_name_with_its_password_comes_in(
    accounts: Path, name: str, password: str, expected: bool
) -> None:
    check = login(read_accounts(accounts))
    assert asyncio.run(check(name, password)) is expected


def test_a_password_counts_up_to_72_bytes_as_in_htpasswd(tmp_path: Path) -> None:
    hashed = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    check = login({"ann": hashed})
    assert asyncio.run(check("ann", "x" * 100)) is True
    assert asyncio.run(check("ann", "x" * 71)) is False
