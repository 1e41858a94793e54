"""The one transaction that shows what was staged and names the engines that fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import numpy as np

from quoth.building.settings import EMBEDDING, LOOSE, is_made_otherwise
from quoth.engines import GONE, EngineHome, from_ranges, to_ranges
from quoth.errors import QuothError
from quoth.records import Ints, Progress
from quoth.store import Replaced, WritableStore

_NONE = np.empty(0, np.int64)


def finish(
    home: EngineHome,
    store: WritableStore,
    made: Mapping[str, str],
    *,
    staged: Sequence[int] = (),
    gone_files: Sequence[int] = (),
    gone_sources: Sequence[str] = (),
    stamps: Mapping[int, str] | None = None,
    purge: bool = False,
    progress: Progress | None = None,
) -> Replaced:
    """Show the files `staged`, without what they replace and what is gone; what changed.

    purge: drop what else was staged. made: what the articles are made with, see `made_with`.
    stamps: file id → new stamp. Call under the index's lock.
    Raises StorageError, IndexBusyError.
    """
    anew = is_made_otherwise(store.settings(), made)
    if not (staged or gone_files or gone_sources or anew):
        with store.change():
            store.restamp(stamps or {})
            if purge and store.has_staged():
                store.replace((), (), (), purge=True)
            _drop_loose(store, purge)
        _sweep(home, store)
        return Replaced((), (), (), _NONE, _NONE)
    settings = store.settings()
    old, overdue = settings.get("engines", ""), _NONE
    try:
        with store.change():
            store.set(made)
            store.restamp(stamps or {})
            replaced = store.replace(staged, gone_files, gone_sources, purge=purge)
            if staged:
                store.forget(EMBEDDING)
            _drop_loose(store, purge or anew)
            store.set({"generation": str(store.generation + 1)})
            name = home.write(
                store, old=None if anew else old, added=replaced.passages_added,
                removed=replaced.passages_removed, progress=progress,
            )  # fmt: skip
            store.set({"engines": name, "engines before": old})
            _set_gone(store, replaced.passages_removed if name == old else _NONE)
        overdue = from_ranges(settings.get(GONE, "") if name == old else "")
    finally:
        with suppress(QuothError):  # what was made in vain may fill the disk
            _sweep(home, store, overdue)
    return replaced


def ensure_engines(home: EngineHome, store: WritableStore) -> None:
    """Engines that are kept are there, whatever became of them since they were written."""
    if home.is_kept and home.load(store.settings().get("engines", ""), store) is None:
        remake_engines(home, store)


def remake_engines(home: EngineHome, store: WritableStore, *, base: str | None = None) -> None:
    """Make the engines anew from what is stored, whatever they were; under the index's lock.

    base: the name of those that are right, of which only what is worn is made anew.
    """
    with store.change():
        name = home.write(store, old=base, added=_NONE, removed=_NONE, compact=base is not None)
        store.set({"engines": name, "engines before": ""})
        _set_gone(store, _NONE)
    _sweep(home, store)


def _set_gone(store: WritableStore, ids: Ints) -> None:
    """Remember what engines that go on still have for readers of the state before."""
    if len(ids):
        store.set({GONE: to_ranges(ids)})
    else:
        store.forget(GONE)


def _sweep(home: EngineHome, store: WritableStore, removed: Ints = _NONE) -> None:
    """Keep the engines of this state and of the one before, which someone may be about to read."""
    settings = store.settings()
    home.sweep({settings.get("engines", ""), settings.get("engines before", "")}, removed)


def _drop_loose(store: WritableStore, everything: bool) -> None:
    """After an interruption there may be vectors that nothing needs; looks at every one.

    In a shared store they may come from whoever embeds ahead, without a note.
    """
    if everything and (store.is_shared or LOOSE in store.settings()):
        store.drop_loose_vectors()
        store.forget(LOOSE)
