"""Files and folders → all their articles at once, for scripts and small libraries."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from quoth.articles.finding import FoundFile, Skipped, expected, find_files
from quoth.articles.loaders import LOADERS
from quoth.articles.options import ReadOptions
from quoth.articles.reading import FileReader
from quoth.errors import ArticleError
from quoth.records import Article, PathLike
from quoth.text import one_line


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What was read, in the order it was found.

    skipped: (path or path:line, reason) of what was left out; failed: (path, reason) of files
    that could not be read.
    """

    articles: list[Article]
    skipped: list[tuple[str, str]]
    failed: list[tuple[str, str]] = field(default_factory=list)


def read_articles(
    paths: PathLike | Sequence[PathLike],
    *,
    encoding: str = "utf-8",
    options: ReadOptions | None = None,
) -> ReadResult:
    """The articles in files and folders (recursive, sorted), all in memory.

    Left out of folders: hidden files, links that lead out, and what a `.quothignore` in the
    given folder names (gitignore's rules). A source is a file's path below the folder given
    (its name, if the file itself is given), or a corpus record's `_id`. Of a file that cannot
    be read nothing goes in. options: in place of `encoding` and all else.

    Raises:
        ArticleError: nothing there, nothing that can be read, or two articles of one source.
    """
    named = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    result = ReadResult([], [])
    seen: dict[str, Article] = {}
    with FileReader(options or ReadOptions(encoding=encoding)) as reader:
        for file in find_files(named, result.skipped):
            for article in _of_file(reader, file, result):
                _check_new(article, seen)
                seen[article.source] = article
    if not seen:
        raise nothing_found(named, result.skipped, result.failed)
    result.articles.extend(seen.values())
    return result


def _of_file(reader: FileReader, file: FoundFile, result: ReadResult) -> list[Article]:
    skipped: Skipped = []
    try:
        articles = list(reader.read(file, skipped))
    except ArticleError as error:
        result.failed.append((str(file.path), str(error)))
        return []
    result.skipped.extend(skipped)
    return articles


def _check_new(article: Article, articles: dict[str, Article]) -> None:
    other = articles.get(article.source)
    if other:
        raise ArticleError(
            f"two articles have the source '{one_line(article.source, 100)}', in '{other.path}' "
            f"and '{article.path}': rename one, or give the folder that holds both"
        )


def nothing_found(
    paths: Sequence[PathLike], skipped: Skipped, failed: Sequence[tuple[str, str]] = ()
) -> ArticleError:
    """The error for paths in which nothing could be read."""
    if failed:
        path, reason = failed[0]
        return ArticleError(f"cannot read '{path}': {reason}")
    where = ", ".join(f"'{os.fspath(path)}'" for path in paths) or "an empty list of paths"
    reasons = sorted({f"{Path(path).name} is {reason}" for path, reason in skipped})
    left_out = f" ({one_line('; '.join(reasons), 200)})" if reasons else ""
    return ArticleError(f"no articles in {where}: expected {expected(LOADERS)} files{left_out}")
