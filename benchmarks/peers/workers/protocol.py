"""What every worker speaks: one JSON object a line, from standard input to standard output.

    python NAME_worker.py MODEL CONFIGURATION

    {"do": "index", "articles": FILE, "folder": FOLDER}   → {"passages": 70}
    {"do": "open", "folder": FOLDER}                      → {}
    {"do": "ask", "question": "Why?", "k": 10}            → {"ms": 5.1, "shown": [TEXT, ...]}
    {"do": "passages", "file": FILE}                      → {}, and a TEXT a line in the file

MODEL is the folder of the embedding model, FILE of articles has {"_id", "title", "text"} a line.
A TEXT is {"source", "text", "start"}, the best first; "start" is None where the system does not
know the place of a text in its article. "ms" is measured here, for all alike. A worker is a
module with a class that has these four methods; only the standard library is imported here, as it
is timed with the worker.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

MODEL_NAME = "all-MiniLM-L6-v2"
BATCH = 32
TOKENS = 256
"""The longest text that the model reads, its two special tokens included."""
Record = dict[str, Any]


class Worker(Protocol):
    """One system in one configuration; `index` and `open` leave it ready for `ask`."""

    def index(self, articles: Path, folder: Path) -> int:
        """Write an index of the file's articles; how many passages it has."""

    def open(self, folder: Path) -> None:
        """Open what `index` of another process has written."""

    def ask(self, question: str, k: int) -> list[Record]:
        """Up to k texts, best first."""

    def passages(self) -> Iterable[Record]:
        """All texts of the open index."""


def shown(source: str, text: str, start: int | None = None) -> Record:
    return {"source": source, "text": text, "start": start}


def read_lines(file: Path) -> list[Record]:
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def serve(make: Callable[[Path, str], Worker]) -> None:
    """Answer the lines of standard input with the worker of this process's arguments."""
    replies = _own_standard_output()
    _refuse_network()
    worker = make(Path(sys.argv[1]), sys.argv[2])
    for line in sys.stdin:
        replies.write(json.dumps(_answered(worker, json.loads(line))) + "\n")
        replies.flush()


def _answered(worker: Worker, request: Record) -> Record:
    match request["do"]:
        case "index":
            articles, folder = Path(request["articles"]), Path(request["folder"])
            return {"passages": worker.index(articles, folder)}
        case "open":
            worker.open(Path(request["folder"]))
            return {}
        case "ask":
            started = time.perf_counter()
            found = worker.ask(request["question"], request["k"])
            return {"ms": 1000 * (time.perf_counter() - started), "shown": found}
        case "passages":
            _write_lines(request["file"], worker.passages())
            return {}
    raise ValueError(f"unknown request {request['do']!r}")


def _write_lines(file: str, records: Iterable[Record]) -> None:
    with Path(file).open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(record) + "\n" for record in records)


def _own_standard_output() -> Any:
    """Standard output for replies alone: what a library prints goes to standard error."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return replies


def _refuse_network() -> None:
    connect = socket.socket.connect

    def refused(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            raise OSError(f"no network while measuring: {address}")
        connect(self, address)

    socket.socket.connect = refused  # type: ignore[method-assign]


def batches(some: list[Any], size: int) -> Iterator[list[Any]]:
    return (some[start : start + size] for start in range(0, len(some), size))
