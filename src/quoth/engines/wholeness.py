"""Whether a folder of engines is as it was written.

`whole.json`, written last, lists sizes and checksums; `seen.json` the times of change at which
they were last compared, so that large files are not read through at each start.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from quoth.store import Store

_MADE = 2  # counts up when the same store would give other engines: other words, another schema
_BLOCK_BYTES = 1 << 20


def describe(place: Path, store: Store, base: Path | None, stale: int) -> None:
    """Write down what lies in `place`; what is linked from `base` is not read again."""
    known = (_told(base, store) or {"files": {}})["files"] if base else {}
    files = {}
    for path in _files(place):
        name = path.relative_to(place).as_posix()
        same = base is not None and name in known and _same_file(path, base / name)
        files[name] = known[name] if same else [_size(path), _checksum(path)]
    told = {"made": _MADE, "store": store.settings()["identity"], "stale": stale, "files": files}
    _see(place, files)
    (place / "whole.json").write_text(json.dumps(told), "utf-8")


def stale_in(folder: Path) -> int:
    """How many passages are counted in the words there that were removed."""
    return int(json.loads((folder / "whole.json").read_text("utf-8"))["stale"])


def _told(folder: Path, store: Store) -> dict[str, dict[str, list[int]]] | None:
    """What whole.json says, if it speaks of engines made from this store."""
    try:
        told = json.loads((folder / "whole.json").read_text("utf-8"))
        fits = (told["made"], told["store"]) == (_MADE, store.settings()["identity"])
        named = told["files"] and all(len(one) == 2 for one in told["files"].values())
        return told if fits and named and int(told["stale"]) >= 0 else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def is_whole(folder: Path, store: Store) -> bool:
    """Whether the engines in `folder` are the store's own, and as they were written."""
    told = _told(folder, store)
    if told is None:
        return False
    files = told["files"]
    if any(_size(folder / name) != size for name, (size, _) in files.items()):
        return False
    if _seen(folder) == _stamps(folder, files):
        return True
    if any(_checksum(folder / name) != checksum for name, (_, checksum) in files.items()):
        return False
    with suppress(OSError):
        _see(folder, files)
    return True


def _see(folder: Path, names: Collection[str]) -> None:
    """Remember that the files were compared as they are now."""
    new = folder / f"seen.json.{uuid4().hex[:8]}"
    new.write_text(json.dumps(_stamps(folder, names)), "utf-8")
    os.replace(new, folder / "seen.json")


def _seen(folder: Path) -> object:
    try:
        return json.loads((folder / "seen.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _stamps(folder: Path, names: Collection[str]) -> dict[str, int]:
    return {name: os.stat(folder / name).st_mtime_ns for name in names}


def _files(folder: Path) -> list[Path]:
    """All but tantivy's locks and its notes to itself."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if not path.name.startswith("."))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _same_file(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def _checksum(path: Path) -> int:
    """CRC-32 of the contents, read block by block; -1 if they cannot be read."""
    value = 0
    try:
        with open(path, "rb") as file:
            while block := file.read(_BLOCK_BYTES):
                value = zlib.crc32(block, value)
    except OSError:
        return -1
    return value


def problems(folder: Path, store: Store) -> list[str]:
    """What the files in `folder` are not as they were written, read through; [] if nothing."""
    told = _told(folder, store)
    if told is None:
        return [f"{folder.name}: it is not there, or not whole"]
    return [
        f"{folder.name}/{name}: its contents are not what was written"
        for name, (size, checksum) in told["files"].items()
        if _size(folder / name) != size or _checksum(folder / name) != checksum
    ]
