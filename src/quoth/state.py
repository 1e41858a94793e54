"""The state that an open index shows: a store pinned there, and engines that match it.

Whatever others write, it stays the same until this process writes itself, or first needs the
engines and finds that those in the folder have gone on: then it is the newest state. A newest
state made with another model is refused, each time anew, and the old one kept.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from quoth import derived
from quoth.building import FORMAT
from quoth.errors import (
    IndexBusyError,
    IndexMismatchError,
    IndexMissingError,
    QuothError,
    StorageError,
    UsageError,
)
from quoth.locking import locked
from quoth.records import Embedder
from quoth.store import Store

_LASTING = ("identity", "format", "fingerprint")  # what an open index cannot follow a change of


class State:
    """The store and the engines of `folder`, at one generation."""

    def __init__(self, folder: Path, store: Store) -> None:
        """settings: those of the store, as they were when the state was taken."""
        self.folder = folder
        self.store = store
        self.settings = store.settings()
        self._engines: derived.Engines | None = None
        self._loading = threading.RLock()

    @classmethod
    def open(cls, folder: Path) -> State:
        """The present state of the folder.

        Raises IndexMissingError, IndexMismatchError, IndexDamagedError, StorageError.
        """
        _require_file(folder)
        store = Store(folder / "quoth.sqlite")
        try:
            store.pin()
            _require_format(folder, store)
            return cls(folder, store)
        except BaseException:
            store.close()
            raise

    @property
    def engines(self) -> derived.Engines:
        """FAISS and tantivy, loaded on first use."""
        with self._loading:
            if self._engines is None:
                self._engines = derived.load(self.folder, self.store) or self._mended()
            return self._engines

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lock and the newest state for a change, then show what was written.

        Raises IndexBusyError, IndexMismatchError, IndexMissingError, StorageError.
        """
        with locked(self.folder):
            self._follow()
            try:
                yield
                self.settle()
            except BaseException:
                self._engines = None
                with suppress(QuothError):
                    self.store.pin()
                raise

    def settle(self) -> None:
        """Show what was just written; call under the lock."""
        self.store.pin()
        self.settings = self.store.settings()
        self._engines = self._matching()

    def require_same(self, embedder: Embedder) -> None:
        """IndexMismatchError if another model made the vectors."""
        if embedder.fingerprint != self.settings["fingerprint"]:
            raise IndexMismatchError(
                f"the index at {str(self.folder)!r} was made with the model "
                f"{self.settings['model']!r} ({self.settings['dimension']} dimensions), this "
                f"is {embedder.name!r} ({embedder.dimension}): build it again, or use that model"
            )

    def _follow(self) -> None:
        """Show the newest state, whoever wrote it; call under the lock.

        Raises IndexMismatchError, and goes on showing the old one, if it is of no use here.
        """
        self._require_going_on()
        self._engines = None
        self.store.pin()
        self.settings = self.store.settings()

    def _require_going_on(self) -> None:
        """IndexMismatchError if the folder has another store by now, or one of another model."""
        now = _newest_settings(self.folder)
        other = [name for name in _LASTING if now.get(name) != self.settings[name]]
        if other:
            how = "" if "identity" in other else " with another model"
            raise IndexMismatchError(
                f"the index at {str(self.folder)!r} was built anew{how}: open it again"
            )

    def _matching(self) -> derived.Engines:
        return derived.load(self.folder, self.store) or derived.remake(self.folder, self.store)

    def _mended(self) -> derived.Engines:
        """Matching engines; in memory where another writes, or the folder may only be read."""
        try:
            with locked(self.folder):
                self._follow()
                return self._matching()
        except (StorageError, IndexBusyError):
            return derived.in_memory(self.store)


def _newest_settings(folder: Path) -> dict[str, str]:
    """Those of the file that is in the folder now, which another may have put there."""
    _require_file(folder)
    store = Store(folder / "quoth.sqlite")
    try:
        return store.settings()
    finally:
        store.close()


def _require_file(folder: Path) -> None:
    if folder.is_file():
        raise IndexMissingError(
            f"no index at {str(folder)!r}, which is a file: name the folder of an index"
        )
    if not (folder / "quoth.sqlite").is_file():
        raise IndexMissingError(
            f"no index at {str(folder)!r}: run 'quoth build PATH --index {folder}' first"
        )


def _require_format(folder: Path, store: Store) -> None:
    made = store.settings().get("format")
    if made is None:
        raise IndexMissingError(
            f"the index at {str(folder)!r} was never finished: run 'quoth build PATH' again"
        )
    if made != FORMAT:
        raise IndexMismatchError(
            f"the index at {str(folder)!r} has format {made}, this quoth reads {FORMAT}: "
            "build it again"
        )


def unknown_source(source: str, known: Iterable[str]) -> UsageError:
    """The error for a source that is not in the index, with the nearest that is."""
    from difflib import get_close_matches

    near = get_close_matches(source, list(known), 1)
    hint = f"did you mean {near[0]!r}?" if near else "'quoth list' shows what is there"
    return UsageError(f"no article {source!r} in the index: {hint}")
