"""Tables of comma-separated values: each row is an article."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from quoth.articles.loaders.common import make_article, metadata_of
from quoth.articles.loaders.decoding import (
    bom_of,
    check_kind,
    check_text,
    detected_encoding,
    sample_of,
    undecodable,
)
from quoth.articles.options import ReadOptions
from quoth.blocks import plain_blocks
from quoth.errors import ArticleError
from quoth.records import Article
from quoth.text import one_line

MARK = "#"
"""Stands between the file's name and the row's in a source: `news.csv#17`."""
_SEPARATORS = ",;\t|"
_IDENTITIES = ("_id", "id")
_NAMED_COLUMNS = 20
_NOWHERE = 2**31
_CHUNK = 2**20
_START = 1024


class NoColumnError(ArticleError):
    """A table without the column that should hold the text, or the title."""


def load_table(file: BinaryIO, source: str, options: ReadOptions) -> Iterator[Article]:
    """Comma-separated values with a line of column names: one article a row.

    A row's source is the file's, `#` and what stands in its `_id` or `id` column; its number,
    counted from 1, where there is none. Commas, semicolons, tabs and bars separate; whichever
    stands most often in the first line. Rows without text are left out.

    Raises:
        ArticleError: no column for the text, two rows of one id, undecodable, malformed.
    """
    first_seen: dict[str, int] = {}
    for number, row in _rows(file, options):
        name = row.identity or str(number)
        if name in first_seen:
            raise ArticleError(
                f"rows {first_seen[name]} and {number} have the same id "
                f"'{one_line(name, 100)}': give each row its own"
            )
        first_seen[name] = number
        if row.text.strip():
            yield _article(row, source, name)


def find_row(file: BinaryIO, source: str, options: ReadOptions) -> Article | None:
    """The row of a table that has this source; the first where several could have it."""
    for number, row in _rows(file, options):
        name = row.identity or str(number)
        if source.endswith(f"{MARK}{name}") and row.text.strip():
            return _article(row, source.removesuffix(f"{MARK}{name}"), name)
    return None


@dataclass(frozen=True, slots=True)
class _Row:
    identity: str
    title: str
    text: str
    author: str
    date: str
    address: str


def _article(row: _Row, file: str, name: str) -> Article:
    metadata = metadata_of(author=row.author, published=row.date, address=row.address)
    title = row.title.strip() or f"{file.rsplit('/', 1)[-1]}{MARK}{name}"
    return make_article(row.text, f"{file}{MARK}{name}", title, plain_blocks(row.text), metadata)


def _rows(file: BinaryIO, options: ReadOptions) -> Iterator[tuple[int, _Row]]:
    """The rows that are not blank, with their numbers."""
    csv.field_size_limit(max(csv.field_size_limit(), options.max_bytes))
    encoding = _encoding(file, options)
    lines = io.TextIOWrapper(file, encoding, newline="")
    try:
        yield from _parsed(lines, options)
    except csv.Error as error:
        raise ArticleError(f"it is no table of comma-separated values: {error}") from error
    except UnicodeError as error:
        said = one_line(str(error), 100)
        raise ArticleError(f"{said}: name the right encoding with --encoding") from error
    finally:
        lines.detach()


def _parsed(lines: io.TextIOWrapper, options: ReadOptions) -> Iterator[tuple[int, _Row]]:
    first = lines.readline(_CHUNK)
    check_text(first)
    lines.seek(0)
    reader = csv.reader(lines, delimiter=max(_SEPARATORS, key=first.count))
    places = _places([name.strip() for name in next(reader, [])], options)
    for number, cells in enumerate(filter(None, reader), start=1):
        values = [cells[place].strip("\0") if place < len(cells) else "" for place in places]
        if any("\0" in value for value in values):
            raise ArticleError(f"row {number} holds a NUL: it is binary, not text")
        yield number, _Row(*values)


def _places(columns: Sequence[str], options: ReadOptions) -> list[int]:
    """Where the columns of a `_Row` stand, in its order; `_NOWHERE` for those that do not.

    Capitals make no difference.

    Raises ArticleError where a column that was named, or the one for the text, is not there.
    """
    text, title = options.text_column or "text", options.title_column or "title"
    folded = [name.casefold() for name in columns]
    for name, option in ((text, "--text-column"), (title, "--title-column")):
        if name.casefold() not in folded and (name == text or options.title_column):
            if not any(columns):
                raise ArticleError(f"no column {name!r}: the first line names none")
            there = one_line(", ".join(f"'{one}'" for one in columns[:_NAMED_COLUMNS]), 300)
            said = f"no column '{one_line(name, 60)}': name one of {there} by {option}"
            raise NoColumnError(said)
    wanted = (_IDENTITIES, (title,), (text,), ("author",), ("date",), ("address", "url"))
    found = ([name.casefold() for name in names if name.casefold() in folded] for names in wanted)
    return [folded.index(names[0]) if names else _NOWHERE for names in found]


def _encoding(file: BinaryIO, options: ReadOptions) -> str:
    """The codec for the whole file, which is left at its start.

    Raises ArticleError where it is to be UTF-8, is not, and no other can be told.
    """
    try:
        name = codecs.lookup(options.encoding).name
    except (LookupError, UnicodeError) as error:
        said = f"'{options.encoding}' is no text encoding: try utf-8 or cp1252"
        raise ArticleError(said) from error
    start = file.read(_START)
    check_kind(start)
    bom = bom_of(start)
    if bom:
        name = "utf-8" if bom[1] == "utf-8" else bom[1][:6]
    if name == "utf-8":
        name = _checked_utf8(file, detect=bom is None)
    file.seek(0)
    return name


def _checked_utf8(file: BinaryIO, *, detect: bool) -> str:
    strange = _first_strange(file)
    if strange is None:
        return "utf-8-sig"
    start = max(strange - _CHUNK // 16, 0)
    file.seek(start)
    data = file.read(_CHUNK // 4)
    detected = detected_encoding(sample_of(data, strange - start)) if detect else None
    if detected is None:
        file.seek(0)
        raise undecodable(data, strange - start, "utf-8", place=strange)
    return detected


def _first_strange(file: BinaryIO) -> int | None:
    """The offset of the first byte that is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    place = 0
    for chunk in chain(iter(lambda: file.read(_CHUNK), b""), (b"",)):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            return place - pending + error.start
        place += len(chunk)
    return None
