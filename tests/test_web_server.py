"""Where the app may be served and who may come in."""

from __future__ import annotations

import asyncio
import re
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import bcrypt
import pytest
from conftest import Run

from quoth import Answerer, EmbeddingReader, Index
from quoth.errors import IndexMissingError, UsageError
from quoth.web import serve
from quoth.web.auth import add_account, login, read_accounts

HASH = bcrypt.hashpw(b"open sesame", b"$2b$04$" + b"quothquothquothquothqu").decode()
AS_HTPASSWD = HASH.replace("$2b$", "$2y$", 1)


def test_the_app_answers_with_the_reader_and_threshold_that_are_given(
    seeds_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []

    def create_app(index: Index, *, answerer: Answerer, **_: object) -> None:
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
        "(made with 'quoth account FILE NAME'), or --i-know if all who reach it may read everything"
    )


def test_with_accounts_others_may_reach_it(accounts: Path) -> None:
    with pytest.raises(IndexMissingError):
        serve("no/such/index", host="0.0.0.0", port=0, auth=accounts)


def test_who_says_to_know_that_others_may_reach_it_needs_none() -> None:
    with pytest.raises(IndexMissingError):
        serve("no/such/index", host="0.0.0.0", port=0, i_know=True)


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
        f"cannot read the accounts in '{path}': make the file with 'quoth account {path} NAME'"
    )


def test_an_accounts_file_without_accounts_is_named(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.write_text("\n# nobody\n", "utf-8")
    assert message(auth=path) == (
        f"no accounts in '{path}': add one with 'quoth account {path} NAME'"
    )


@pytest.mark.parametrize(
    "line", ["ann", "ann:secret", f":{HASH}", "ann:$apr1$x$y", f"ann:{HASH[:-1]}", f"ann:{HASH}x"]
)
def test_a_malformed_account_is_named_by_line_and_not_told(tmp_path: Path, line: str) -> None:
    path = tmp_path / "accounts"
    path.write_text(f"bob:{HASH}\n{line}\n", "utf-8")
    assert message(auth=path) == (
        f"'{path}', line 2 is not 'name:bcrypt-hash', and passwords are not kept as they are: "
        f"make it with 'quoth account {path} NAME'"
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
    check = login(read_accounts(accounts), delay=0)
    assert asyncio.run(check(name, password)) is expected


def test_a_password_counts_up_to_72_bytes_as_in_htpasswd(tmp_path: Path) -> None:
    hashed = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    check = login({"ann": hashed}, delay=0)
    assert asyncio.run(check("ann", "x" * 100)) is True
    assert asyncio.run(check("ann", "x" * 71)) is False


def test_an_unknown_name_costs_as_many_rounds_as_the_dearest_account() -> None:
    """Else the time would tell which names there are."""
    dear = bcrypt.hashpw(b"open sesame", bcrypt.gensalt(11)).decode()
    check = login({"ann": dear, "bob": HASH}, delay=0)

    def seconds(name: str) -> float:
        start = time.perf_counter()
        assert not asyncio.run(check(name, "wrong"))
        return time.perf_counter() - start

    assert min(seconds("eve") for _ in range(3)) > min(seconds("ann") for _ in range(3)) / 2


def test_a_wrong_password_is_told_later(accounts: Path) -> None:
    check = login(read_accounts(accounts), delay=0.3)
    start = time.perf_counter()
    assert asyncio.run(check("ann", "open sesame"))
    assert time.perf_counter() - start < 0.3
    assert not asyncio.run(check("ann", "wrong"))
    assert time.perf_counter() - start >= 0.3


def test_an_account_is_added_and_replaced_and_the_rest_stays(accounts: Path) -> None:
    before = accounts.read_text("utf-8").splitlines()
    assert add_account(accounts, "eve", "a long password") is False
    assert add_account(accounts, "ann", "another password") is True
    lines = accounts.read_text("utf-8").splitlines()
    assert [line.partition(":")[0] for line in lines] == ["# ours", "", "bob", "eve", "ann"]
    assert lines[2] == before[3]
    check = login(read_accounts(accounts), delay=0)
    assert asyncio.run(check("eve", "a long password"))
    assert asyncio.run(check("ann", "another password"))
    assert not asyncio.run(check("ann", "open sesame"))


def test_a_new_file_of_accounts_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "accounts"
    add_account(path, "ann", "a long password")
    assert path.stat().st_mode & 0o777 == 0o600
    assert "a long password" not in path.read_text("utf-8")
    assert [each.name for each in tmp_path.iterdir()] == ["accounts"]


@pytest.mark.parametrize(
    ("name", "password", "expected"),
    [
        ("a:b", "a long password", "name 'a:b' cannot be an account's"),
        ("", "a long password", "name '' cannot be an account's"),
        ("#ann", "a long password", "name '#ann' cannot be an account's"),
        ("ann\n", "a long password", "name 'ann\\n' cannot be an account's"),
        ("ann", "short", "the password has 5 characters: use at least 8, and at most 72 bytes"),
        ("ann", "x" * 73, "the password has 73 characters: use at least 8, and at most 72 bytes"),
    ],
)
def test_an_account_that_cannot_be_one_is_refused(
    tmp_path: Path, name: str, password: str, expected: str
) -> None:
    with pytest.raises(UsageError, match="^" + re.escape(expected)):
        add_account(tmp_path / "accounts", name, password)
    assert list(tmp_path.iterdir()) == []


def test_the_command_reads_the_password_from_standard_input(run_quoth: Run, tmp_path: Path) -> None:
    path = tmp_path / "accounts"
    first = run_quoth("account", path, "ann", input="open sesame\n")
    assert (first.returncode, first.stdout, first.stderr) == (0, "ann may now come in\n", "")
    again = run_quoth("account", path, "ann", input="close sesame\n")
    assert (again.returncode, again.stdout) == (0, "ann has a new password\n")
    assert asyncio.run(login(read_accounts(path), delay=0)("ann", "close sesame"))


def test_a_file_with_plain_passwords_is_refused_in_one_line(run_quoth: Run, tmp_path: Path) -> None:
    path = tmp_path / "accounts"
    path.write_text("ann:open sesame\n", "utf-8")
    ended = run_quoth("serve", "--auth", path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"quoth: '{path}', line 1 is not 'name:bcrypt-hash', and passwords are not kept as they "
        f"are: make it with 'quoth account {path} NAME'\n"
    )


def test_a_public_address_without_accounts_is_refused_in_one_line(run_quoth: Run) -> None:
    ended = run_quoth("serve", "--host", "0.0.0.0")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("quoth: host '0.0.0.0' can be reached by others: give --auth ")
    assert "--i-know" in ended.stderr
