"""The engines beside the store: a FAISS file and a tantivy folder, both remade from the store.

Passage ids are never used twice, so an engine of whatever age is brought up to date by adding the
ids it lacks and removing those that are gone. `derived.json`, written last and by replacing it,
names the generation both engines are at and the FAISS file's checksum; if it does not match, the
engines are compared with the store, and what cannot be read is made again from the stored vectors.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from quoth.errors import IndexDamagedError, StorageError
from quoth.lexical import LexicalIndex
from quoth.records import Floats, Ints
from quoth.store import Store
from quoth.vectors import FaissVectors

_AT_ONCE = 4096


@dataclass
class Engines:
    """Both engines, at the same state."""

    vectors: FaissVectors
    words: LexicalIndex


def load(folder: Path, store: Store) -> Engines | None:
    """The saved engines if they are at the store's generation and whole, else None."""
    try:
        state = json.loads((folder / "derived.json").read_text("utf-8"))
        if state["generation"] != store.generation:
            return None
        if state["checksum"] != _checksum(folder / "vectors.faiss"):
            return None
        return Engines(FaissVectors.load(folder / "vectors.faiss"), LexicalIndex(folder / "words"))
    except (OSError, ValueError, KeyError, TypeError, IndexDamagedError):
        return None


def remake(folder: Path, store: Store) -> Engines:
    """Bring the saved engines up to date with the store, from nothing where they are unusable.

    Call under the index's lock. Raises StorageError where they cannot be written.
    """
    try:
        engines = Engines(_vectors(folder, store), _words(folder, store))
        _save(folder, engines.vectors, store.generation)
    except OSError as error:
        raise StorageError(
            f"cannot write the index in {str(folder)!r} ({error.strerror}): "
            "free some space or check its permissions"
        ) from error
    except RuntimeError as error:  # FAISS's own
        raise StorageError(f"cannot write the vectors in {str(folder)!r}: {error}") from error
    return engines


def in_memory(store: Store) -> Engines:
    """Fresh engines that leave the disk alone."""
    vectors = FaissVectors(int(store.settings()["dimension"]))
    _fill_vectors(vectors, store, store.passage_ids())
    words = LexicalIndex()
    _fill_words(words, store, store.passage_ids())
    return Engines(vectors, words)


def _vectors(folder: Path, store: Store) -> FaissVectors:
    try:
        engine = FaissVectors.load(folder / "vectors.faiss")
    except IndexDamagedError:
        engine = FaissVectors(int(store.settings()["dimension"]))
    wanted = store.passage_ids()
    if not _close(engine.ids(), wanted):
        engine = FaissVectors(int(store.settings()["dimension"]))
    engine.remove(np.setdiff1d(engine.ids(), wanted))
    _fill_vectors(engine, store, np.setdiff1d(wanted, engine.ids()))
    return engine


def _words(folder: Path, store: Store) -> LexicalIndex:
    path, wanted = folder / "words", store.passage_ids()
    path.mkdir(parents=True, exist_ok=True)
    try:
        engine = LexicalIndex(path)
        present = engine.ids()
    except IndexDamagedError:
        engine, present = _empty_words(path), np.empty(0, np.int64)
    if not _close(present, wanted):
        engine, present = _empty_words(path), np.empty(0, np.int64)
    engine.remove(np.setdiff1d(present, wanted))
    _fill_words(engine, store, np.setdiff1d(wanted, present))
    return engine


def _empty_words(path: Path) -> LexicalIndex:
    shutil.rmtree(path)
    path.mkdir()
    return LexicalIndex(path)


def _close(present: Ints, wanted: Ints) -> bool:
    """Whether mending is cheaper than making anew: at least half of what is there stays."""
    return len(present) == 0 or len(np.intersect1d(present, wanted)) * 2 >= len(present)


def _fill_vectors(engine: FaissVectors, store: Store, missing: Ints) -> None:
    for start in range(0, len(missing), _AT_ONCE):
        ids = missing[start : start + _AT_ONCE]
        engine.add(ids, _own_vectors(store, ids.tolist()))


def _fill_words(engine: LexicalIndex, store: Store, missing: Ints) -> None:
    for start in range(0, len(missing), _AT_ONCE):
        ids = missing[start : start + _AT_ONCE].tolist()
        engine.add(sorted(store.passages(ids).items()))


def _own_vectors(store: Store, ids: list[int]) -> Floats:
    """The passages' own vectors (n, dimension): the first row of what is stored for each."""
    found = store.passage_vectors(ids, int(store.settings()["dimension"]))
    if len(found) < len(ids):
        raise IndexDamagedError(
            f"vectors are missing from {str(store.path)!r}: build the index again"
        )
    return np.stack([found[number][0] for number in ids])


def _save(folder: Path, vectors: FaissVectors, generation: int) -> None:
    temporary = folder / "vectors.faiss.new"
    vectors.save(temporary)
    os.replace(temporary, folder / "vectors.faiss")
    state = {"generation": generation, "checksum": _checksum(folder / "vectors.faiss")}
    (folder / "derived.json.new").write_text(json.dumps(state), "utf-8")
    os.replace(folder / "derived.json.new", folder / "derived.json")


def _checksum(path: Path) -> int:
    return zlib.crc32(path.read_bytes())
