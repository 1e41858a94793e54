"""`Index`: articles made searchable, kept in a folder.

    index/quoth.sqlite        the truth (store/): articles, passages, vectors, settings
    index/engines-…/          FAISS and tantivy at one generation of it, remade at will (engines/)
    index/lock, lock.json     held by whoever writes

The truth may also be in PostgreSQL, for several machines (locations/postgres.py).

A change stages what is new, with its vectors, where no reader sees it; one transaction then shows
it all and names the engines that fit. Killed anywhere, the folder holds either the state before or
the state after, and what was staged. Any number of processes may read meanwhile: each question is
answered from one state, the newest when it was asked.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from quoth import building, repairing
from quoth.articles import ReadOptions
from quoth.building import Changes
from quoth.calibration import Calibration
from quoth.changing import Change, ChangeAhead, removed, require_articles
from quoth.engines import EngineChoice, EngineHome, home_of
from quoth.engines.choosing import EngineName, IndexKind
from quoth.errors import IndexDamagedError, IndexMismatchError, UsageError
from quoth.locations import Location, location_of
from quoth.making import Doing, Making
from quoth.opened import OpenIndex
from quoth.records import Article, Embedder, PathLike, Progress
from quoth.rows import ArticleInfo
from quoth.state import unknown_source
from quoth.store import WritableStore
from quoth.store.schema import FORMAT

__all__ = ["FORMAT", "ArticleInfo", "Changes", "Index"]

Paths = PathLike | Sequence[PathLike]


class Index(OpenIndex):
    """An index in a folder. Safe to use from several threads; another process opens its own.

        index = quoth.Index.build(["seeds"], "index")  # or quoth.Index.open("index")
        for article in index.articles():
            print(article.source, article.title)

    Make one by `build`, `of` or `open`. What takes `progress` calls it with the stage's name, how
    much of it is done and how much there is. What takes `ray` can let a Ray cluster read and embed:
    its address as `ray.init` takes it, or `local` for this machine alone; it raises ClusterError
    and MissingExtraError. What takes `encoding` reads texts in it that do not
    name theirs; `options` (`quoth.articles.ReadOptions`) take its place and say more.
    """

    def __init__(
        self,
        location: Location,
        embedder: Embedder | None = None,
        engine_uri: str | None = None,
    ) -> None:
        """For `build`, `of` and `open`, which also see that there is an index."""
        super().__init__(location, embedder, engine_uri)
        self.changes = Changes()

    # -- making and opening

    @classmethod
    def build(
        cls,
        paths: Paths,
        path: PathLike = "index",
        *,
        model: str | None = None,
        encoding: str = "utf-8",
        options: ReadOptions | None = None,
        embedder: Embedder | None = None,
        passage_tokens: int | None = None,
        engine: EngineName | None = None,
        engine_uri: str | None = None,
        engine_index: IndexKind | None = None,
        progress: Progress | None = None,
        ray: str | None = None,
    ) -> Index:
        """Make the index hold exactly the articles of `paths`; no work where nothing changed.

        path: the folder of the index, or the address of a store that machines share,
        `postgresql://…`. model: name or folder of a sentence-transformers model; None keeps the
        index's own, or takes the packaged one. options: how files are read, in place of `encoding`.
        embedder: use this one instead of loading `model`. passage_tokens: that a passage should
        have; None keeps the index's own, or takes 160.
        engine: what searches it, `faiss` on this machine or `milvus`, the server at `engine_uri`
        (`http://host:19530`), with an `engine_index` that is near (`hnsw`) or exact (`flat`); None
        keeps the index's own.
        Files that cannot be read are named in `changes.failed`; the others go in.
        Raises ArticleError if none can, ModelError, IndexBusyError, StorageError, EngineError.
        """
        making = Making(
            location_of(path), model, embedder, passage_tokens,
            options or ReadOptions(encoding=encoding),
            EngineChoice(engine, engine_uri, engine_index), progress,
        )  # fmt: skip
        named = _listed(paths)

        def held(change: Change) -> Changes:
            stored = change.store.paths()
            return change.files(named, gone=lambda found: set(stored) - found, exact=True, ray=ray)

        require_articles(named)  # before a folder is made for nothing
        return cls._made(making, held)

    @classmethod
    def of(
        cls,
        articles: Sequence[Article],
        path: PathLike,
        *,
        embedder: Embedder | None = None,
        passage_tokens: int | None = None,
        progress: Progress | None = None,
    ) -> Index:
        """As `build`, of articles that are in memory: each `source` names one.

        path: as for `build`. embedder: None takes the packaged model.
        """

        def held(change: Change) -> Changes:
            return change.articles("", articles, exact=True)

        where = location_of(path)
        return cls._made(Making(where, None, embedder, passage_tokens, progress=progress), held)

    @classmethod
    def _made(cls, making: Making, held: Doing) -> Index:
        index = cls(making.location, making.embedder, making.choice.uri)
        index.changes = making.run(held)
        index._embedder, index._was_opened = making.embedder, True
        return index

    @classmethod
    def open(
        cls,
        path: PathLike = "index",
        *,
        embedder: Embedder | None = None,
        engine_uri: str | None = None,
    ) -> Index:
        """The index in that folder, or at that address.

        embedder: use this one instead of loading the model that the index names.
        Raises IndexMissingError, IndexMismatchError, IndexDamagedError, StorageError; ModelError
        on the first use of a model that cannot be loaded.
        """
        index = cls(location_of(path), embedder, engine_uri)
        try:
            with index.reading():
                return index
        except BaseException:
            index.close()
            raise

    def add(
        self,
        paths: Paths,
        *,
        encoding: str = "utf-8",
        options: ReadOptions | None = None,
        may_be_empty: bool = False,
        progress: Progress | None = None,
        ray: str | None = None,
    ) -> Changes:
        """Add the articles of `paths`, or replace those of the same source.

        may_be_empty: where none of them can be read that is no error, but told in `failed`.
        Raises ArticleError, ModelError, IndexMismatchError, IndexMissingError, IndexBusyError,
        StorageError.
        """
        how = options or ReadOptions(encoding=encoding)

        def added(change: Change) -> Changes:
            return change.files(_listed(paths), may_be_empty=may_be_empty, ray=ray)

        return self._change("add", how, progress, added)

    def add_article(self, article: Article, origin: str) -> Changes:
        """Add an article that came from no file, or replace the one that came from `origin`.

        origin: the address that it came from. Raises as `add` does.
        """
        return self._change(
            "add", ReadOptions(), None, lambda one: one.articles(origin, [article], exact=False)
        )

    def add_page(
        self, address: str, *, allow_private: bool = False, options: ReadOptions | None = None
    ) -> Changes:
        """Fetch one page, http or https, and add it, or replace what came from that address.

        allow_private: also from this computer and from private networks. Raises ArticleError for
        a page that cannot be had, and as `add` does.
        """
        from quoth.articles.page import fetched_article  # brings TLS, which nothing else needs

        how = options or ReadOptions()
        article = fetched_article(address, allow_private=allow_private, options=how)
        return self.add_article(article, article.source)

    def sync(
        self,
        folder: PathLike,
        *,
        encoding: str = "utf-8",
        options: ReadOptions | None = None,
        progress: Progress | None = None,
        ray: str | None = None,
    ) -> Changes:
        """Add, update and remove so that the index holds what `folder` holds now.

        Articles that came from elsewhere stay. Raises as `add` does.
        """
        root = building.absolute(Path(folder))
        if not os.path.isdir(root):
            raise UsageError(f"no folder {str(folder)!r}: name the folder to keep in step with")

        def synced(change: Change) -> Changes:
            stored = [one for one in change.store.paths() if one.startswith(os.path.join(root, ""))]
            return change.files(
                [folder], gone=lambda found: set(stored) - found, may_be_empty=True, ray=ray
            )

        how = options or ReadOptions(encoding=encoding)
        return self._change("sync", how, progress, synced)

    def remove(self, sources: str | Sequence[str]) -> Changes:
        """Remove articles by source, one or several; [] removes nothing.

        Raises UsageError for a source that is not there (and removes none), IndexMismatchError,
        IndexMissingError, IndexBusyError, StorageError.
        """
        gone = sorted({sources} if isinstance(sources, str) else set(sources))
        if not gone:
            self.changes = Changes()
            return self.changes
        with self.writing("remove") as store:
            for source in gone:
                if store.origin(source) is None:
                    raise unknown_source(source, store.sources())
            self.changes = removed(self._home(store), store, gone)
        return self.changes

    def repair(self, progress: Progress | None = None) -> list[str]:
        """Make again whatever can be made again; what was done and what cannot be, a line each.

        Nothing is embedded that is there. Articles that are damaged are read again from their
        files. Raises IndexDamagedError where the store itself cannot be read: build again then.
        """
        with self.writing("repair", progress) as store:
            intact = store.intact()
            if intact:
                self.location.mark_damaged()
                raise IndexDamagedError(
                    f"the store of the index at {self.location.name!r} is damaged ({intact[0]}): "
                    "run 'quoth build PATH' again; vectors that can be read are kept"
                )
            found = repairing.damaged(store, progress)
            here = " on this machine" if self.location.is_shared else ""
            lines = [
                f"{source} is damaged and has no file{here}: remove it" for source in found.lost
            ]
            if found.files:
                lines += repairing.reread(self._changing(store, ReadOptions(), progress), found)
            return lines + repairing.remake(self._home(store), store)

    def calibrate(self, calibration: Calibration) -> None:
        """Store it, in the place of an older one for that reader.

        Raises IndexMismatchError, IndexMissingError, IndexBusyError, StorageError.
        """
        with self.writing("calibrate") as store, store.change():
            store.set({f"calibration {calibration.reader}": calibration.to_json()})

    def forget_calibration(self, reader: str) -> None:
        """Take out what `calibrate` stored for the reader of that name, if anything. Raises as it
        does."""
        with self.writing("calibrate") as store, store.change():
            store.forget(f"calibration {reader}")

    # -- inside

    def _change(
        self, doing: str, options: ReadOptions, progress: Progress | None, work: Doing
    ) -> Changes:
        if self.location.is_shared:
            with self.reading():  # is there one?
                pass
            with closing(self.location.writer()) as store:
                work(self._changing(store, options, progress, ChangeAhead))
        with self.writing(doing, progress) as store:
            change = self._changing(store, options, progress)
            self.changes = work(change)
            building.ensure_engines(change.home, store)
        return self.changes

    def _changing(
        self,
        store: WritableStore,
        options: ReadOptions,
        progress: Progress | None,
        kind: type[Change] = Change,
    ) -> Change:
        """A change that keeps to the model and the cutting of the index."""
        settings, embedder = store.settings(), self.embedder
        self._state.require_same(embedder, settings)
        target = building.target_of(settings)
        if building.is_made_otherwise(settings, building.made_with(embedder, target)):
            raise IndexMismatchError(
                f"the index at {self.location.name!r} was made by an older quoth: "
                "run 'quoth build PATH' with all of its articles first"
            )
        return kind(self._home(store), store, embedder, target, options, progress)

    def _home(self, store: WritableStore) -> EngineHome:
        return home_of(self.location, store.settings(), self._engine_uri)

    @contextmanager
    def writing(self, doing: str, progress: Progress | None = None) -> Iterator[WritableStore]:
        """The store, for a change, under the lock. doing: what for, told to others who wait.

        Raises IndexBusyError, IndexMismatchError, IndexMissingError, StorageError.
        """
        self.location.require()
        with self.location.locked(f"quoth {doing}", progress):
            with self.reading():  # is it the same index still?
                pass
            store = self.location.writer()
            try:
                yield store
            finally:
                store.close()


def _listed(paths: Paths) -> list[PathLike]:
    return [paths] if isinstance(paths, str | os.PathLike) else list(paths)
