"""The tests' own block of the network, without which "offline" would prove nothing."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

OUTSIDE = "192.0.2.1"  # reserved for documentation (RFC 5737), reached by nobody
REACHES = {
    "connect": f"with socket.socket() as s: s.connect(('{OUTSIDE}', 443))",
    "connect_ex": f"with socket.socket() as s: s.connect_ex(('{OUTSIDE}', 443))",
    "sendto": f"with socket.socket(type=2) as s: s.sendto(b'x', ('{OUTSIDE}', 53))",
    "getaddrinfo": "socket.getaddrinfo('huggingface.co', 443)",
    "gethostbyname": "socket.gethostbyname('huggingface.co')",
    "urllib": "__import__('urllib.request').request.urlopen('https://huggingface.co', timeout=1)",
}


@pytest.mark.parametrize("reach", REACHES.values(), ids=REACHES)
def test_this_process_reaches_nothing_outside(reach: str, network_attempts: Path) -> None:
    with pytest.raises(RuntimeError, match="the tests allow loopback only"):
        exec(reach, {"socket": socket})
    assert OUTSIDE in network_attempts.read_text() or "hugging" in network_attempts.read_text()
    network_attempts.unlink()


def test_a_started_process_reaches_nothing_outside(network_attempts: Path) -> None:
    script = f"import socket\n{REACHES['connect']}"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode == 1
    assert f"connect to '{OUTSIDE}': the tests allow loopback only" in ended.stderr
    network_attempts.unlink()


def test_an_attempt_that_is_swallowed_is_still_noted(network_attempts: Path) -> None:
    script = f"import socket\ntry: {REACHES['getaddrinfo']}\nexcept Exception: pass"
    subprocess.run([sys.executable, "-c", script], check=True)
    assert network_attempts.read_text() == "getaddrinfo 'huggingface.co'\n"
    network_attempts.unlink()


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(("localhost", server.getsockname()[1]))
        client.sendall(b"here")
        with server.accept()[0] as connection:
            assert connection.recv(4) == b"here"
