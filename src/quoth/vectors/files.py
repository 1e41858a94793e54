"""Files that are written once, with their checksums, and linked from state to state."""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal

_BLOCK_BYTES = 1 << 20
QUICK_BYTES = 32 << 20
"""So many bytes at the start of a file are compared whenever it is opened: some 20 ms."""


@dataclass(frozen=True, slots=True)
class File:
    """A file by name: bytes, CRC-32 of all of them and of the first `QUICK_BYTES`."""

    name: str
    size: int
    crc32: int
    quick: int


class NewFile:
    """A file being written; on the disk once the `with` is left. Raises OSError."""

    def __init__(self, path: Path, mode: Literal["xb", "wb"] = "xb") -> None:
        self.path = path
        self._mode: Literal["xb", "wb"] = mode
        self._size = self._crc32 = self._quick = 0

    def __enter__(self) -> NewFile:
        self._file = open(self.path, self._mode)
        return self

    def write(self, data: bytes) -> int:
        """Append; gives the number of bytes."""
        if self._size < QUICK_BYTES:
            self._quick = zlib.crc32(data[: QUICK_BYTES - self._size], self._quick)
        self._crc32 = zlib.crc32(data, self._crc32)
        self._size += len(data)
        return self._file.write(data)

    @property
    def described(self) -> File:
        """What was written."""
        return File(self.path.name, self._size, self._crc32, self._quick)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._file.flush()
                os.fsync(self._file.fileno())
        finally:
            self._file.close()


def quick_difference(path: Path, file: File) -> str:
    """What a short look finds wrong with a file, "" for nothing: size and start."""
    try:
        size = path.stat().st_size
        if size != file.size:
            return f"{file.name} has {size} bytes, not {file.size}"
        return "" if _crc32(path, QUICK_BYTES) == file.quick else f"{file.name} was changed"
    except OSError as error:
        return f"{file.name}: {error.strerror}"


def difference(path: Path, file: File) -> str:
    """As `quick_difference`, of the whole file."""
    found = quick_difference(path, file)
    try:
        same = bool(found) or _crc32(path, file.size) == file.crc32
    except OSError as error:
        return f"{file.name}: {error.strerror}"
    return found if same else f"{file.name} was changed"


def link(old: Path, new: Path) -> None:
    """The same file under another name; a copy where the file system has no links."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copyfile(old, new)
        with open(new, "rb+") as file:
            os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Have the names in a folder reach the disk, where the system can. Raises OSError."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _crc32(path: Path, limit: int) -> int:
    value = 0
    for block in _blocks(path, limit):
        value = zlib.crc32(block, value)
    return value


def _blocks(path: Path, limit: int) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while limit > 0 and (block := file.read(min(limit, _BLOCK_BYTES))):
            limit -= len(block)
            yield block
