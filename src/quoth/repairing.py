"""`repair`: everything that can be made again is made again, without embedding what is there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from quoth import building
from quoth.changing import Change
from quoth.checking import article_problems, engine_problems
from quoth.engines import EngineHome
from quoth.records import Progress
from quoth.store import WritableStore


@dataclass(frozen=True, slots=True)
class Damaged:
    """Articles that are not what was stored.

    files: of which they can be read again; lost: the others.
    """

    sources: frozenset[str]
    files: tuple[str, ...]
    lost: tuple[str, ...]


def damaged(store: WritableStore, progress: Progress | None = None) -> Damaged:
    """Find the articles that are not what was stored, and make ready to read their files again."""
    names = store.sources()
    found: list[str] = []
    for number, source in enumerate(names, 1):
        if article_problems(store, source):
            found.append(source)
        if progress:
            progress("verifying", number, len(names))
    origins = {source: store.origin(source) for source in found}
    files = {s: one.path for s, one in origins.items() if one and Path(one.path).is_file()}
    with store.change():
        store.drop_staged()  # which may hold on to what is damaged
        store.doubt_files(sorted(set(files.values())))
        for source in files:
            store.drop_damaged_vectors(source)
    lost = tuple(source for source in found if source not in files)
    return Damaged(frozenset(found), tuple(sorted(set(files.values()))), lost)


def reread(change: Change, found: Damaged) -> list[str]:
    """Read the files of damaged articles again; for each, what came of it."""
    change.doubted = found.sources
    done = change.files(found.files, may_be_empty=True)
    unread = {str(Path(path).absolute()): reason for path, reason in done.failed}
    return [
        f"{path} cannot be read ({unread[path]}): bring it back, then repair again"
        if path in unread
        else f"{path} read again"
        for path in found.files
    ]


def remake(home: EngineHome, store: WritableStore) -> list[str]:
    """The engines made anew where anything is wrong with them, leftovers removed; what was done."""
    with store.change():
        store.drop_staged()
        store.drop_loose_vectors()
        store.forget(building.LOOSE)
    if not home.is_kept:
        return []
    name = store.settings().get("engines", "")
    found = home.load(name, store)
    wrong = engine_problems(home, name, store, found) if found else ["gone"]
    if wrong:
        building.remake_engines(home, store)
        return ["search indexes made anew"]
    if found is not None and home.is_worn(name, found):
        building.remake_engines(home, store, base=name)
        return ["search indexes made compact"]
    home.sweep({name}, np.empty(0, np.int64))
    return []
