"""How article files are read, and how much of them."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How article files are read, and how much of them.

    encoding: of texts that do not name theirs. text_column, title_column: the columns of a .csv
    file, or the fields of a .jsonl record, that hold text and title; None is `text` and `title`.
    max_bytes: of a file; max_corpus_bytes: of a file of many articles; max_pages: of a paged
    file; max_seconds: that reading one file may take.
    """

    encoding: str = "utf-8"
    text_column: str | None = None
    title_column: str | None = None
    max_bytes: int = 64 * MEGABYTE
    max_corpus_bytes: int = 2048 * MEGABYTE
    max_pages: int = 5_000
    max_seconds: float = 60.0
