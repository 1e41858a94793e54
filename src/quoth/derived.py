"""The engines beside the store: FAISS and tantivy, both remade from the store at will.

Each generation's engines lie in a folder of their own, which the transaction that makes the
generation names in the setting `engines`, and which nobody changes afterwards. So readers see
engines and articles of one state, a change that was interrupted leaves nothing but a folder that
nothing names, and files that stay are hard links to those of the generation before.

`whole.json`, written last, lists sizes and checksums; `seen.json` the times of change at which
they were last compared, so that large files are not read through at each start.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np

from quoth.errors import IndexDamagedError, StorageError
from quoth.lexical import LexicalIndex
from quoth.records import Ints, Passage, Progress
from quoth.store import Store
from quoth.vectors import FaissVectors, SegmentVectors, write_vectors

PREFIX = "engines-"
_MADE = 2  # counts up when the same store would give other engines: other words, another schema
_AT_ONCE = 4096
_BLOCK_BYTES = 1 << 20
# tantivy goes on counting the words of passages that were removed until it merges what they were
# in. Up to so many passages the words are indexed anew instead, which takes about a second; beyond,
# a twentieth may be counted too much.
_ALWAYS_EXACT = 5_000
_STALE = 20
_MANY_SEGMENTS = 16
_OLDER = ("vectors.faiss", "words", "derived.json")  # of format 3


@dataclass(frozen=True, slots=True)
class Engines:
    """Both engines, at the same state."""

    vectors: SegmentVectors | FaissVectors
    words: LexicalIndex


def load(folder: Path, store: Store) -> Engines | None:
    """The engines that lie in `folder`; None unless they are whole and the store's own."""
    if not _is_whole(folder, store):
        return None
    try:
        return Engines(SegmentVectors.load(folder / "vectors"), LexicalIndex(folder / "words"))
    except (OSError, IndexDamagedError):
        return None


def write(
    folder: Path,
    store: Store,
    *,
    old: str | None,
    added: Ints,
    removed: Ints,
    compact: bool = False,
    progress: Progress | None = None,
) -> str:
    """Make engines of the store in a new folder inside `folder`; its name.

    old: the name of those that hold all but `added`, and `removed` (ids, ascending); None makes
    all anew. compact: leave nothing behind of what was removed, whatever it takes.
    Call inside the transaction that will name them. Raises StorageError.
    """
    if old and _is_whole(folder / old, store):
        # What cannot be read although it looks whole is no base, nor a reason to give up.
        with suppress(IndexDamagedError):
            return _written(folder, store, folder / old, added, removed, compact, progress)
    ids, none = store.passage_ids(), np.empty(0, np.int64)
    return _written(folder, store, None, ids, none, compact, progress)


def _written(
    folder: Path,
    store: Store,
    base: Path | None,
    added: Ints,
    removed: Ints,
    compact: bool,
    progress: Progress | None,
) -> str:
    place = folder / f"{PREFIX}{store.generation}-{uuid4().hex[:8]}"
    try:
        place.mkdir(parents=True)
        write_vectors(
            place / "vectors", int(store.settings()["dimension"]),
            old=base / "vectors" if base else None, added=added, removed=removed,
            vectors=lambda ids: store.own_vectors(ids, int(store.settings()["dimension"])),
            compact=compact, progress=progress,
        )  # fmt: skip
        stale = _write_words(place / "words", store, base, added, removed, compact)
        _describe(place, store, base, stale)
    except BaseException as error:
        shutil.rmtree(place, ignore_errors=True)
        if not isinstance(error, OSError):
            raise
        raise StorageError(
            f"cannot write the index in {str(folder)!r} ({error.strerror or error}): "
            "free some space or check its permissions"
        ) from error
    return place.name


def in_memory(store: Store) -> Engines:
    """Fresh engines that leave the disk alone."""
    dimension, ids = int(store.settings()["dimension"]), store.passage_ids()
    vectors, words = FaissVectors(dimension), LexicalIndex()
    for some in _parts(ids):
        vectors.add(some, store.own_vectors(some, dimension))
    words.change(_passages(store, ids))
    return Engines(vectors, words)


def is_worn(folder: Path, engines: Engines) -> bool:
    """Whether many changes have left traces in `engines`, which lie in `folder`, that cost time."""
    segments = engines.vectors.segments if isinstance(engines.vectors, SegmentVectors) else 1
    return _stale(folder) > 0 or segments > _MANY_SEGMENTS


def sweep(folder: Path, keep: Collection[str]) -> None:
    """Remove the engines that are not of these names. What cannot be removed stays for later."""
    for place in folder.glob(f"{PREFIX}*"):
        if place.name not in keep:
            shutil.rmtree(place, ignore_errors=True)
    for name in _OLDER:
        with suppress(OSError):
            (folder / name).unlink() if (folder / name).is_file() else None
            shutil.rmtree(folder / name, ignore_errors=True)


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


# -- words


def _write_words(
    place: Path, store: Store, base: Path | None, added: Ints, removed: Ints, compact: bool
) -> int:
    """The words of the store; how many passages are counted in it that were removed."""
    stale = len(removed) + (_stale(base) if base else 0)
    kept = int(store.totals()[1])
    if base is None or (stale and (compact or kept <= _ALWAYS_EXACT or stale * _STALE > kept)):
        place.mkdir()
        _new_words(place).change(_passages(store, store.passage_ids()))
        return 0
    _link_words(base / "words", place)
    LexicalIndex(place).change(_passages(store, added), removed.tolist())
    return stale


def _new_words(place: Path) -> LexicalIndex:
    """OSError where nothing can be written: a new folder cannot be damaged."""
    try:
        return LexicalIndex(place)
    except IndexDamagedError as error:
        raise OSError(None, f"tantivy: {error.__cause__}") from error


def _link_words(old: Path, new: Path) -> None:
    """tantivy never changes a segment's files; what it replaces or locks is copied or left."""
    new.mkdir()
    for file in old.iterdir():
        if file.suffix == ".lock":
            continue
        if file.suffix == ".json":
            shutil.copyfile(file, new / file.name)
        else:
            link(file, new / file.name)


def link(old: Path, new: Path) -> None:
    """A hard link; a copy where there are none."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copy2(old, new)


def _passages(store: Store, ids: Ints) -> Iterator[tuple[int, Passage]]:
    for some in _parts(ids):
        yield from sorted(store.passages(some.tolist()).items())


def _parts(ids: Ints) -> Iterator[Ints]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


# -- whole.json and seen.json


def _describe(place: Path, store: Store, base: Path | None, stale: int) -> None:
    known = (_told(base, store) or {"files": {}})["files"] if base else {}
    files = {}
    for path in _files(place):
        name = path.relative_to(place).as_posix()
        same = base is not None and name in known and _same_file(path, base / name)
        files[name] = known[name] if same else [_size(path), _checksum(path)]
    told = {"made": _MADE, "store": store.settings()["identity"], "stale": stale, "files": files}
    _see(place, files)
    (place / "whole.json").write_text(json.dumps(told), "utf-8")


def _stale(folder: Path) -> int:
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


def _is_whole(folder: Path, store: Store) -> bool:
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
