"""`Stock`: what the app's visitors do to the library; nothing of how it looks.

Files that are dropped are kept in the folder `uploads` (see `intake.py`) and indexed from there.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from quoth.errors import ArticleError, UsageError
from quoth.index import ArticleInfo, Index
from quoth.records import Progress
from quoth.text import one_line
from quoth.web.intake import FOLDER, Result, articles_from, outcome_of, take_in

MOST_FILES = 1_000
"""That are taken at once."""
ON_A_PAGE = 25
"""Articles."""
_REMEDY = ": allow it by --allow-private"
_READ_ONLY = "this library may only be read here: nothing can be added or removed"


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list of articles. number: from 1. found: articles on all pages."""

    articles: tuple[ArticleInfo, ...]
    number: int
    pages: int
    found: int


class Stock:
    """Adds to, lists and removes from an index. Safe to use from several threads."""

    def __init__(self, index: Index, *, read_only: bool = False) -> None:
        self.index, self.read_only = index, read_only
        self._folder = Path(os.path.abspath(index.path)) / FOLDER
        self._lock = threading.Lock()

    def listing(self, number: int = 1, containing: str = "") -> Listing:
        """A page of the articles whose source or title has these words; the last one at most."""
        words = containing.strip()
        with self.index.reading():
            found = self.index.matching(words) if words else self.index.totals()[0]
            pages = max(1, -(-found // ON_A_PAGE))
            number = min(max(1, number), pages)
            articles = self.index.articles(
                ON_A_PAGE, skip=(number - 1) * ON_A_PAGE, containing=words
            )
        return Listing(tuple(articles), number, pages, found)

    def add_files(
        self, files: Sequence[Path], *, replace: bool = False, progress: Progress | None = None
    ) -> list[Result]:
        """Keep copies of the files and add their articles; what became of each, in order.

        replace: a file of the same name that was uploaded before gives way; otherwise the new one
        gets another name. Raises UsageError, IndexBusyError, StorageError and what else
        `Index.add` does, and then has added nothing.
        """
        self._require_writable()
        if len(files) > MOST_FILES:
            raise UsageError(
                f"{len(files):,} files at once: at most {MOST_FILES:,} are taken, "
                "add the others after them"
            )
        with self._lock:
            return take_in(self.index, self._folder, files, replace=replace, progress=progress)

    def add_address(self, address: str) -> Result:
        """Fetch the page at a public address and add it. Raises as `Index.add_page` does."""
        self._require_writable()
        with self._lock:
            try:
                changes = self.index.add_page(address.strip())
            except ArticleError as error:  # without what only the command line can do about it
                raise ArticleError(str(error).removesuffix(_REMEDY)) from error
        outcome = outcome_of(changes, [*changes.added, *changes.updated])
        return Result(one_line(address.strip(), 200), outcome)

    def remove(self, sources: Sequence[str]) -> None:
        """Remove articles, and the uploaded files of which none is left.

        Raises UsageError for a source that is not there (and removes none), and as `Index.remove`
        does.
        """
        self._require_writable()
        with self._lock:
            with self.index.reading() as view:
                origins = [view.store.origin(source) for source in sources]
            self.index.remove(list(sources))
            for path in {Path(one.path) for one in origins if one and one.path}:
                if path.parent == self._folder and not articles_from(self.index, path):
                    with suppress(OSError):
                        path.unlink()

    def _require_writable(self) -> None:
        if self.read_only:
            raise UsageError(_READ_ONLY)
