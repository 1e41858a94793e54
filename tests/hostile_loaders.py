"""The process that reads foreign files, with loaders that do what bad files do to parsers.

Started as `python hostile_loaders.py`; a file's first word says what it does.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from quoth.articles.child import serve
from quoth.articles.loaders import make_article
from quoth.articles.options import ReadOptions
from quoth.errors import ArticleError
from quoth.records import Article, Block, Metadata

held: list[bytearray] = []


def raising(error: Exception) -> None:
    raise error


def deep(depth: int = 0) -> int:
    return deep(depth + 1) + 1


def print_noise() -> None:
    print("noise on the way out", flush=True)
    os.write(1, b"\0\0\0\2{}")
    os.write(2, b"noise")


def write_file(place: str = "/tmp/quoth-written-by-a-parser") -> None:
    try:
        with open(place, "wb", buffering=0) as file:
            file.write(b"x")
    finally:
        os.unlink(place)


DEEDS: dict[str, Callable[[], Any]] = {
    "malformed": lambda: raising(ArticleError("it is\nnot what it says")),
    "unforeseen": lambda: raising(KeyError("x" * 1000)),
    "surrogate": lambda: raising(ValueError("\ud800")),
    "deep": deep,
    "segfault": lambda: ctypes.string_at(0),
    "abort": os.abort,
    "exit": lambda: os._exit(7),
    "sys.exit": lambda: sys.exit(3),
    "memory": lambda: held.append(bytearray(3 * 2**30)),
    "hold": lambda: held.append(bytearray(700 * 2**20)),
    "slow": lambda: time.sleep(60),
    "busy": lambda: all(True for _ in iter(int, 1)),
    "noise": print_noise,
    "write": write_file,
    "run": lambda: subprocess.run(["true"], check=True),
    "connect": lambda: socket.create_connection(("127.0.0.1", 9)),
    "say": lambda: os.write(4, b"\xff\xff\xff\xff"),
}


def load(file: BinaryIO, source: str, options: ReadOptions) -> Iterator[Article]:
    """Does what the file's first word says, then gives the file's text."""
    text = file.read().decode()
    deed, _, told = text.partition(" ")
    if deed in DEEDS:
        DEEDS[deed]()
    if deed == "environment":
        text = "\n".join(f"{name}={value}" for name, value in sorted(os.environ.items()))
    if deed == "process":
        text = str(os.getpid())
    article = make_article(text, source, "Title", ())
    yield replace(article, **told_fields(told)) if deed == "wrong" else article


def told_fields(told: str) -> dict[str, Any]:
    """The fields of an article that is none."""
    return {
        "block": {"blocks": (Block("paragraph", 0, 10**6),)},
        "negative": {"blocks": (Block("paragraph", -1, 2),)},
        "overlap": {"blocks": (Block("paragraph", 0, 3), Block("paragraph", 2, 4))},
        "kind": {"blocks": (Block("table", 0, 3),)},  # type: ignore[arg-type]
        "source": {"source": "another.txt"},
        "text": {"text": "\ud800"},
        "type": {"text": 17},
        "date": {"metadata": Metadata(date="soon")},
        "address": {"metadata": Metadata(address="javascript:alert(1)")},
        "pages": {"metadata": Metadata(pages=(0, 5, 3))},
    }[told]


def load_nine(file: BinaryIO, source: str, options: ReadOptions) -> Iterator[Article]:
    """The same article nine times."""
    (article,) = load(file, source, options)
    yield from [article] * 9


if __name__ == "__main__":
    serve({".foreign": load, ".many": load_nine})
