"""What a state of the vectors consists of: its segments and the ids that are gone.

`manifest.json`, written last, holds a line of JSON and one with its CRC-32. A folder without it is
no state.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from quoth.errors import IndexDamagedError
from quoth.vectors.files import File, NewFile, quick_difference, sync_folder

NAME = "manifest.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class SegmentFiles:
    """One segment.

    ids: int64 (count,), ascending. rows: float32 (count, dimension), in the same order.
    codes: their FAISS indexes one after the other, where they are searched approximately.
    """

    count: int
    ids: File
    rows: File
    codes: tuple[File, ...] = ()

    @property
    def files(self) -> list[File]:
        """All that there are."""
        return [self.ids, self.rows, *self.codes]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A state.

    following: the number that no file of it or of those before has yet.
    removed: int64, ascending: ids in the segments that are no longer there.
    """

    dimension: int
    following: int = 1
    segments: tuple[SegmentFiles, ...] = ()
    removed: File | None = None

    @property
    def files(self) -> list[File]:
        """All that there are, beside the manifest itself."""
        found = [file for segment in self.segments for file in segment.files]
        return [*found, *([self.removed] if self.removed else [])]


def read_manifest(folder: Path) -> Manifest:
    """The state in a folder, after a short look at each file. Raises IndexDamagedError."""
    try:
        body, checksum = (folder / NAME).read_bytes().split(b"\n")
        if int(checksum, 16) != zlib.crc32(body):
            raise ValueError(f"{NAME} was changed")
        manifest = _manifest(json.loads(body))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(folder, str(error)) from error
    for file in manifest.files:
        if found := quick_difference(folder / file.name, file):
            raise damaged(folder, found)
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make the folder a state: its files must be there. Raises OSError."""
    body = json.dumps({"format": FORMAT, **asdict(manifest)}).encode()
    with NewFile(folder / NAME) as file:
        file.write(body + b"\n%08x" % zlib.crc32(body))
    sync_folder(folder)


def damaged(folder: Path, what: str) -> IndexDamagedError:
    """The error for a folder that does not hold what its manifest says."""
    return IndexDamagedError(
        f"the vectors in {str(folder)!r} are damaged ({what}): run 'quoth repair'"
    )


def _manifest(found: dict[str, Any]) -> Manifest:
    if found["format"] != FORMAT:
        raise ValueError(f"format {found['format']!r}, this quoth reads {FORMAT}")
    segments = tuple(map(_segment, found["segments"]))
    removed = _file(found["removed"]) if found["removed"] else None
    return Manifest(int(found["dimension"]), int(found["following"]), segments, removed)


def _segment(found: dict[str, Any]) -> SegmentFiles:
    codes = tuple(map(_file, found["codes"]))
    return SegmentFiles(int(found["count"]), _file(found["ids"]), _file(found["rows"]), codes)


def _file(found: dict[str, Any]) -> File:
    name = str(found["name"])
    if Path(name).name != name:
        raise ValueError(f"{name!r} is no file name")
    return File(name, int(found["size"]), int(found["crc32"]), int(found["quick"]))
