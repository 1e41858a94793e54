"""Opening article files: plain files only, no more of them than allowed, and as they stood."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quoth.articles.options import MEGABYTE
from quoth.errors import ArticleError

_BUFFER_BYTES = MEGABYTE
# Not waiting for a pipe's other end, and not becoming a terminal's: there may be one at the path.
_FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
)


@contextmanager
def opened(path: Path, max_bytes: int, max_line_bytes: int) -> Iterator[io.BufferedReader]:
    """The plain file at `path`, to be read in bytes.

    Raises:
        ArticleError: it is no plain file or cannot be read; it, or one of its lines where it is
            read by lines, is too large; it changed before it was closed. The file is not named.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ArticleError("it is not a file: only plain files are read")
        with BoundedFile(path, max_bytes, max_line_bytes) as file:
            before = os.fstat(file.fileno())
            check_size(before.st_size, max_bytes)
            yield file
            if _stamp(os.fstat(file.fileno())) != _stamp(before):
                raise ArticleError("it changed while it was read: read it again")
    except OSError as error:
        raise ArticleError(error.strerror or str(error)) from error


class BoundedFile(io.BufferedReader):
    """A plain file opened for reading; longer than allowed it raises ArticleError."""

    def __init__(self, path: Path, max_bytes: int, max_line_bytes: int) -> None:
        raw = _Bounded(path, max_bytes)
        super().__init__(raw, _BUFFER_BYTES)
        self._max_line_bytes = max_line_bytes

    def __next__(self) -> bytes:
        line = self.readline(self._max_line_bytes + 1)
        if not line:
            raise StopIteration
        if len(line) > self._max_line_bytes:
            raise ArticleError(
                f"a line has more than {self._max_line_bytes / MEGABYTE:,.1f} MiB: split it"
            )
        return line


class _Bounded(io.FileIO):
    """The file itself, which may grow while it is read."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        super().__init__(path, opener=lambda name, _: _open(name))
        self._max_bytes = max_bytes

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = super().readinto(buffer)
        self._check_place()
        return count

    def readall(self) -> bytes:
        chunks = []
        while chunk := self.read(_BUFFER_BYTES):
            chunks.append(chunk)
            self._check_place()
        return b"".join(chunks)

    def _check_place(self) -> None:
        if self.tell() > self._max_bytes:
            limit = f"{self._max_bytes / MEGABYTE:,.1f} MiB"
            raise ArticleError(f"it grew beyond {limit} while it was read: split it")


def check_size(size: int, max_bytes: int) -> None:
    """Raises ArticleError if `size` is more than `max_bytes`."""
    if size > max_bytes:
        raise ArticleError(
            f"it has {size / MEGABYTE:,.1f} MiB, more than {max_bytes / MEGABYTE:,.1f}: split it"
        )


def _open(name: str) -> int:
    descriptor = os.open(name, _FLAGS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ArticleError("it is not a file: only plain files are read")
    return descriptor


def _stamp(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns
