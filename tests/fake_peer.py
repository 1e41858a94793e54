"""A peer of the comparison that needs nothing: it shows the articles in the order of their file."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

WORKERS = Path(__file__).parent.parent / "benchmarks" / "peers" / "workers"
sys.path.append(str(WORKERS))

from protocol import Record, read_lines, serve, shown  # noqa: E402


class FakePeer:
    """configuration: "broken" raises, "curious" reaches for the network."""

    def __init__(self, model: Path, configuration: str) -> None:
        self._configuration = configuration

    def index(self, articles: Path, folder: Path) -> int:
        if self._configuration == "broken":
            raise ValueError("no such index")
        folder.mkdir()
        shutil.copy(articles, folder / "articles.jsonl")
        return len(read_lines(articles))

    def open(self, folder: Path) -> None:
        if self._configuration == "curious":
            socket.create_connection(("127.0.0.1", 9), timeout=1)
        self._articles = read_lines(folder / "articles.jsonl")

    def ask(self, question: str, k: int) -> list[Record]:
        return list(self.passages())[:k]

    def passages(self) -> Iterator[Record]:
        return (shown(one["_id"], one["text"]) for one in self._articles)


if __name__ == "__main__":
    serve(FakePeer)
