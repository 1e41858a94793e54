"""`migrate`: copy, compare, switch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from quoth import building
from quoth.engines import EngineHome, Engines, engine_settings, home_of, in_memory
from quoth.errors import EngineError, UsageError
from quoth.index import Index
from quoth.locations import Location, location_of
from quoth.migration.copying import copy_articles
from quoth.migration.recall import QUESTIONS, recall, spread
from quoth.records import Floats, PathLike, Progress
from quoth.store import Store, WritableStore

LEAST_RECALL = 0.95
_NONE = np.empty(0, np.int64)
_ALONG = "calibration "
"""How the settings begin that go along beside what the articles are made with."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a move did.

    recall: the share of the ten passages nearest to some questions that the new engine finds, of
    those that the old one finds. 0 to 1.
    """

    articles: int
    passages: int
    recall: float


def migrate(
    index: Index,
    to: PathLike | None = None,
    *,
    engine: Mapping[str, str] | None = None,
    least_recall: float = LEAST_RECALL,
    progress: Progress | None = None,
) -> Migrated:
    """Give an index another engine, or copy it to another place; nothing is embedded again.

    to: the folder or the address of the copy, which must hold no index yet; None leaves the store
    where it is. engine: the settings of the new one, see `engine_settings`; None keeps it for the
    same store, and takes FAISS for another. Interrupted, it goes on where it stopped.
    Switches only if the new engine finds at least `least_recall` of what the old one finds.
    Raises UsageError, EngineError, IndexDamagedError, IndexBusyError, StorageError.
    """
    if to is None and engine is None:
        raise UsageError("nothing to do: name another engine, another place, or both")
    if to is None:
        return _switched(index, dict(engine or {}), least_recall, progress)
    target = location_of(to)
    if target.mark() is not None and target.mark() == index.location.mark():
        raise UsageError(f"the index lies at {target.name!r} already: name another place")
    return _copied(index, target, dict(engine or {}), least_recall, progress)


def _switched(
    index: Index, engine: dict[str, str], least: float, progress: Progress | None
) -> Migrated:
    with index.writing("migrate") as store:
        settings = store.settings()
        if engine_settings(settings) == engine_settings(engine):
            raise UsageError(
                f"the index at {index.location.name!r} is searched by that engine already"
            )
        old, new = home_of(index.location, settings), home_of(index.location, engine)
        name = _made(new, store, progress)
        before = old.load(settings.get("engines", ""), store) or in_memory(store)
        found = _compared(before, new, name, store, progress)
        if found < least:
            new.sweep({settings.get("engines", ""), settings.get("engines before", "")}, _NONE)
            raise _too_low(found, least, "nothing was changed")
        with store.change():
            for key in engine_settings(settings):
                store.forget(key)
            told = {"engines": name, "engines before": "", "generation": str(store.generation + 1)}
            store.set(engine_settings(engine) | told)
        old.sweep({name}, _NONE)  # both may be collections of one server
        return Migrated(*store.totals(), found)


def _copied(
    index: Index, target: Location, engine: dict[str, str], least: float, progress: Progress | None
) -> Migrated:
    with index.reading() as view, target.locked("quoth migrate"):
        store = target.usable()
        try:
            if "format" in store.settings():
                raise UsageError(f"there is an index at {target.name!r}: name another place")
            made = building.made_from(view.settings) | engine_settings(engine)
            building.begin(store, made)
            staged = copy_articles(view.store, store, progress)
            home = home_of(target, made)
            made |= {k: v for k, v in view.settings.items() if k.startswith(_ALONG)}
            building.finish(home, store, made, staged=staged, purge=True, progress=progress)
            name = store.settings()["engines"]
            found = _compared(view.engines, home, name, store, progress)
            if found < least:
                raise _too_low(found, least, f"the copy at {target.name!r} is there all the same")
            return Migrated(*store.totals(), found)
        finally:
            store.close()


def _made(home: EngineHome, store: WritableStore, progress: Progress | None) -> str:
    """The name of engines of the store, made or, where that was interrupted, completed."""
    return home.write(store, old=home.begun(store), added=_NONE, removed=_NONE, progress=progress)


def _compared(
    old: Engines, home: EngineHome, name: str, store: Store, progress: Progress | None
) -> float:
    loaded = home.load(name, store)
    if loaded is None:
        raise EngineError(f"the new engines {name!r} cannot be read: try again")
    new, queries = home.seen(loaded, store), _questions(store)
    found = []
    for number, query in enumerate(queries, 1):
        found.append(recall(old.vectors, new.vectors, query[None]))
        if progress:
            progress("comparing answers", number, len(queries))
    return float(np.mean(found)) if found else 1.0


def _questions(store: Store) -> Floats:
    """(m, dimension): vectors of single sentences, which are as long as questions."""
    dimension = int(store.settings()["dimension"])
    chosen = spread(store.passage_ids(), QUESTIONS).tolist()
    vectors = store.passage_vectors(chosen, dimension).values()
    empty = np.empty((0, dimension), np.float32)
    return np.stack([some[-1] for some in vectors]) if chosen else empty


def _too_low(found: float, least: float, then: str) -> EngineError:
    return EngineError(
        f"the new engine finds {found:.3f} of what the old one finds, which is less than "
        f"{least}: {then}; try a more exact one, or a lower --least-recall"
    )
