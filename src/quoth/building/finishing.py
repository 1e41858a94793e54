"""The one transaction that shows what was staged and names the engines that fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from quoth import derived
from quoth.building.settings import is_made_otherwise
from quoth.records import Progress
from quoth.store import Replaced, WritableStore

_NONE = np.empty(0, np.int64)


def finish(
    folder: Path,
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
    stamps: file id → new stamp. Call under the index's lock. Raises StorageError, IndexBusyError.
    """
    anew = is_made_otherwise(store.settings(), made)
    if not (staged or gone_files or gone_sources or anew):
        with store.change():
            store.restamp(stamps or {})
            if purge and store.has_staged():
                store.replace((), (), (), purge=True)
        return Replaced((), (), (), _NONE, _NONE)
    old = store.settings().get("engines")
    with store.change():
        store.set(made)
        store.restamp(stamps or {})
        replaced = store.replace(staged, gone_files, gone_sources, purge=purge)
        if anew:
            store.drop_loose_vectors()
        store.set({"generation": str(store.generation + 1)})
        store.set(
            {
                "engines": derived.write(
                    folder, store, old=None if anew else old, added=replaced.passages_added,
                    removed=replaced.passages_removed, progress=progress,
                )
            }
        )  # fmt: skip
    derived.sweep(folder, {store.settings()["engines"], old or ""})
    return replaced


def remake_engines(folder: Path, store: WritableStore) -> None:
    """Make the engines anew from what is stored, whatever they were; under the index's lock."""
    with store.change():
        store.set({"engines": derived.write(folder, store, old=None, added=_NONE, removed=_NONE)})
    derived.sweep(folder, {store.settings()["engines"]})
