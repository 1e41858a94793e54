"""JSON lines: a corpus, each line of which is an article."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import BinaryIO

from quoth.articles.loaders.common import make_article, metadata_of
from quoth.articles.options import ReadOptions
from quoth.blocks import plain_blocks
from quoth.errors import ArticleError
from quoth.records import Article, Metadata
from quoth.text import one_line


def load_corpus(file: BinaryIO, source: str, options: ReadOptions) -> Iterator[Article]:
    """JSON lines, always UTF-8: one {"_id", "title", "text"} a line; blank lines are left out.

    `author`, `date` and `address` (or `url`) go into the metadata where they are there.
    """
    first_seen: dict[str, int] = {}
    for number, line in enumerate(file, start=1):
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if not line.strip():
            continue
        try:
            article = _record(line, options)
        except ArticleError as error:
            raise ArticleError(f"line {number}: {error}") from error
        if article.source in first_seen:
            raise ArticleError(
                f"lines {first_seen[article.source]} and {number} have the same _id "
                f"'{one_line(article.source, 100)}': give each record its own"
            )
        first_seen[article.source] = number
        yield article


def find_line(file: BinaryIO, source: str, options: ReadOptions) -> Article | None:
    """One record of a corpus. Only lines in which a part of its `_id` occurs are parsed."""
    part = max(re.findall(r"[A-Za-z0-9_.:-]+", source), key=len, default="").encode()
    for line in file:
        if part in line and line.strip():
            article = _record(line.removeprefix(codecs.BOM_UTF8), options)
            if article.source == source:
                return article
    return None


def is_question_set(file: BinaryIO) -> bool:
    """Whether the first record has a question and no text. Leaves `file` at its start."""
    first = next((line for line in file if line.strip()), b"").removeprefix(codecs.BOM_UTF8)
    file.seek(0)
    try:
        record = _json_object(first, _form(ReadOptions())) if first else {}
    except ArticleError:
        return False
    return "question" in record and "text" not in record


def _record(line: bytes, options: ReadOptions) -> Article:
    form = _form(options)
    record = _json_object(line, form)
    source = _identity(record, form)
    title = _string(record, options.title_column or "title", form)
    text = _string(record, options.text_column or "text", form)
    if not source.strip():
        raise ArticleError("'_id' is empty")
    blocks = plain_blocks(text)
    title = title if title.strip() else source
    return make_article(text, source, title, blocks, _metadata(record))


def _form(options: ReadOptions) -> str:
    """What a record is expected to look like."""
    fields = ("_id", options.title_column or "title", options.text_column or "text")
    return "{" + ", ".join(f'"{one_line(field, 60)}"' for field in fields) + "}"


def _identity(record: dict[str, object], form: str) -> str:
    """`_id`; where there is none, `id`, which may be a number."""
    number = record.get("id")
    if "_id" not in record and isinstance(number, str | int) and not isinstance(number, bool):
        return str(number)
    return _string(record, "_id", form)


def _string(record: dict[str, object], field: str, form: str) -> str:
    if field not in record:
        raise ArticleError(f"no '{one_line(field, 60)}': expected {form}")
    value = record[field]
    if not isinstance(value, str):
        raise ArticleError(f"'{one_line(field, 60)}' is not a string: {one_line(str(value), 60)}")
    return value


def _metadata(record: dict[str, object]) -> Metadata:
    authors = record.get("author")
    listed = authors if isinstance(authors, list) else [authors]
    author = ", ".join(one for one in listed if isinstance(one, str))
    published, address = (
        next((value for name in names if isinstance(value := record.get(name), str)), "")
        for names in (("date",), ("address", "url"))
    )
    return metadata_of(author=author, published=published, address=address)


def _json_object(line: bytes, form: str) -> dict[str, object]:
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ArticleError(f"byte {error.start} of the line is not utf-8, as JSON is") from error
    except (ValueError, RecursionError) as error:
        raise ArticleError(f"not JSON: {one_line(str(error), 100)}") from error
    if not isinstance(record, dict):
        raise ArticleError(f"not a JSON object: expected {form}")
    return record
