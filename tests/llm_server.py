"""A language model's server on loopback that does what good and bad ones do, by model."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import loopback

HOSTILE = (
    '<img src=x onerror="window.hacked = 3"><script>window.hacked = 4</script> '
    "[a link](http://192.0.2.1/) **bold** \x1b[31mred\x1b[0m \u202edlrow [1]."
)


class Server(loopback.Server):
    """Keeps what it is asked: (method and path, headers, body).

    replies: model → what it says, beside `MODELS`. released: while it is not set, no model answers.
    """

    def __init__(self, replies: Mapping[str, str]) -> None:
        self.replies = dict(replies)
        self.asked: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.listed: object = {"data": [{"id": name} for name in ("honest", *replies)]}
        self.released = threading.Event()
        self.released.set()
        super().__init__(Model)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


class Model(loopback.Handler):
    """Answers by the name of the model that is asked."""

    server: Server
    content_type = "application/json"

    def do_GET(self) -> None:  # noqa: N802 - the name is http.server's
        """The list of models."""
        self.server.asked.append((f"GET {self.path}", dict(self.headers), {}))
        if self.path == "/v1/models":
            self.answer(json.dumps(self.server.listed).encode())
        else:
            self.answer(b"{}", status=404)

    def do_POST(self) -> None:  # noqa: N802 - the name is http.server's
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
    "endless": loopback.endless,
    "drip": loopback.drip,
    "cut off": loopback.cut_off,
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


def talking(replies: Mapping[str, str] | None = None) -> AbstractContextManager[Server]:
    """The server, running until the block ends."""
    return loopback.running(Server(replies or {}))
