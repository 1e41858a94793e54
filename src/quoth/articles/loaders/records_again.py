"""One record of a file of many, found again by its source."""

from __future__ import annotations

from typing import BinaryIO

from quoth.articles.loaders.corpus import find_line
from quoth.articles.loaders.table import find_row
from quoth.articles.options import ReadOptions
from quoth.records import Article


def find_record(
    file: BinaryIO,
    source: str,
    options: ReadOptions = ReadOptions(),  # noqa: B008 (frozen)
) -> Article | None:
    """The record of a .jsonl corpus or a .csv table that has this source; None without one.

    Raises:
        ArticleError: as loading the file does.
    """
    start = file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()
    file.seek(0)
    find = find_line if start.startswith(b"{") or not start else find_row
    return find(file, source, options)
