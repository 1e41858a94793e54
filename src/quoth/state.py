"""What an open index shows: the store at one state, and the engines that fit it.

While a question is answered, `reading` holds the store at one generation, whatever others write;
the next question sees the newest. Between questions nothing is held, so that SQLite's log does not
grow. Each thread that reads has a connection of its own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from quoth.building import remake_engines
from quoth.engines import EngineHome, Engines, home_of, in_memory
from quoth.errors import (
    IndexBusyError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    QuothError,
    StorageError,
    UsageError,
)
from quoth.locations import Location
from quoth.locking import SECONDS
from quoth.records import Embedder
from quoth.store import Store
from quoth.store.schema import FORMAT

_TRIES = 10  # to find the engines of a state before others have replaced it


class View:
    """The store and the engines at one state, while `State.reading` lasts."""

    def __init__(self, state: State, store: Store) -> None:
        self.store = store
        self.settings: dict[str, str] = {}
        self._state = state
        self._engines: Engines | None = None
        self.renew()

    def renew(self) -> None:
        """Show the newest state."""
        self.store.pin()
        self.settings = self.store.settings()
        self._engines = None

    @property
    def engines(self) -> Engines:
        """What searches by meaning and by words, loaded on first use."""
        if self._engines is None:
            found = self._state.engines_for(self)
            self._engines = self._state.home(self.settings).seen(found, self.store)
        return self._engines


class State:
    """The index at `location`, for reading by several threads."""

    def __init__(self, location: Location) -> None:
        self.location = location
        self._local = threading.local()
        self._idle: list[Store] = []
        self._mark: object = None
        self._engines: tuple[str, Engines] | None = None
        self._lock = threading.RLock()
        self._is_closed = False
        self._process = os.getpid()

    @contextmanager
    def reading(self) -> Iterator[View]:
        """One state of the index, the same to all that this thread does inside.

        Raises IndexMissingError, IndexMismatchError, IndexDamagedError, StorageError; UsageError
        in a process that was forked from the one that opened it.
        """
        self._require_own_process()
        active: View | None = getattr(self._local, "view", None)
        if active is not None:
            yield active
            return
        store = self._take()
        try:
            view = View(self, store)
            _require_format(self.location, view.settings)
            self._local.view = view
            yield view
        finally:
            self._local.view = None
            self._give_back(store)

    def _require_own_process(self) -> None:
        """Neither SQLite's connections nor threads that search for words live on in a fork."""
        if os.getpid() != self._process:
            raise UsageError(
                f"the index at {self.location.name!r} was opened by another process, which "
                "this one was forked from: open it again here"
            )

    def engines_for(self, view: View) -> Engines:
        """The engines that the view's state names; it is renewed where they are gone already."""
        with self._lock:
            for _ in range(_TRIES):
                name = view.settings.get("engines", "")
                if self._engines is not None and self._engines[0] == name:
                    return self._engines[1]
                found = self.home(view.settings).load(name, view.store)
                if found is not None:
                    self._engines = (name, found)
                    return found
                before = view.settings.get("generation")
                view.renew()
                if view.settings.get("generation") == before:
                    self._mend(view)
        raise IndexBusyError(f"the index at {self.location.name!r} changes all the time: ask again")

    def close(self) -> None:
        """Release the files."""
        with self._lock:
            self._is_closed = True
            self._drop_idle()
            self._engines = None

    def require_same(self, embedder: Embedder, settings: dict[str, str]) -> None:
        """IndexMismatchError if another model made the vectors."""
        if embedder.fingerprint != settings.get("fingerprint"):
            raise IndexMismatchError(
                f"the index at {self.location.name!r} was made with the model "
                f"{settings.get('model')!r} ({settings.get('dimension')} dimensions), this "
                f"is {embedder.name!r} ({embedder.dimension}): build it again, or use that model"
            )

    def _mend(self, view: View) -> None:
        """Engines that fit; in memory where another writes, or the folder may only be read."""
        view.store.unpin()
        try:
            with self.location.locked("quoth repair", seconds=SECONDS):
                writable = self.location.writer()
                try:
                    if not self._are_whole(writable):  # another may have been quicker
                        remake_engines(self.home(writable.settings()), writable)
                finally:
                    writable.close()
            view.renew()
        except (StorageError, IndexBusyError):
            view.renew()
            self._engines = (view.settings.get("engines", ""), in_memory(view.store))

    def _are_whole(self, store: Store) -> bool:
        settings = store.settings()
        return self.home(settings).load(settings.get("engines", ""), store) is not None

    def home(self, settings: Mapping[str, str]) -> EngineHome:
        """Where the engines of the index with these settings are kept."""
        return home_of(self.location, settings)

    # -- connections

    def _take(self) -> Store:
        with self._lock:
            if self._is_closed:
                raise UsageError(
                    f"the index at {self.location.name!r} was closed: open the index again"
                )
            self._notice_another_store()
            if self._idle:
                return self._idle.pop()
        return self.location.reader()

    def _give_back(self, store: Store) -> None:
        try:
            store.unpin()
        except QuothError:  # damaged, which was told if it mattered
            store.close()
            return
        with self._lock:
            if self._is_closed or self.location.mark() != self._mark:
                store.close()
            else:
                self._idle.append(store)

    def _notice_another_store(self) -> None:
        """Let go of a store that was put aside: another lies in its place."""
        self.location.require()
        now = self.location.mark()
        if now != self._mark:
            self._drop_idle()
            self._mark, self._engines = now, None

    def _drop_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()


def _require_format(location: Location, settings: Mapping[str, str]) -> None:
    made = settings.get("format")
    if made is None:
        raise IndexMissingError(
            f"the index at {location.name!r} was never finished: run 'quoth build PATH' again"
        )
    if made != FORMAT:
        raise IndexMismatchError(
            f"the index at {location.name!r} has format {made}, this quoth reads {FORMAT}: "
            "build it again"
        )
    if not settings.get("dimension", "").isdigit():
        raise IndexDamagedError(
            f"the settings of the index at {location.name!r} are damaged: run 'quoth build' again"
        )


def unknown_source(source: str, known: Iterable[str]) -> UsageError:
    """The error for a source that is not in the index, with the nearest that is."""
    from difflib import get_close_matches

    near = get_close_matches(source, list(known), 1)
    hint = f"did you mean {near[0]!r}?" if near else "'quoth list' shows what is there"
    return UsageError(f"no article {source!r} in the index: {hint}")
