"""What an open index shows: the store at one state, and the engines that fit it.

While a question is answered, `reading` holds the store at one generation, whatever others write;
the next question sees the newest. Between questions nothing is held, so that SQLite's log does not
grow. Each thread that reads has a connection of its own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from quoth import derived
from quoth.building import FORMAT, remake_engines
from quoth.errors import (
    IndexBusyError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    QuothError,
    StorageError,
    UsageError,
)
from quoth.locking import locked
from quoth.records import Embedder
from quoth.store import Store, WritableStore

_TRIES = 10  # to find the engines of a state before others have replaced it
STORE = "quoth.sqlite"


class View:
    """The store and the engines at one state, while `State.reading` lasts."""

    def __init__(self, state: State, store: Store) -> None:
        self.store = store
        self.settings: dict[str, str] = {}
        self._state = state
        self._engines: derived.Engines | None = None
        self.renew()

    def renew(self) -> None:
        """Show the newest state."""
        self.store.pin()
        self.settings = self.store.settings()
        self._engines = None

    @property
    def engines(self) -> derived.Engines:
        """FAISS and tantivy, loaded on first use."""
        if self._engines is None:
            self._engines = self._state.engines_for(self)
        return self._engines


class State:
    """The index in `folder`, for reading by several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._local = threading.local()
        self._idle: list[Store] = []
        self._file: tuple[int, int] | None = None
        self._engines: tuple[str, derived.Engines] | None = None
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
            _require_format(self.folder, view.settings)
            self._local.view = view
            yield view
        finally:
            self._local.view = None
            self._give_back(store)

    def _require_own_process(self) -> None:
        """Neither SQLite's connections nor threads that search for words live on in a fork."""
        if os.getpid() != self._process:
            raise UsageError(
                f"the index at {str(self.folder)!r} was opened by another process, which this one "
                "was forked from: open it again here"
            )

    def engines_for(self, view: View) -> derived.Engines:
        """The engines that the view's state names; it is renewed where they are gone already."""
        with self._lock:
            for _ in range(_TRIES):
                name = view.settings.get("engines", "")
                if self._engines is not None and self._engines[0] == name:
                    return self._engines[1]
                found = derived.load(self.folder / name, view.store) if name else None
                if found is not None:
                    self._engines = (name, found)
                    return found
                before = view.settings.get("generation")
                view.renew()
                if view.settings.get("generation") == before:
                    self._mend(view)
        raise IndexBusyError(f"the index at {str(self.folder)!r} changes all the time: ask again")

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
                f"the index at {str(self.folder)!r} was made with the model "
                f"{settings.get('model')!r} ({settings.get('dimension')} dimensions), this "
                f"is {embedder.name!r} ({embedder.dimension}): build it again, or use that model"
            )

    def _mend(self, view: View) -> None:
        """Engines that fit; in memory where another writes, or the folder may only be read."""
        view.store.unpin()
        try:
            with locked(self.folder, "quoth repair"):
                writable = WritableStore(self.folder / STORE)
                try:
                    if not self._are_whole(writable):  # another may have been quicker
                        remake_engines(self.folder, writable)
                finally:
                    writable.close()
            view.renew()
        except (StorageError, IndexBusyError):
            view.renew()
            made = derived.in_memory(view.store)
            self._engines = (view.settings.get("engines", ""), made)

    def _are_whole(self, store: Store) -> bool:
        name = store.settings().get("engines", "")
        return bool(name) and derived.load(self.folder / name, store) is not None

    # -- connections

    def _take(self) -> Store:
        with self._lock:
            if self._is_closed:
                raise UsageError(
                    f"the index at {str(self.folder)!r} was closed: open the index again"
                )
            self._notice_another_file()
            if self._idle:
                return self._idle.pop()
        return Store(self.folder / STORE)

    def _give_back(self, store: Store) -> None:
        try:
            store.unpin()
        except QuothError:  # damaged, which was told if it mattered
            store.close()
            return
        with self._lock:
            if self._is_closed or _file_id(self.folder) != self._file:
                store.close()
            else:
                self._idle.append(store)

    def _notice_another_file(self) -> None:
        """Let go of a store that was put aside: another lies in its place."""
        require_file(self.folder)
        now = _file_id(self.folder)
        if now != self._file:
            self._drop_idle()
            self._file, self._engines = now, None

    def _drop_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()


def _file_id(folder: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(folder / STORE)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def require_file(folder: Path) -> None:
    """IndexMissingError if there is no index at that place."""
    if folder.is_file():
        raise IndexMissingError(
            f"no index at {str(folder)!r}, which is a file: name the folder of an index"
        )
    if not (folder / STORE).is_file():
        raise IndexMissingError(
            f"no index at {str(folder)!r}: run 'quoth build PATH --index {folder}' first"
        )


def _require_format(folder: Path, settings: dict[str, str]) -> None:
    made = settings.get("format")
    if made is None:
        raise IndexMissingError(
            f"the index at {str(folder)!r} was never finished: run 'quoth build PATH' again"
        )
    if made != FORMAT:
        raise IndexMismatchError(
            f"the index at {str(folder)!r} has format {made}, this quoth reads {FORMAT}: "
            "build it again"
        )
    if not settings.get("dimension", "").isdigit():
        raise IndexDamagedError(
            f"the settings of the index at {str(folder)!r} are damaged: run 'quoth build' again"
        )


def unknown_source(source: str, known: Iterable[str]) -> UsageError:
    """The error for a source that is not in the index, with the nearest that is."""
    from difflib import get_close_matches

    near = get_close_matches(source, list(known), 1)
    hint = f"did you mean {near[0]!r}?" if near else "'quoth list' shows what is there"
    return UsageError(f"no article {source!r} in the index: {hint}")
