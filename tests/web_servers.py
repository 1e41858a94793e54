"""The real server as a process to signal, a reverse proxy before it, and raw requests to it."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import bcrypt
import pytest
from loopback import Server, running

PASSWORD = "open sesame"


@dataclass(frozen=True, slots=True)
class Served:
    """`quoth serve`. address: ends with a slash."""

    address: str
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        return int(urlsplit(self.address).port or 0)

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send the signal and wait: the exit code, and what was said on stderr."""
        self.process.send_signal(number)
        _, complaints = self.process.communicate(timeout=60)
        return self.process.returncode, complaints


@contextmanager
def serving(index: Path, *options: str) -> Iterator[Served]:
    """`quoth serve` on a free port; a test may end it itself."""
    command = [sys.executable, "-m", "quoth", "serve", "--index", str(index), "--port", "0"]
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            found = re.search(r"http://\S+/", line)
            if found is None:
                pytest.fail(f"the server did not start: {line}{process.communicate(timeout=30)[1]}")
            yield Served(found.group(), process)
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise


def write_accounts(folder: Path, *names: str) -> Path:
    """A file of accounts that all have that password."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    path = folder / "accounts"
    path.write_text("".join(f"{name}:{hashed}\n" for name in names), "utf-8")
    return path


def raw_status(port: int, target: str, *, method: str = "GET") -> tuple[int, bytes]:
    """The status and body of the answer to a request line that nothing has tidied up."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode("latin-1"))
        answer = b""
        while part := connection.recv(65536):
            answer += part
    found = re.match(rb"HTTP/1\.1 (\d{3})", answer)
    assert found is not None, answer[:200]
    return int(found[1]), answer.partition(b"\r\n\r\n")[2]


@contextmanager
def proxied(target: str, prefix: str, *, strips: bool) -> Iterator[str]:
    """A reverse proxy that shows `target` below `prefix`: its address there.

    strips: whether it takes the prefix off, as most do. It passes on parts as they come.
    """

    class Handler(BaseHTTPRequestHandler):
        upstream = urlsplit(target)

        def answer(self) -> None:
            if not self.path.startswith(f"{prefix}/"):
                self.send_error(404)
                return
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name: value for name, value in self.headers.items() if name != "Connection"}
            headers |= {
                "Host": str(self.upstream.netloc), "X-Forwarded-Host": self.headers["Host"],
                "X-Forwarded-Proto": "http", "X-Forwarded-For": self.client_address[0],
            }  # fmt: skip
            connection = http.client.HTTPConnection(str(self.upstream.netloc), timeout=60)
            path = self.path.removeprefix(prefix) if strips else self.path
            try:
                connection.request(self.command, path, self.rfile.read(length), headers)
                self.pass_on(connection.getresponse())
            except (ConnectionError, TimeoutError, http.client.HTTPException):
                self.close_connection = True
            finally:
                connection.close()

        def pass_on(self, response: http.client.HTTPResponse) -> None:
            self.send_response_only(response.status)
            for name, value in response.getheaders():
                if name.lower() not in ("transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            while part := response.read1(65536):
                self.wfile.write(part)

        do_GET = do_POST = do_HEAD = answer  # noqa: N815 - the names are http.server's

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

    with running(Server(Handler)) as server:
        yield f"http://127.0.0.1:{server.port}{prefix}/"


def descendants(process: int) -> set[int]:
    """The processes that it has started, and those have, from /proc."""
    children: dict[int, set[int]] = {}
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                fields = (each / "stat").read_text("utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), set()).add(int(each.name))
    found: set[int] = set()
    waiting = [process]
    while waiting:
        new = children.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found
