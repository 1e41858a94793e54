"""A language model's server on loopback that does what good and bad ones do, by model."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOSTILE = (
    '<img src=x onerror="window.hacked = 3"><script>window.hacked = 4</script> '
    "[a link](http://192.0.2.1/) **bold** \x1b[31mred\x1b[0m \u202edlrow [1]."
)


class Server(ThreadingHTTPServer):
    """Keeps what it is asked: (method and path, headers, body).

    replies: model → what it says, beside `MODELS`. released: while it is not set, no model answers.
    """

    daemon_threads = True

    def __init__(self, replies: Mapping[str, str]) -> None:
        self.replies = dict(replies)
        self.asked: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.listed: object = {"data": [{"id": name} for name in ("honest", *replies)]}
        self.stopping, self.released = threading.Event(), threading.Event()
        self.released.set()
        super().__init__(("127.0.0.1", 0), Model)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what is tested here."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Model(BaseHTTPRequestHandler):
    """Answers by the name of the model that is asked."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The list of models."""
        self.server.asked.append((f"GET {self.path}", dict(self.headers), {}))
        if self.path == "/v1/models":
            self.answer(json.dumps(self.server.listed).encode())
        else:
            self.answer(b"{}", status=404)

    def do_POST(self) -> None:
        """A completion."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((f"POST {self.path}", dict(self.headers), body))
        while not (self.server.released.wait(0.05) or self.server.stopping.is_set()):
            pass
        name = str(body["model"])
        if name in self.server.replies:
            self.say(self.server.replies[name])
        elif name in MODELS:
            MODELS[name](self)
        else:
            self.answer(b'{"error": "no such model"}', status=404)

    @property
    def quotes(self) -> list[dict[str, Any]]:
        """The quotes that the last question came with."""
        lines = self.server.asked[-1][2]["messages"][-1]["content"].splitlines()
        return [json.loads(line) for line in lines[1:]]

    def say(self, text: object, *, finish_reason: str = "stop") -> None:
        """A whole completion."""
        choice = {"message": {"role": "assistant", "content": text}, "finish_reason": finish_reason}
        self.answer(json.dumps({"object": "chat.completion", "choices": [choice]}).encode())

    def answer(self, data: bytes, *, status: int = 200, **headers: str) -> None:
        """A whole answer; a header's `_` is `-`, and "" leaves it out."""
        self.send_response(status)
        told = {"content_type": "application/json", "content_length": str(len(data))} | headers
        for name, value in told.items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def honest(model: Model) -> None:
    """The first line of each quote, and where it is from."""
    lines = [
        f"{one['quote'].splitlines()[0].rstrip('.')} [{one['number']}]." for one in model.quotes
    ]
    model.say(" ".join(lines[:2]))


def liar(model: Model) -> None:
    """A true sentence, one with a number and a name of its own, and one that cites nothing."""
    true = model.quotes[0]["quote"].splitlines()[0].rstrip(".")
    model.say(f"{true} [1]. Kim sold 40 submarines in Boston [2]. They are painted green.")


def endless(model: Model) -> None:
    """Chunks without an end, as fast as they go."""
    model.answer(b"", content_length="", transfer_encoding="chunked")
    while not model.server.stopping.is_set():
        model.wfile.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


def drip(model: Model) -> None:
    """A byte now and then, so that no single wait is long."""
    model.answer(b"", content_length="1000")
    while not model.server.stopping.wait(0.1):
        model.wfile.write(b" ")


def cut_off(model: Model) -> None:
    """Less than was promised."""
    model.answer(b'{"choices": [', content_length="1000")
    model.close_connection = True


def no_http(model: Model) -> None:
    """Something else, with the key in it."""
    model.wfile.write(f"220 {model.headers['Authorization']}\r\n".encode())
    model.close_connection = True


def refusing(model: Model) -> None:
    """An error that repeats the key."""
    model.answer(json.dumps({"error": model.headers["Authorization"]}).encode(), status=401)


def redirecting(model: Model) -> None:
    """To a host that nobody named."""
    model.answer(b"", status=307, location="http://192.0.2.1/v1/chat/completions")


MODELS: dict[str, Callable[[Model], None]] = {
    "honest": honest,
    "liar": liar,
    "hostile": lambda model: model.say(HOSTILE),
    "cut short": lambda model: model.say(
        "The ferry sank [1]. Nobody saw it [1]", finish_reason="length"
    ),
    "thinking": lambda model: model.say("<think>It sank in 1812.</think>\n\nIt sank [1]."),
    "only thinking": lambda model: model.say("<think>It sank in 1812."),
    "silent": lambda model: model.server.stopping.wait(60) and None,
    "endless": endless,
    "drip": drip,
    "cut off": cut_off,
    "no http": no_http,
    "refusing": refusing,
    "redirecting": redirecting,
    "broken": lambda model: model.answer(b"oops", status=500),
    "strange": lambda model: model.answer(b"", status=799),
    "huge": lambda model: model.say("x" * 20_000_000),
    "talkative": lambda model: model.say("It sank [1]. " * 1000),
    "garbage": lambda model: model.answer(b"\xff\xfe garbage"),
    "nested": lambda model: model.answer(b"[" * 200_000),
    "list": lambda model: model.answer(b"[]"),
    "empty": lambda model: model.answer(b'{"choices": []}'),
    "wordless": lambda model: model.say(None),
    "other shape": lambda model: model.say([{"text": "It sank [1]."}]),
    "packed": lambda model: model.answer(b"\x1f\x8b", content_encoding="gzip"),
}


@contextmanager
def talking(replies: Mapping[str, str] | None = None) -> Iterator[Server]:
    """The server, running until the block ends."""
    with Server(replies or {}) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()
