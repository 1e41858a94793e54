"""An index made, or made to hold other articles: `Index.build` and `Index.of`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field

from quoth import building
from quoth.articles import ReadOptions
from quoth.building import Changes
from quoth.changing import Change, ChangeAhead
from quoth.embedding import load_embedder
from quoth.engines import EngineChoice, engine_settings, home_of
from quoth.errors import IndexDamagedError, IndexMissingError, UsageError
from quoth.locations import Location
from quoth.records import Embedder, Progress
from quoth.store import WritableStore

Doing = Callable[[Change], Changes]


@dataclass(slots=True)
class Making:
    """How an index is made; what is None is as the index has it, or as a new one takes it.

    model: its name or folder, for where no `embedder` is given; afterwards `embedder` is the one
    that was used. passage_tokens: 16 to 4096, else UsageError.
    """

    location: Location
    model: str | None = None
    embedder: Embedder | None = None
    passage_tokens: int | None = None
    options: ReadOptions = field(default_factory=ReadOptions)
    choice: EngineChoice = field(default_factory=EngineChoice)
    progress: Progress | None = None

    def __post_init__(self) -> None:
        tokens = self.passage_tokens
        if tokens is not None and not 16 <= tokens <= 4096:
            raise UsageError(f"passage_tokens is {tokens}: it must be from 16 to 4096")

    def run(self, held: Doing) -> Changes:
        """Make it. held: brings in the articles that it is to hold. Raises as `Index.build`."""
        if self.location.is_shared:
            with suppress(IndexMissingError, IndexDamagedError):  # nothing to begin from
                self.location.reader().close()
                with closing(self.location.writer()) as store:
                    held(self._change(store, ChangeAhead))
        with self.location.locked("quoth build", self.progress):
            store = self.location.usable()
            try:
                return self._held(store, held)
            except IndexDamagedError:  # which is why one builds again
                store.close()
                store = self.location.fresh()
                return self._held(store, held)
            finally:
                store.close()

    def _held(self, store: WritableStore, held: Doing) -> Changes:
        _set_engine(self.location, store, self.choice)
        change = self._change(store)
        changes = held(change)
        building.ensure_engines(change.home, store)
        return changes

    def _change(self, store: WritableStore, kind: type[Change] = Change) -> Change:
        settings, progress = store.settings(), self.progress
        target = self.passage_tokens or building.target_of(settings)
        name = self.model or settings.get("model")
        self.embedder = self.embedder or load_embedder(name, progress=progress)
        home = home_of(self.location, settings, self.choice.uri)
        return kind(home, store, self.embedder, target, self.options, progress)


def _set_engine(location: Location, store: WritableStore, choice: EngineChoice) -> None:
    """Give a new index the engine that was chosen. Raises UsageError for one that has another."""
    settings = store.settings()
    chosen = choice.over(settings)
    if chosen == engine_settings(settings):
        return
    if "engines" in settings:
        raise UsageError(
            f"the index at {location.name!r} has another engine, or another address of it: "
            "'quoth migrate' moves it, and nothing is embedded again"
        )
    with store.change():
        store.set(chosen)
