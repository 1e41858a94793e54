"""Files that are read, text zipped or not and JSON lines; files that are written whole."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from quoth.errors import UsageError
from quoth.records import PathLike
from quoth.text import one_line


def text_of(path: Path) -> str:
    """Its text, unzipped where it is zipped. Raises UsageError."""
    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        return data.decode("utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError(f"no file '{path}': check the path") from error
    except (OSError, EOFError) as error:
        raise UsageError(f"cannot read '{path}': {one_line(str(error), 200)}") from error
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError(f"{path}:{line}: this is not UTF-8: convert the file") from error


def json_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(`file:line`, object) of each line that is not blank. Raises UsageError."""
    for number, line in enumerate(text_of(path).split("\n"), 1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{place}: this is not JSON: {one_line(str(error), 100)}") from error
        if not isinstance(found, dict):
            raise UsageError(f'{place}: expected an object such as {{"question": "Why?"}}')
        yield place, found


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
