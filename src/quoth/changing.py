"""`Change`: one change of an index, from paths to what was done."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from quoth import building
from quoth.articles import FileReader, FoundFile, ReadOptions, find_files, nothing_found
from quoth.building import Ahead, Changes, Compared, NewFile, Staging
from quoth.engines import EngineHome
from quoth.errors import ArticleError
from quoth.freshness import from_options
from quoth.records import Article, Embedder, PathLike, Progress
from quoth.store import Replaced, WritableStore


@dataclass(slots=True)
class Change:
    """A change of an index, made under its lock; for one use.

    home: of its engines. target: tokens that a passage should have. doubted: sources of which
    nothing is to be kept.
    """

    home: EngineHome
    store: WritableStore
    embedder: Embedder
    target: int
    options: ReadOptions = field(default_factory=ReadOptions)
    progress: Progress | None = None
    doubted: frozenset[str] = frozenset()
    _skipped: list[tuple[str, str]] = field(default_factory=list)
    _failed: list[tuple[str, str]] = field(default_factory=list)

    def files(
        self,
        paths: Sequence[PathLike],
        *,
        gone: Callable[[set[str]], Iterable[str]] = lambda found: (),
        exact: bool = False,
        may_be_empty: bool = False,
        ray: str | None = None,
    ) -> Changes:
        """Bring the articles of `paths` in.

        ray: the Ray cluster that reads, cuts and embeds them; None is this process. gone: the
        paths found → those of stored files that are to go. exact: these are to be all there are,
        so drop what an interrupted change has left. Raises ArticleError if `paths` hold nothing
        that can be read, unless they `may_be_empty`; ClusterError, MissingExtraError.
        """
        found = list(find_files(paths, self._skipped))
        made, anew = self._made()
        compared = self._compared(found, anew)
        self._failed += compared.failed
        kept = self.store.owners(compared.same)
        staging = self._staging(made, anew, kept)
        self._read(staging, compared.new, ray)
        if not (compared.same or staging.staged or may_be_empty):
            raise nothing_found(paths, self._skipped, self._failed)
        here = {building.absolute(file.path) for file in found}
        files = list(self.store.files(list(gone(here))).values())
        done = building.finish(
            self.home, self.store, made, staged=staging.staged, stamps=compared.stamps,
            gone_files=[one.id for one in files], purge=exact, progress=self.progress,
        )  # fmt: skip
        return self._changes(done, [*kept, *staging.unchanged])

    def articles(self, path: str, articles: Sequence[Article], *, exact: bool) -> Changes:
        """Bring in articles that were not read from a file.

        path: where they came from, "" is memory; those that came from there before go. exact: all
        others go too.
        """
        made, anew = self._made()
        staging = self._staging(made, anew, {})
        found = FoundFile(Path(path), path, named=True)
        size = sum(len(article.text) for article in articles)
        new = NewFile(found, path, "", _digest(articles), size)
        told = self._counted(size)
        staging.add(new, articles, told)
        staging.flush(told)
        others = [one for one in self.store.paths() if one != path] if exact else []
        files = list(self.store.files(others).values())
        done = building.finish(
            self.home, self.store, made, staged=staging.staged,
            gone_files=[one.id for one in files], purge=exact, progress=self.progress,
        )  # fmt: skip
        return self._changes(done, staging.unchanged)

    # -- inside

    def _made(self) -> tuple[dict[str, str], bool]:
        """What articles are to be made with, and whether those that are there were not."""
        made = building.made_with(self.embedder, self.target)
        return made, building.is_made_otherwise(self.store.settings(), made)

    def _compared(self, found: Sequence[FoundFile], anew: bool) -> Compared:
        return building.compare(
            self.store, found, from_options(self.options),
            read_at=time.time(), anew=anew, progress=self.progress,
        )  # fmt: skip

    def _staging(self, made: dict[str, str], anew: bool, owners: dict[str, str]) -> Staging:
        building.begin(self.store, made)
        return Staging(
            self.store, self.embedder, target=self.target, options=from_options(self.options),
            anew=anew, owners=dict(owners), doubted=self.doubted,
        )  # fmt: skip

    def _counted(self, total: int) -> Callable[[int], None]:
        """What tells the progress, given how much more of `total` characters is embedded."""
        done = 0

        def told(size: int) -> None:
            nonlocal done
            done = min(done + size, total)
            if self.progress:
                self.progress("embedding", done, total)

        return told

    def _read(self, staging: Staging, new: Sequence[NewFile], ray: str | None) -> None:
        told = self._counted(sum(file.size for file in new))
        if ray is not None:
            from quoth.building.on_ray import read_there

            new = read_there(
                ray, new, staging, self._made()[0], self.options,
                flushed=told, skipped=self._skipped, failed=self._failed,
            )  # fmt: skip
        with FileReader(self.options) as reader:
            for file in new:
                try:
                    staging.add(file, reader.read(file.found, self._skipped), told)
                except ArticleError as error:
                    self._failed.append((str(file.found.path), str(error)))
        staging.flush(told)

    def _changes(self, done: Replaced, unchanged: Iterable[str]) -> Changes:
        return Changes(
            done.added, done.updated, done.removed, tuple(sorted(unchanged)),
            tuple(self._skipped), tuple(self._failed),
        )  # fmt: skip


class ChangeAhead(Change):
    """The same before the lock of a shared store is held: of what is new, it keeps the vectors.

    Nothing is shown, and nothing told of what cannot be read: the change itself does that.
    """

    def files(
        self,
        paths: Sequence[PathLike],
        *,
        gone: Callable[[set[str]], Iterable[str]] = lambda found: (),
        exact: bool = False,
        may_be_empty: bool = False,
        ray: str | None = None,
    ) -> Changes:
        """As `Change.files`; what a cluster is to read waits for the lock."""
        if ray is not None:
            return Changes()
        _, anew = self._made()
        new = self._compared(list(find_files(paths, [])), anew).new
        ahead, told = self._ahead(anew), self._counted(sum(file.size for file in new))
        with FileReader(self.options) as reader:
            for file in new:
                with suppress(ArticleError):
                    ahead.add(reader.read(file.found, []), told)
        ahead.flush(told)
        return Changes()

    def articles(self, path: str, articles: Sequence[Article], *, exact: bool) -> Changes:
        """As `Change.articles`."""
        _, anew = self._made()
        ahead, told = self._ahead(anew), self._counted(sum(len(one.text) for one in articles))
        ahead.add(articles, told)
        ahead.flush(told)
        return Changes()

    def _ahead(self, anew: bool) -> Ahead:
        return Ahead(self.store, self.embedder, target=self.target, anew=anew)


def require_articles(paths: Sequence[PathLike]) -> None:
    """Raises ArticleError if there is no file at `paths` that could be an article."""
    skipped: list[tuple[str, str]] = []
    if next(find_files(paths, skipped), None) is None:
        raise nothing_found(paths, skipped)


def removed(home: EngineHome, store: WritableStore, sources: Sequence[str]) -> Changes:
    """Take out articles by source; under the index's lock."""
    return Changes(removed=building.finish(home, store, {}, gone_sources=sources).removed)


def _digest(articles: Iterable[Article]) -> str:
    told = [(one.source, one.title, one.sha256) for one in articles]
    return hashlib.sha256(json.dumps(told).encode("utf-8", "surrogatepass")).hexdigest()
