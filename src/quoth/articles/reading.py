"""Files and folders → articles, one file after the other.

Texts are read here, corpora as a stream; other formats, and texts so large that reading them may
take long, in a process of their own.
"""

from __future__ import annotations

import atexit
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from quoth.articles.finding import FoundFile, Skipped, expected
from quoth.articles.isolation import IsolatedReader
from quoth.articles.loaders import (
    CORPORA,
    LOADERS,
    OWN_TEXT,
    NoColumnError,
    find_record,
    is_question_set,
)
from quoth.articles.opening import opened
from quoth.articles.options import ReadOptions
from quoth.errors import ArticleError
from quoth.records import Article, PathLike
from quoth.text import one_line

_DEFAULTS = ReadOptions()
MAX_BYTES = _DEFAULTS.max_bytes
_SMALL_BYTES = 256 * 1024  # of a text whose reading need not be watched: some seconds at worst


class FileReader:
    """Reads files one after the other; a context manager that ends what it started.

    Several threads may use it. isolated: reads the foreign formats; None is a reader of its own.
    """

    def __init__(
        self, options: ReadOptions = _DEFAULTS, *, isolated: IsolatedReader | None = None
    ) -> None:
        self._options = options
        self._isolated = isolated or IsolatedReader()

    def read(self, file: FoundFile, skipped: Skipped) -> Iterator[Article]:
        """The articles of one file, `path` absolute, as they are asked for.

        Empty ones and question sets go into `skipped`. An error may come after some articles:
        then none of them should be kept.

        Raises:
            ArticleError: whatever is wrong with the file, which the message does not name.
        """
        path = str(file.path.absolute())
        for article in self._articles(file, skipped):
            if article.text.strip():
                yield replace(article, path=path)
            else:
                skipped.append((_place(file, article), "empty"))

    def read_bytes(self, data: bytes, suffix: str, source: str, *, address: str = "") -> Article:
        """The one article in `data`, read as a file with this suffix; `path` is empty.

        address: where it was published, unless it says so itself.

        Raises:
            ArticleError: it cannot be read, or holds no text.
        """
        if suffix in CORPORA:
            raise ArticleError(f"a '{suffix}' file holds many articles: save it, and add the file")
        article = next(iter(self._parsed(data, suffix, source)), None)
        if article is None or not article.text.strip():
            raise ArticleError("it holds no text")
        known = article.metadata.address or address
        return replace(article, metadata=replace(article.metadata, address=known))

    def close(self) -> None:
        """End the process that reads foreign formats."""
        self._isolated.close()

    def __enter__(self) -> FileReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _articles(self, file: FoundFile, skipped: Skipped) -> Iterator[Article]:
        suffix = file.path.suffix.lower()
        if suffix not in CORPORA:
            yield from self._parsed(self._bytes(file.path), suffix, file.source)
            return
        with _open_corpus(file.path, self._options) as records:
            if is_question_set(records):
                skipped.append((str(file.path), _skip_question_set(file)))
                return
            try:
                yield from _loaded(suffix, records, file.source, self._options)
            except NoColumnError as error:
                if file.named or self._options.text_column is not None:
                    raise
                skipped.append((str(file.path), str(error)))  # a table of something else

    def _bytes(self, path: Path) -> bytes:
        limit = self._options.max_bytes
        with opened(path, limit, limit) as file:
            return file.read()

    def _parsed(self, data: bytes, suffix: str, source: str) -> Iterable[Article]:
        if suffix not in LOADERS:
            raise ArticleError(f"its name ends in '{suffix}': expected {expected(LOADERS)}")
        if suffix in OWN_TEXT and len(data) <= _SMALL_BYTES:
            return _loaded(suffix, io.BytesIO(data), source, self._options)
        return self._isolated.read(data, suffix, source, self._options)


def reread(path: PathLike, source: str, options: ReadOptions = _DEFAULTS) -> Article | None:
    """The article `source` again from its file; None if it is gone or cannot be read.

    Several threads may call it. The process that reads foreign formats for it is kept until
    this one ends.
    """
    file = FoundFile(Path(path), source, named=True)
    suffix = file.path.suffix.lower()
    try:
        if suffix in CORPORA:
            with _open_corpus(file.path, options) as records, _reasons():
                article = find_record(records, source, options)
        else:
            reader = FileReader(options, isolated=_shared())
            article = next(reader.read(file, []), None)
    except (ValueError, ArticleError):
        return None
    return replace(article, path=os.fspath(path)) if article else None


@cache
def _shared() -> IsolatedReader:
    """The reader that this process keeps for articles that are read again."""
    reader = IsolatedReader()
    atexit.register(reader.close)
    return reader


# --- Loaders, called ---


def _loaded(
    suffix: str, file: io.BytesIO | io.BufferedReader, source: str, options: ReadOptions
) -> Iterator[Article]:
    with _reasons():
        yield from LOADERS[suffix](file, source, options)


@contextmanager
def _reasons() -> Iterator[None]:
    """Turns what a loader did not foresee into ArticleError: one bad file is not the end."""
    try:
        yield
    except (ArticleError, OSError):
        raise
    except MemoryError as error:
        raise ArticleError("reading it takes more memory than there is: split it") from error
    except Exception as error:
        said = f"{type(error).__name__}: {one_line(str(error), 200)}"
        raise ArticleError(f"its reader failed: {said}") from error


@contextmanager
def _open_corpus(path: Path, options: ReadOptions) -> Iterator[io.BufferedReader]:
    with opened(path, options.max_corpus_bytes, options.max_bytes) as records:
        yield records


def _skip_question_set(file: FoundFile) -> str:
    if file.named:
        raise ArticleError('it holds questions, not articles: expected {"_id", "title", "text"}')
    return "a question set"


def _place(file: FoundFile, article: Article) -> str:
    """`notes/a.txt`; for a record of a corpus `news.jsonl: 17`."""
    is_record = file.path.suffix.lower() in CORPORA
    return f"{file.path}: {one_line(article.source, 100)}" if is_record else str(file.path)
