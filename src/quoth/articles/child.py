"""The process that reads foreign files: its limits, and its loop from request to reply.

It is started by `quoth.articles.isolation`, asks nothing of the network, starts no program,
writes no file, and ends when its input does.
"""

from __future__ import annotations

import io
import json
import math
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, BinaryIO

from quoth.articles.loaders import LOADERS, Loader
from quoth.articles.options import MEGABYTE, ReadOptions
from quoth.articles.wire import MAX_REQUEST, article_values, max_reply, packed, receive
from quoth.errors import ArticleError
from quoth.text import one_line

MEMORY_BYTES = 2048 * MEGABYTE
_GRACE_SECONDS = 5
_REFUSED = frozenset(
    {"subprocess.Popen", "pty.spawn"}
    | {f"os.{name}" for name in ("exec", "fork", "forkpty", "posix_spawn", "spawn", "system")}
    | {f"socket.{name}" for name in ("connect", "sendto", "sendmsg", "getaddrinfo")}
    | {"os.startfile", "socket.gethostbyname", "socket.gethostbyaddr"}
)
"""Audit events of the standard library (its "Audit events table") that no loader needs."""


def serve(loaders: Mapping[str, Loader] = LOADERS, *, memory_bytes: int = MEMORY_BYTES) -> None:
    """Answer requests on standard input until it ends.

    memory_bytes: of address space, where the system sets such limits.
    """
    requests, replies = own_streams()
    limit(memory_bytes)
    while (message := receive(requests, MAX_REQUEST)) is not None:
        about = json.loads(message)
        data = requests.read(about["size"])
        options = ReadOptions(**about["options"])
        with Alarm(options.max_seconds):
            _reply(loaders[about["suffix"]], data, about["source"], options, replies)
        del data


def own_streams() -> tuple[BinaryIO, BinaryIO]:
    """The pipes, moved away from descriptors 0 to 2, which a parser may print to."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "r+b", buffering=0) as nothing:
        for descriptor in (0, 1, 2):
            os.dup2(nothing.fileno(), descriptor)
    return requests, replies


def limit(memory_bytes: int) -> None:
    """What this process must not do from now on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted too, and decides
    sys.addaudithook(_refuse)
    try:
        import resource
    except ImportError:  # Windows
        return
    limits = {resource.RLIMIT_AS: memory_bytes, resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: 0}
    for name, value in limits.items():
        with suppress(ValueError, OSError):  # macOS knows some of them by name only
            resource.setrlimit(name, (value, value))


def _refuse(event: str, _: tuple[object, ...]) -> None:
    if event in _REFUSED:
        raise PermissionError(f"{event} is not for a process that reads files")


class Alarm:
    """Ends this process, whatever it is in the middle of, should the parent not do so in time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = math.ceil(min(seconds, 1e6)) + _GRACE_SECONDS
        self._set: Callable[[int], Any] = getattr(signal, "alarm", lambda _: None)

    def __enter__(self) -> None:
        self._set(self._seconds)

    def __exit__(self, *_: object) -> None:
        self._set(0)


def _reply(
    loader: Loader, data: bytes, source: str, options: ReadOptions, replies: BinaryIO
) -> None:
    left = max_reply(options)
    try:
        for article in loader(io.BytesIO(data), source, options):
            message = packed({"article": article_values(article)})
            left -= len(message)
            if left < 0:
                raise ArticleError(
                    f"it holds more than {max_reply(options) // MEGABYTE} MiB of text"
                )
            replies.write(message)
        last = {"end": ""}
    except ArticleError as error:
        last = {"error": str(error)}
    except MemoryError:
        last = {"memory": "reading it takes more memory than it may"}
    except RecursionError:
        last = {"error": "it is nested too deeply"}
    except Exception as error:  # a parser's own errors are as many as its lines
        last = {"error": f"its reader failed: {type(error).__name__}: {one_line(str(error), 200)}"}
    replies.write(packed({name: _sayable(value) for name, value in last.items()}))
    replies.flush()


def _sayable(text: str) -> str:
    return one_line(text.encode("utf-8", "replace").decode(), 1_000)
