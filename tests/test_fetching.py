"""Fetching one page: from where, how much, how long, and what it is."""

from __future__ import annotations

import ipaddress
import ssl
import time
from collections.abc import Iterator, Sequence
from typing import Any

import httpcore
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from quoth import __version__
from quoth.articles import FileReader
from quoth.articles.addresses import is_public
from quoth.articles.fetching import Fetched, fetch, fetched_file, source_of
from quoth.errors import ArticleError
from tests.pages_server import PAGE, Server, serving

PUBLIC = "93.184.215.14"
NAMES = {
    "public.test": [PUBLIC],
    "inner.test": ["10.0.0.7"],
    "half.test": [PUBLIC, "127.0.0.1"],
    "twice.test": ["93.184.215.15", PUBLIC],
    "nowhere.test": [],
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


class Network:
    """Names by a table; each connection goes to the server, whatever public address it is for."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.asked: list[str] = []
        self.connected: list[tuple[str, int]] = []

    def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host not in NAMES:
            raise OSError("Name or service not known")
        return NAMES[host]

    def connect(self, address: str, port: int, seconds: float) -> httpcore.NetworkStream:
        self.connected.append((address, port))
        if address == "93.184.215.15":
            raise httpcore.ConnectError("[Errno 111] Connection refused")
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", self.server.port, seconds)

    def fetch(self, address: str, **options: Any) -> Fetched:
        return fetch(address, resolve=self.resolve, connect=self.connect, **options)


@pytest.fixture
def network(server: Server) -> Network:
    return Network(server)


def reason(address: str, network: Network | None = None, **options: Any) -> str:
    """Why it is not fetched, behind `cannot fetch '…': `."""
    get = network.fetch if network else fetch
    with pytest.raises(ArticleError) as caught:
        get(address, **options)
    said = str(caught.value)
    assert "\n" not in said
    assert said.startswith("cannot fetch '")
    return said.partition("': ")[2]


# --- What is fetched ---


def test_a_page_of_a_public_host(network: Network) -> None:
    found = network.fetch("http://public.test/page#part")
    assert found == Fetched("http://public.test/page", "text/html; charset=utf-8", PAGE)
    assert network.asked == ["public.test"], "looked up once"
    assert network.connected == [(PUBLIC, 80)], "connected to what was checked"


def test_the_request_says_little(network: Network, server: Server) -> None:
    network.fetch("http://public.test:8080/page")
    path, headers = server.asked[-1]
    assert path == "/page"
    assert headers == {
        "Host": "public.test:8080",
        "User-Agent": f"quoth/{__version__}",
        "Accept": "text/html, application/xhtml+xml, text/markdown, text/plain, application/pdf",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }
    assert network.connected == [(PUBLIC, 8080)], "any port"


def test_proxies_of_the_environment_are_not_asked(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert network.fetch("http://public.test/page").data == PAGE


def test_a_redirect_is_followed_without_its_cookies(network: Network, server: Server) -> None:
    found = network.fetch("http://public.test/cookie")
    assert (found.address, found.data) == ("http://public.test/page", PAGE)
    assert "Cookie" not in server.asked[-1][1]
    assert network.asked == ["public.test"] * 2, "each hop is looked up and checked"


def test_a_packed_page_is_unpacked(network: Network) -> None:
    assert network.fetch("http://public.test/packed").data == PAGE


def test_the_next_address_is_tried_where_one_does_not_answer(network: Network) -> None:
    assert network.fetch("http://twice.test/page").data == PAGE
    assert network.connected == [("93.184.215.15", 80), (PUBLIC, 80)]


def test_this_machine_where_that_is_allowed(server: Server) -> None:
    """By the real look-up and connection."""
    found = fetch(f"http://127.0.0.1:{server.port}/to-page", allow_private=True)
    assert found.address == f"http://127.0.0.1:{server.port}/page"
    assert found.data == PAGE


# --- What is refused: where ---


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "localhost",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "[::]",
        "169.254.169.254",
        "10.1.2.3",
        "[fe80::1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "224.0.0.1",
        "[fd00::1]",
    ],
)
def test_an_address_of_this_machine_or_network_in_any_form(host: str, server: Server) -> None:
    """By the real look-up; nothing is connected."""
    before = len(server.asked)
    said = reason(f"http://{host}:{server.port}/page")
    assert said.endswith("is no address of the public internet: allow it by --allow-private")
    assert len(server.asked) == before


@pytest.mark.parametrize("host", ["0177.0.0.1", "0300.0250.1.1", "256.1.1.1", "[1]"])
def test_a_number_that_is_no_address(host: str) -> None:
    """Octal forms, which some programs take for another address than others."""
    assert reason(f"http://{host}/").startswith("it is no address: ")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://inner.test/", "'inner.test' (10.0.0.7) is no address of the public internet: "),
        ("http://half.test/", "'half.test' (127.0.0.1) is no address of the public internet: "),
        ("http://unknown.test/", "there is no host 'unknown.test': check the address"),
        ("http://nowhere.test/", "there is no host 'nowhere.test': check the address"),
        ("file:///etc/passwd", "expected an address that begins with http:// or https://"),
        ("http://1.2.3.4.5/", "there is no host '1.2.3.4.5': it is no address in numbers"),
        ("ftp://public.test/", "expected an address that begins with http:// or https://"),
        ("public.test/page", "expected an address that begins with http:// or https://"),
        ("http://", "expected an address that begins with http:// or https://"),
        ("", "expected an address that begins with http:// or https://"),
        ("http://me:secret@public.test/", "it holds a name or password: leave them out"),
        ("http://me@public.test/", "it holds a name or password: leave them out"),
        ("http://public.test:0/", "there is no port 0: it is 1 to 65535"),
        ("http://public.test:99999/", "there is no port 99999: it is 1 to 65535"),
        ("http://public.test:x/", "it is no address: "),
        ("http://public\n.test/", "it is no address: "),
        ("http://public.test/" + "x" * 2_000, "an address of more than 2,000 characters"),
        ("http://public.test/to-file", "it redirects to 'file:///etc/passwd': expected an"),
        ("http://public.test/to-private", "'inner.test' (10.0.0.7) is no address of the public"),
        ("http://public.test/to-password", "it redirects to 'http://me:secret@public.test/': it"),
        ("http://public.test/to-nothing", "it redirects to 'http://[1]/': Invalid IPv6"),
        ("http://public.test/round", "it redirects in a circle, to 'http://public.test/round'"),
        ("http://public.test/hop0", "it redirects more than 5 times"),
        ("http://public.test/nothing", "the server says 404 Not Found"),
        ("http://public.test/teapot", "the server says 418 I'm a Teapot"),
        ("http://public.test/strange", "the server says 799"),
        ("http://public.test/lost", "the server says 302 Found"),
        ("http://public.test/cut-off", "the connection failed: peer closed connection without"),
        ("http://public.test/no-http", "the connection failed: "),
        ("http://public.test/half-packed", "it ends in the middle of what was packed"),
        ("http://public.test/not-packed", "it cannot be unpacked: "),
        ("http://public.test/other-packed", "it is packed as 'br': expected gzip or nothing"),
        ("http://public.test/large", "it has more than 1.0 MiB"),
        ("http://public.test/promised", "it has more than 1.0 MiB"),
        ("http://public.test/endless", "it has more than 1.0 MiB"),
        ("http://public.test/bomb", "it has more than 1.0 MiB"),
        ("http://public.test/endless-head", "the connection failed: "),
    ],
)
def test_what_is_refused(network: Network, address: str, said: str) -> None:
    assert reason(address, network, max_bytes=2**20).startswith(said)


def test_a_redirect_to_this_machine_is_not_connected(server: Server) -> None:
    network = Network(server)
    said = reason("http://public.test/to-loopback", network)
    assert said.startswith("'127.0.0.1' is no address of the public internet")
    assert network.connected == [(PUBLIC, 80)]


def test_a_name_server_that_changes_its_mind_is_asked_once(server: Server) -> None:
    """A second answer, as an attacker's name server gives it, would lead to this machine."""
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    network = Network(server)
    found = fetch(
        "http://public.test/page", resolve=lambda *_: next(answers), connect=network.connect
    )
    assert found.data == PAGE
    assert network.connected == [(PUBLIC, 80)]
    assert next(answers) == ["127.0.0.1"]


# --- What is refused: how long ---


@pytest.mark.parametrize("page", ["drip", "drip-head", "informed", "silent"])
def test_all_of_it_has_its_time(network: Network, page: str) -> None:
    """However little it keeps one waiting at a time."""
    began = time.monotonic()
    said = reason(f"http://public.test/{page}", network, max_seconds=0.7)
    assert said == "it takes more than 0.7 seconds"
    assert time.monotonic() - began < 5


def test_a_name_server_has_its_time(server: Server) -> None:
    def slow(*_: object) -> list[str]:
        time.sleep(1.5)
        return [PUBLIC]

    began = time.monotonic()
    said = reason("http://public.test/", resolve=slow, max_seconds=0.3)
    assert said == "finding the host 'public.test' takes too long: try again later"
    assert time.monotonic() - began < 1.4


# --- TLS ---


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Signs certificates that only those trust who are told to."""
    return trustme.CA()


@pytest.fixture
def trust(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture(scope="module")
def safe_server(authority: trustme.CA) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("public.test").configure_cert(context)
    with serving(context) as server:
        yield server


def test_a_certificate_is_checked_for_the_name_that_was_asked(
    safe_server: Server, trust: ssl.SSLContext
) -> None:
    network = Network(safe_server)
    assert network.fetch("https://public.test/page", trust=trust).data == PAGE
    assert network.connected == [(PUBLIC, 443)]
    said = reason("https://twice.test/page", network, trust=trust)
    assert said.startswith("the connection failed: [SSL: CERTIFICATE_VERIFY_FAILED]")
    assert "Hostname mismatch" in said


def test_a_certificate_of_nobody_known(safe_server: Server) -> None:
    said = reason("https://public.test/page", Network(safe_server))
    assert said.startswith("the connection failed: [SSL: CERTIFICATE_VERIFY_FAILED]")


def test_a_redirect_from_https_to_http(safe_server: Server, trust: ssl.SSLContext) -> None:
    said = reason("https://public.test/to-plain", Network(safe_server), trust=trust)
    assert said == (
        "it redirects to 'http://public.test/page': "
        "that is not encrypted: give it yourself if you mean it"
    )


# --- Which addresses are public ---


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "64:ff9b::8.8.8.8", "2002:808:808::"],
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.1.1",
        "172.16.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:8.8.8.8",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::8.8.8.8",
        "2002:a00:1::",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "100::1",
        "2606:4700::5efe:10.0.0.1",
        "2606:4700::1%eth0",
        "example.org",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@given(st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address))
def test_an_address_that_carries_another_is_no_more_public_than_that(
    inner: ipaddress.IPv4Address,
) -> None:
    number = int(inner)
    carriers = [(0x64FF9B << 96) | number, (0x2002 << 112) | number << 80]
    for carrier in carriers:
        assert is_public(str(ipaddress.IPv6Address(carrier))) <= is_public(str(inner))
    assert not is_public(str(ipaddress.IPv6Address((0xFFFF << 32) | number)))


# --- What it is ---


@pytest.mark.parametrize(
    ("kind", "address", "suffix"),
    [
        ("text/html", "http://x.org/a", ".html"),
        ("Text/HTML ; charset=utf-8", "http://x.org/a.pdf", ".html"),
        ("application/xhtml+xml", "http://x.org/a", ".html"),
        ("text/plain", "http://x.org/a", ".txt"),
        ("text/plain", "http://x.org/README.md", ".md"),
        ("text/markdown; charset=UTF-8", "http://x.org/a", ".md"),
        ("application/pdf", "http://x.org/a", ".pdf"),
    ],
)
def test_the_suffix_follows_from_what_the_server_says(kind: str, address: str, suffix: str) -> None:
    assert fetched_file(Fetched(address, kind, b"x"))[1] == suffix


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("image/png", "it is image/png: expected a web page, text or a PDF file"),
        ("application/octet-stream", "it is application/octet-stream: expected a web page, "),
        ("", "the server does not say what it is: expected a web page, text or a PDF file"),
    ],
)
def test_other_kinds_are_refused(kind: str, said: str) -> None:
    with pytest.raises(ArticleError) as caught:
        fetched_file(Fetched("http://x.org/a.html", kind, b"x"))
    assert str(caught.value).startswith(said)


BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("text/plain; charset=cp1251", "Да".encode("cp1251"), BOM + "Да".encode()),
        ('text/html;charset="ISO-8859-1"', b"\x93\xe4\x94", BOM + "“ä”".encode()),
        ("text/html; charset=utf-8", "ä".encode(), BOM + "ä".encode()),
        ("text/html; charset=utf-8", b"\xe4", b"\xe4"),
        ("text/html; charset=nonsense", b"\xe4", b"\xe4"),
        ("text/html; charset=hex", b"6161", b"6161"),
        ("text/html; charset=idna", b"\xff", b"\xff"),
        ("text/html", b"\xe4", b"\xe4"),
        ("application/pdf; charset=cp1252", b"%PDF\xe4", b"%PDF\xe4"),
    ],
)
def test_the_character_set_that_the_server_names_is_applied_where_it_fits(
    kind: str, data: bytes, expected: bytes
) -> None:
    assert fetched_file(Fetched("http://x.org/a", kind, data))[0] == expected


def test_a_page_of_text_from_address_to_article(network: Network) -> None:
    fetched = Fetched("http://x.org/b.md", "text/plain; charset=iso-8859-1", b"# \xc4pfel\n\nRot.")
    data, suffix = fetched_file(fetched)
    with FileReader() as reader:
        article = reader.read_bytes(data, suffix, "http://x.org/a", address=fetched.address)
    assert (article.title, article.text) == ("Äpfel", "# Äpfel\n\nRot.")
    assert (article.source, article.metadata.address) == ("http://x.org/a", "http://x.org/b.md")


def test_the_source_is_the_address_as_it_was_given() -> None:
    assert source_of(" https://X.org/a?b=c#part ") == "https://X.org/a?b=c"
