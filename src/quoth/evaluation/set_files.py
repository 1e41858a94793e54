"""Files that are read, text zipped or not and JSON lines; that are written whole, or grow."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from quoth.errors import StorageError, UsageError
from quoth.records import PathLike
from quoth.text import one_line


def text_of(path: Path) -> str:
    """Its text, unzipped where it is zipped. Raises UsageError."""
    data = _bytes_of(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError(f"{path}:{line}: this is not UTF-8: convert the file") from error


def json_lines(path: Path, *, torn: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """(`file:line`, object) of each line that is not blank. Raises UsageError.

    torn: a line that begins like this, as far as it goes, is left out where it is not whole: it
    is what a writer that was killed has left.
    """
    for number, line in enumerate(_bytes_of(path).removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            found = json.loads(line.decode())
        except (ValueError, RecursionError) as error:
            if torn and line[: len(torn)] == torn.encode()[: len(line)]:
                continue
            if isinstance(error, UnicodeDecodeError):
                raise UsageError(f"{place}: this is not UTF-8: convert the file") from error
            raise UsageError(f"{place}: this is not JSON: {one_line(str(error), 100)}") from error
        if not isinstance(found, dict):
            raise UsageError(f'{place}: expected an object such as {{"question": "Why?"}}')
        yield place, found


def append_line(path: PathLike, record: Mapping[str, Any]) -> None:
    """Add the record to a file of JSON lines in one write, on disk when this returns.

    Raises StorageError.
    """
    line = json.dumps(record, ensure_ascii=False).encode(errors="replace") + b"\n"
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            size = os.fstat(file).st_size
            if size and os.pread(file, 1, size - 1) != b"\n":
                line = b"\n" + line  # someone's editor left the last line open
            if os.write(file, line) < len(line):
                os.ftruncate(file, size)
                raise StorageError(f"the disk is full ('{path}'): free some space and try again")
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as error:
        raise StorageError(f"cannot write '{path}': {error.strerror}") from error


def whole_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file that only `append_line` writes; none of one that is not there.

    What is no object is left out. Raises StorageError.
    """
    try:
        lines = path.read_bytes().split(b"\n") if path.exists() else []
    except OSError as error:
        raise StorageError(f"cannot read '{path}': {error.strerror}") from error
    for line in lines:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found


def write_whole(path: PathLike, text: str) -> None:
    """Write the file whole or not at all. Raises UsageError if that cannot be done."""
    place = Path(path)
    temporary = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, place)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UsageError(f"cannot write '{place}': {error.strerror}") from error


def _bytes_of(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix == ".gz" else data
    except FileNotFoundError as error:
        raise UsageError(f"no file '{path}': check the path") from error
    except (OSError, EOFError) as error:
        raise UsageError(f"cannot read '{path}': {one_line(str(error), 200)}") from error
