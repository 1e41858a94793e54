"""How much a request may bring: counted while it comes in, whatever it says of itself."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

MEGABYTE = 2**20
MAX_REQUEST = 1 * MEGABYTE
"""Bytes of a request that uploads nothing: a question has at most 10,000 characters."""
MAX_FILES = 1000
"""Files of one upload."""
MAX_KEPT = 1024 * MEGABYTE
"""Bytes of all uploads that wait to become articles."""
SECONDS = 60.0
"""How long the next part of a request may take to come."""


class RefusedError(Exception):
    """A request that is not answered. status: of what is said instead."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status = status


class Body:
    """Passes on the parts of a request's body, as ASGI's `receive` does, and counts them.

    most: bytes. content_type: of the request; the files of a multipart one are counted.
    `refused` is the error once there is one; it is raised then, too.
    """

    def __init__(self, receive: Receive, most: int, content_type: bytes = b"") -> None:
        self._receive, self._most = receive, most
        self._marker, self._tail = _boundary(content_type), b""
        self._bytes = self._parts = 0
        self._is_complete = False
        self.refused: RefusedError | None = None

    async def receive(self) -> Message:
        """The next message. Raises RefusedError."""
        if self._is_complete:  # what comes now is that the client has gone
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), SECONDS)
            self._count(message)
        except TimeoutError:
            self.refused = RefusedError(408, f"nothing came for {SECONDS:.0f} seconds")
            raise self.refused from None
        except RefusedError as error:
            self.refused = error
            raise
        return message

    def _count(self, message: Message) -> None:
        self._is_complete = message["type"] != "http.request" or not message.get("more_body")
        part = message.get("body", b"")
        self._bytes += len(part)
        if self._bytes > self._most:
            raise too_large(self._most)
        if self._marker:
            seen = self._tail + part
            self._parts += seen.count(self._marker)
            self._tail = seen[-len(self._marker) + 1 :]
            if self._parts > MAX_FILES + 1:  # the last marker ends the last file
                raise RefusedError(413, f"more than {MAX_FILES} files: upload fewer at once")


def too_large(most: int) -> RefusedError:
    """What is said of a body above `most` bytes."""
    shown = f"{most / MEGABYTE:g} MB" if most >= MEGABYTE else f"{most} bytes"
    return RefusedError(413, f"more than {shown}: send less at once")


def kept_bytes(folder: Path) -> int:
    """Bytes of all files below the folder; 0 if there is none."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(place, name), follow_symlinks=False).st_size
            except OSError:  # just taken away
                continue
    return total


def _boundary(content_type: bytes) -> bytes:
    """What stands before each part of a multipart body; b"" for another."""
    kind, _, rest = content_type.partition(b";")
    if not kind.strip().lower().startswith(b"multipart/"):
        return b""
    for option in rest.split(b";"):
        name, _, value = option.strip().partition(b"=")
        if name.strip().lower() == b"boundary":
            return b"--" + value.strip().strip(b'"')
    return b""
