"""The engines beside the store: a FAISS file and a tantivy folder, both remade from the store.

`derived.json`, written last and by replacing it, names the store and the generation of it that
both engines are at, and their checksums. Where all of that fits, they are used as they are. Where
only the generation is another, they are brought up to date by passage ids, which are never used
twice. What does not fit its checksum is made again from the stored vectors and texts.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np

from quoth.errors import IndexDamagedError, StorageError
from quoth.lexical import LexicalIndex
from quoth.records import Floats, Ints
from quoth.store import Store
from quoth.vectors import FaissVectors

_MADE = 1  # counts up when the same store would give other engines: other words, another schema
_AT_ONCE = 4096
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Engines:
    """Both engines, at the same state."""

    vectors: FaissVectors
    words: LexicalIndex


def load(folder: Path, store: Store) -> Engines | None:
    """The saved engines if they are at the store's generation and whole, else None."""
    saved = _saved(folder, store)
    if saved.get("generation") != store.generation:
        return None
    vectors, words = _saved_vectors(folder, saved), _saved_words(folder, saved)
    return Engines(vectors, words) if vectors and words else None


def remake(folder: Path, store: Store) -> Engines:
    """Bring the saved engines up to date with the store, from nothing where they are unusable.

    Call under the index's lock. Raises StorageError where they cannot be written.
    """
    saved = _saved(folder, store)
    try:
        engines = Engines(_vectors(folder, store, saved), _words(folder, store, saved))
        _save(folder, store, engines.vectors)
    except OSError as error:
        raise StorageError(
            f"cannot write the index in {str(folder)!r} ({error.strerror}): "
            "free some space or check its permissions"
        ) from error
    return engines


def in_memory(store: Store) -> Engines:
    """Fresh engines that leave the disk alone."""
    vectors, words = _no_vectors(store), LexicalIndex()
    _fill_vectors(vectors, store, store.passage_ids())
    _fill_words(words, store, store.passage_ids())
    return Engines(vectors, words)


# -- FAISS


def _saved_vectors(folder: Path, saved: dict[str, object]) -> FaissVectors | None:
    try:
        path = folder / "vectors.faiss"
        return FaissVectors.load(path) if saved.get("vectors") == _checksum([path]) else None
    except (OSError, IndexDamagedError):
        return None


def _vectors(folder: Path, store: Store, saved: dict[str, object]) -> FaissVectors:
    engine, wanted = _saved_vectors(folder, saved) or _no_vectors(store), store.passage_ids()
    present = engine.ids()
    if len(np.intersect1d(present, wanted)) * 2 < len(present):  # then a new one is cheaper
        engine = _no_vectors(store)
    engine.remove(np.setdiff1d(engine.ids(), wanted))
    _fill_vectors(engine, store, np.setdiff1d(wanted, engine.ids()))
    return engine


def _no_vectors(store: Store) -> FaissVectors:
    return FaissVectors(int(store.settings()["dimension"]))


def _fill_vectors(engine: FaissVectors, store: Store, missing: Ints) -> None:
    for start in range(0, len(missing), _AT_ONCE):
        ids = missing[start : start + _AT_ONCE]
        engine.add(ids, _own_vectors(store, ids.tolist()))


def _own_vectors(store: Store, ids: list[int]) -> Floats:
    """The passages' own vectors (n, dimension): the first row of what is stored for each."""
    found = store.passage_vectors(ids, int(store.settings()["dimension"]))
    if len(found) < len(ids):
        raise IndexDamagedError(
            f"vectors are missing from {str(store.path)!r}: build the index again"
        )
    return np.stack([found[number][0] for number in ids])


# -- tantivy


def _saved_words(folder: Path, saved: dict[str, object]) -> LexicalIndex | None:
    try:
        path = folder / "words"
        return LexicalIndex(path) if saved.get("words") == _checksum(_segments(path)) else None
    except (OSError, IndexDamagedError):
        return None


def _words(folder: Path, store: Store, saved: dict[str, object]) -> LexicalIndex:
    engine, wanted = _saved_words(folder, saved), store.passage_ids()
    if engine is None or len(np.setdiff1d(engine.ids(), wanted)):
        engine = _empty_words(folder / "words")
    _fill_words(engine, store, np.setdiff1d(wanted, engine.ids()))
    return engine


def _empty_words(path: Path) -> LexicalIndex:
    """A new index there. The old one is put aside first: its readers make files in it.

    What cannot be removed of it is removed another time.
    """
    if path.is_dir():
        path.rename(f"{path}.old-{uuid4().hex}")
    path.unlink(missing_ok=True)
    path.mkdir()
    for old in path.parent.glob(f"{path.name}.old-*"):
        shutil.rmtree(old, ignore_errors=True)
    return LexicalIndex(path)


def _fill_words(engine: LexicalIndex, store: Store, missing: Ints) -> None:
    for start in range(0, len(missing), _AT_ONCE):
        ids = missing[start : start + _AT_ONCE].tolist()
        engine.add(sorted(store.passages(ids).items()))


# -- derived.json


def _saved(folder: Path, store: Store) -> dict[str, object]:
    """What derived.json says, if it speaks of engines made from this store; else {}."""
    try:
        saved: object = json.loads((folder / "derived.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(saved, dict) or saved.get("made") != _MADE:
        return {}
    return saved if saved.get("store") == store.settings()["identity"] else {}


def _save(folder: Path, store: Store, vectors: FaissVectors) -> None:
    vectors.save(folder / "vectors.faiss.new")
    os.replace(folder / "vectors.faiss.new", folder / "vectors.faiss")
    saved = {
        "made": _MADE,
        "store": store.settings()["identity"],
        "generation": store.generation,
        "vectors": _checksum([folder / "vectors.faiss"]),
        "words": _checksum(_segments(folder / "words")),
    }
    (folder / "derived.json.new").write_text(json.dumps(saved), "utf-8")
    os.replace(folder / "derived.json.new", folder / "derived.json")


def _segments(path: Path) -> list[Path]:
    """tantivy's files, without its locks and notes to itself."""
    return sorted(file for file in path.iterdir() if not file.name.startswith("."))


def _checksum(files: Iterable[Path]) -> str:
    """CRC-32 of the names and contents, read block by block."""
    value = 0
    for path in files:
        value = zlib.crc32(path.name.encode(), value)
        with open(path, "rb") as file:
            while block := file.read(_BLOCK_BYTES):
                value = zlib.crc32(block, value)
    return f"{value:08x}"
