"""FAISS and tantivy in the folder of an index.

Each generation's engines lie in a folder of their own, which the transaction that makes the
generation names in the setting `engines`, and which nobody changes afterwards. So readers see
engines and articles of one state, a change that was interrupted leaves nothing but a folder that
nothing names, and files that stay are hard links to those of the generation before.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import numpy as np

from quoth.engines import wholeness
from quoth.engines.base import Engines, stored_passages
from quoth.engines.wholeness import describe, is_whole, stale_in
from quoth.errors import IndexDamagedError, StorageError
from quoth.lexical import LexicalIndex
from quoth.records import Ints, Progress
from quoth.store import Store
from quoth.vectors import SegmentVectors, write_vectors

_PREFIX = "engines-"
# tantivy goes on counting the words of passages that were removed until it merges what they were
# in. Up to so many passages the words are indexed anew instead, which takes about a second; beyond,
# a twentieth may be counted too much.
_ALWAYS_EXACT = 5_000
_STALE = 20
_MANY_SEGMENTS = 16
_OLDER = ("vectors.faiss", "words", "derived.json")  # of format 3


class LocalEngines:
    """See `EngineHome`. folder: of the index."""

    is_shared, is_kept = False, True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, name: str, store: Store) -> Engines | None:
        """See `EngineHome.load`."""
        folder = self._folder / name
        if not name or not is_whole(folder, store):
            return None
        try:
            return Engines(SegmentVectors.load(folder / "vectors"), LexicalIndex(folder / "words"))
        except (OSError, IndexDamagedError):
            return None

    def begun(self, store: Store) -> str | None:
        """See `EngineHome.begun`: they are written whole or not at all."""
        return None

    def write(
        self,
        store: Store,
        *,
        old: str | None,
        added: Ints,
        removed: Ints,
        compact: bool = False,
        progress: Progress | None = None,
    ) -> str:
        """See `EngineHome.write`."""
        folder = self._folder
        if old and is_whole(folder / old, store):
            # What cannot be read although it looks whole is no base, nor a reason to give up.
            with suppress(IndexDamagedError):
                return _written(folder, store, folder / old, added, removed, compact, progress)
        ids, none = store.passage_ids(), np.empty(0, np.int64)
        return _written(folder, store, None, ids, none, compact, progress)

    def seen(
        self, engines: Engines, store: Store, newest: Callable[[], int] | None = None
    ) -> Engines:
        """See `EngineHome.seen`: they are of one state."""
        return engines

    def sweep(self, keep: Collection[str], removed: Ints) -> None:
        """See `EngineHome.sweep`. What cannot be removed stays for later."""
        for place in self._folder.glob(f"{_PREFIX}*"):
            if place.name not in keep:
                shutil.rmtree(place, ignore_errors=True)
        for name in _OLDER:
            with suppress(OSError):
                (self._folder / name).unlink() if (self._folder / name).is_file() else None
                shutil.rmtree(self._folder / name, ignore_errors=True)

    def is_worn(self, name: str, engines: Engines) -> bool:
        """See `EngineHome.is_worn`."""
        vectors = engines.vectors
        segments = vectors.segments if isinstance(vectors, SegmentVectors) else 1
        return stale_in(self._folder / name) > 0 or segments > _MANY_SEGMENTS

    def problems(self, name: str, store: Store) -> list[str]:
        """See `EngineHome.problems`."""
        return wholeness.problems(self._folder / name, store) if name else []


def _written(
    folder: Path,
    store: Store,
    base: Path | None,
    added: Ints,
    removed: Ints,
    compact: bool,
    progress: Progress | None,
) -> str:
    place = folder / f"{_PREFIX}{store.generation}-{uuid4().hex[:8]}"
    try:
        place.mkdir(parents=True)
        write_vectors(
            place / "vectors", int(store.settings()["dimension"]),
            old=base / "vectors" if base else None, added=added, removed=removed,
            vectors=lambda ids: store.own_vectors(ids, int(store.settings()["dimension"])),
            compact=compact, progress=progress,
        )  # fmt: skip
        stale = _write_words(place / "words", store, base, added, removed, compact, progress)
        describe(place, store, base, stale)
    except BaseException as error:
        shutil.rmtree(place, ignore_errors=True)
        if not isinstance(error, OSError):
            raise
        raise StorageError(
            f"cannot write the index in {str(folder)!r} ({error.strerror or error}): "
            "free some space or check its permissions"
        ) from error
    return place.name


# -- words


def _write_words(
    place: Path,
    store: Store,
    base: Path | None,
    added: Ints,
    removed: Ints,
    compact: bool,
    progress: Progress | None,
) -> int:
    """The words of the store; how many passages are counted in it that were removed."""
    stale = len(removed) + (stale_in(base) if base else 0)
    kept = int(store.totals()[1])
    if base is None or (stale and (compact or kept <= _ALWAYS_EXACT or stale * _STALE > kept)):
        place.mkdir()
        _new_words(place).change(stored_passages(store, store.passage_ids()))
        return 0
    _link_words(base / "words", place)
    LexicalIndex(place).change(stored_passages(store, added, progress), removed.tolist())
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
