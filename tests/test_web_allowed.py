"""Which requests the app answers, by the rules alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from quoth.errors import UsageError
from quoth.web.allowed import (
    FILE,
    Rules,
    checked_root,
    inner_path,
    is_allowed,
    is_foreign,
    is_known_host,
    known_hosts,
)

HOME = Rules(uploads=Path("/none"))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/health"),
        ("POST", "/login"),
        ("GET", "/assets/index.js"),
        ("POST", "/gradio_api/queue/join"),
        ("GET", "/gradio_api/queue/data"),
        ("POST", "/gradio_api/call/ask"),
        ("GET", "/gradio_api/call/ask/0123"),
        ("POST", "/gradio_api/upload"),
        ("GET", "/api/v1/"),
        ("POST", "/api/v1/ask"),
        ("DELETE", "/api/v1/ask"),  # to be told that it is not allowed
    ],
)
def test_what_the_pages_need_is_answered(method: str, path: str) -> None:
    assert is_allowed(method, path, HOME)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/"),
        ("DELETE", "/gradio_api/call/ask"),
        ("GET", "/gradio_api/proxy=http://192.0.2.1/"),
        ("POST", "/gradio_api/run/ask"),
        ("POST", "/gradio_api/api/ask"),
        ("GET", "/gradio_api/token"),
        ("GET", "/gradio_api/runs"),
        ("GET", "/gradio_api/openapi.json"),
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/vibe-edit"),
        ("POST", "/gradio_api/process_recording"),
        ("GET", "/gradio_api/custom_component/x/client/component/index.js"),
        ("GET", "/gradio_api/stream/a/b/1/playlist-file"),
        ("GET", "/gradio_api/dev/reload"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
        ("GET", "/gradio_api/file/etc/passwd"),
        ("GET", "/file=/etc/passwd"),
        ("GET", "/assets/../../../etc/passwd"),
        ("GET", "/static/./x"),
        ("GET", "/static/..\\..\\x"),
        ("GET", "/static/\x00"),
        ("GET", "/api/"),
        ("GET", "/api/v1"),
        ("GET", "/api/v2/articles"),
        ("GET", "/api/v1/../../config"),
        ("GET", "/api/v1/\x00"),
        ("BREW", "/api/v1/ask"),
        ("GET", "//"),
        ("GET", ""),
    ],
)
def test_nothing_else_of_gradio_is(method: str, path: str) -> None:
    assert not is_allowed(method, path, HOME)


def test_only_files_of_the_folder_are_sent(tmp_path: Path) -> None:
    folder = tmp_path / "uploads"
    (folder / "one").mkdir(parents=True)
    inside, outside = folder / "one" / "a b.txt", tmp_path / "secret.txt"
    for path in (inside, outside, tmp_path / "uploads-too.txt"):
        path.write_text("x", "utf-8")
    (folder / "link.txt").symlink_to(outside)
    (folder / "up").symlink_to(tmp_path)
    rules = Rules(uploads=folder)

    def is_sent(path: object) -> bool:
        return is_allowed("GET", f"{FILE}{path}", rules)

    assert is_sent(inside)
    for refused in (
        outside, folder, folder / "one", folder / "none", folder / "link.txt",
        folder / "up" / "secret.txt", f"{folder}-too.txt", f"{folder}/../secret.txt",
        f"{folder}/one/../../secret.txt",
        "/etc/passwd", "", "/", ".", "secret.txt",
        "http://192.0.2.1/", "file:///etc/passwd", f"{inside}\x00.png", "x" * 5000,
    ):  # fmt: skip
        assert not is_sent(refused), refused


def test_a_folder_that_is_a_link_itself_is_known_by_both_names(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.txt").write_text("x", "utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    rules = Rules(uploads=tmp_path / "link")
    assert is_allowed("GET", f"{FILE}{tmp_path}/link/a.txt", rules)
    assert is_allowed("GET", f"{FILE}{tmp_path}/real/a.txt", rules)


def test_without_a_folder_no_file_is_sent() -> None:
    assert not is_allowed("GET", f"{FILE}{Path(__file__)}", Rules(uploads=None))


def test_where_articles_are_only_read_nothing_is_uploaded() -> None:
    assert not is_allowed(
        "POST", "/gradio_api/upload", Rules(uploads=Path("/none"), read_only=True)
    )


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({b"sec-fetch-site": b"same-origin", b"origin": b"http://other"}, False),
        ({b"sec-fetch-site": b"none"}, False),
        ({b"sec-fetch-site": b"same-site"}, True),
        ({b"sec-fetch-site": b"cross-site", b"origin": b"http://here:80"}, True),
        ({b"origin": b"http://here:80"}, False),
        ({b"origin": b"http://HERE:80"}, False),
        ({b"origin": b"http://here:81"}, True),
        ({b"origin": b"http://evil.example"}, True),
        ({b"origin": b"http://here:80.evil.example"}, True),
        ({b"origin": b"null"}, True),
        ({b"origin": b""}, True),
        ({b"origin": b"http://evil.example", b"x-forwarded-host": b"evil.example"}, True),
    ],
)
def test_pages_of_other_origins_are_foreign(headers: dict[bytes, bytes], expected: bool) -> None:
    assert is_foreign("/gradio_api/call/ask", {b"host": b"here:80"} | headers, HOME) is expected


def test_a_link_from_elsewhere_may_lead_to_the_page() -> None:
    assert not is_foreign("/", {b"sec-fetch-site": b"cross-site"}, HOME)


@pytest.mark.parametrize(
    ("root", "origin", "expected"),
    [
        ("/quoth", b"https://told.example", False),
        ("https://own.example/quoth", b"https://own.example", False),
        ("https://own.example/quoth", b"https://evil.example", True),
    ],
)
def test_behind_a_proxy_its_name_is_the_apps(root: str, origin: bytes, expected: bool) -> None:
    headers = {
        b"host": b"127.0.0.1:7860", b"origin": origin, b"x-forwarded-host": b"told.example, b",
    }  # fmt: skip
    assert is_foreign("/login", headers, Rules(uploads=Path("/none"), root=root)) is expected


@pytest.mark.parametrize(
    ("host", "root", "named", "expected"),
    [
        ("127.0.0.1", "", b"127.0.0.1:7860", True),
        ("127.0.0.1", "", b"localhost:7860", True),
        ("127.0.0.1", "", b"LOCALHOST", True),
        ("::1", "", b"[::1]:7860", True),
        ("127.0.0.1", "", b"evil.example:7860", False),
        ("127.0.0.1", "", b"localhost.evil.example", False),
        ("127.0.0.1", "", b"[", False),
        ("127.0.0.1", "", b"", False),
        ("127.0.0.1", "https://own.example/q", b"own.example", True),
        ("127.0.0.1", "https://own.example/q", b"evil.example", False),
        ("127.0.0.1", "/q", b"any.example", True),
        ("0.0.0.0", "", b"any.example", True),
        ("0.0.0.0", "https://own.example", b"evil.example", False),
    ],
)
def test_on_this_computer_alone_the_app_answers_to_its_own_names(
    host: str, root: str, named: bytes, expected: bool
) -> None:
    rules = Rules(uploads=Path("/none"), root=root, hosts=known_hosts(host, root))
    assert is_known_host({b"host": named}, rules) is expected


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ("", ""),
        ("/", ""),
        ("/quoth", "/quoth"),
        ("/a/quoth/", "/a/quoth"),
        ("https://own.example", "https://own.example"),
        ("http://own.example:8080/q/", "http://own.example:8080/q"),
    ],
)
def test_a_root_path_is_a_path_or_an_address(root: str, expected: str) -> None:
    assert checked_root(root) == expected


@pytest.mark.parametrize(
    "root", ["quoth", "//evil.example", "/a/../b", "/a?b", "/a#b", "ftp://x", "https://", "/a//b"]
)
def test_another_root_path_is_refused(root: str) -> None:
    with pytest.raises(UsageError) as refused:
        checked_root(root)
    assert str(refused.value) == (
        f"root path {root!r} is no path and no address: give --root-path such as /quoth or "
        "https://example.org/quoth"
    )


@pytest.mark.parametrize(
    ("path", "prefix", "expected"),
    [
        ("/quoth/config", "/quoth", "/config"),
        ("/quoth/", "/quoth", "/"),
        ("/quoth", "/quoth", "/"),
        ("/config", "/quoth", "/config"),
        ("/quothing", "/quoth", "/quothing"),
        ("/config", "", "/config"),
    ],
)
def test_a_prefix_is_taken_off_where_a_proxy_leaves_it(
    path: str, prefix: str, expected: str
) -> None:
    assert inner_path(path, prefix) == expected
