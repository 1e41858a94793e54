"""Files and folders → articles."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from quoth.articles.finding import FoundFile, expected, find_files
from quoth.articles.loaders import CORPORA, LOADERS, find_record, is_question_set
from quoth.articles.options import ReadOptions
from quoth.errors import ArticleError
from quoth.records import Article, PathLike
from quoth.text import one_line

MEGABYTE = 2**20
MAX_BYTES = 64 * MEGABYTE
MAX_CORPUS_BYTES = 2048 * MEGABYTE


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What was read, in the order it was found.

    skipped: (path or path:line, reason) of what was left out.
    """

    articles: list[Article]
    skipped: list[tuple[str, str]]


def read_articles(
    paths: PathLike | Sequence[PathLike],
    *,
    encoding: str = "utf-8",
    max_bytes: int = MAX_BYTES,
    max_corpus_bytes: int = MAX_CORPUS_BYTES,
) -> ReadResult:
    """The articles in files and folders (recursive, sorted).

    Left out of folders: hidden files, links that lead out, and what a `.quothignore` in the
    given folder names (gitignore's rules). A source is a file's path below the folder given
    (its name, if the file itself is given), or a corpus record's `_id`.

    Raises:
        ArticleError: nothing there, nothing to read, undecodable, malformed, too large, or two
            articles of the same source.
    """
    named = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    skipped: list[tuple[str, str]] = []
    articles: dict[str, Article] = {}
    for file in find_files(named, skipped):
        limit = max_corpus_bytes if file.path.suffix.lower() in CORPORA else max_bytes
        for article in _load(file, encoding, limit, skipped):
            _check_new(article, articles)
            articles[article.source] = article
    if not articles:
        raise ArticleError(_nothing(named, skipped))
    return ReadResult(list(articles.values()), skipped)


def reread(path: PathLike, source: str, options: ReadOptions = ReadOptions()) -> Article | None:
    """The article `source` again from its file; None if it is gone or cannot be read."""
    suffix = Path(path).suffix.lower()
    try:
        with open(path, "rb") as file:
            if suffix in CORPORA:
                article = find_record(file, source)
            else:
                article = next(iter(LOADERS[suffix](file, source, options.encoding)), None)
    except (OSError, KeyError, ArticleError):
        return None
    return replace(article, path=os.fspath(path)) if article else None


def nothing_found(paths: Sequence[PathLike], skipped: Sequence[tuple[str, str]]) -> ArticleError:
    """The error for paths that hold no article."""
    return ArticleError(_nothing(paths, skipped))


def _nothing(paths: Sequence[PathLike], skipped: Sequence[tuple[str, str]]) -> str:
    where = ", ".join(f"'{os.fspath(path)}'" for path in paths) or "an empty list of paths"
    reasons = sorted({f"{Path(path).name} is {reason}" for path, reason in skipped})
    left_out = f" ({one_line('; '.join(reasons), 200)})" if reasons else ""
    return f"no articles in {where}: expected {expected(LOADERS)} files{left_out}"


# --- Reading one file ---


def _load(
    file: FoundFile, encoding: str, max_bytes: int, skipped: list[tuple[str, str]]
) -> Iterator[Article]:
    name = str(file.path)
    try:
        _check_size(file.path, max_bytes)
        with open(file.path, "rb") as opened:
            if file.path.suffix.lower() in CORPORA and is_question_set(opened):
                skipped.append((name, _skip_question_set(file)))
                return
            path = str(file.path.absolute())
            for article in LOADERS[file.path.suffix.lower()](opened, file.source, encoding):
                if article.text.strip():
                    yield replace(article, path=path)
                else:
                    skipped.append((_place(file, article), "empty"))
    except ArticleError as error:
        raise ArticleError(f"cannot read '{name}': {error}") from error
    except OSError as error:
        raise ArticleError(f"cannot read '{name}': {error.strerror or error}") from error


def _check_size(path: Path, max_bytes: int) -> None:
    size = path.stat().st_size
    if size > max_bytes:
        raise ArticleError(
            f"it has {size / MEGABYTE:,.1f} MiB, more than {max_bytes / MEGABYTE:,.1f}: split it"
        )


def _check_new(article: Article, articles: dict[str, Article]) -> None:
    other = articles.get(article.source)
    if other:
        raise ArticleError(
            f"two articles have the source '{one_line(article.source, 100)}', in '{other.path}' "
            f"and '{article.path}': rename one, or give the folder that holds both"
        )


def _skip_question_set(file: FoundFile) -> str:
    if file.named:
        raise ArticleError('it holds questions, not articles: expected {"_id", "title", "text"}')
    return "a question set"


def _place(file: FoundFile, article: Article) -> str:
    """`notes/a.txt`; for a record of a corpus `news.jsonl: 17`."""
    is_record = file.path.suffix.lower() in CORPORA
    return f"{file.path}: {one_line(article.source, 100)}" if is_record else str(file.path)


class FileReader:
    def __init__(self, options: ReadOptions = ReadOptions()) -> None:
        self.options = options

    def __enter__(self) -> FileReader:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def read(self, file: FoundFile, skipped: list[tuple[str, str]]) -> Iterator[Article]:
        o = self.options
        limit = o.max_corpus_bytes if file.path.suffix.lower() in CORPORA else o.max_bytes
        try:
            yield from _load(file, o.encoding, limit, skipped)
        except ArticleError as error:
            raise ArticleError(str(error).removeprefix(f"cannot read '{file.path}': ")) from error
