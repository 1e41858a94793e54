"""What crosses the pipe between quoth and the process that reads foreign files.

A message is four bytes of length (big-endian) and so many bytes of JSON. What comes back from
that process is outside input like the file it read, and is checked as such.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import asdict, replace
from typing import Any, BinaryIO, TypeVar, get_args

from quoth.articles.loaders import make_article
from quoth.articles.options import MEGABYTE, ReadOptions
from quoth.errors import ArticleError
from quoth.records import Article, Block, BlockKind, Metadata

T = TypeVar("T")
_LENGTH = struct.Struct(">I")
_KINDS = frozenset(get_args(BlockKind))
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_ADDRESS = re.compile(r"https?://[^\s\x00-\x20\x7f]+")
_METADATA_CHARACTERS = 8_000

MAX_REQUEST = MEGABYTE
"""Bytes of a request's JSON; the file's own bytes follow it."""


class WireError(Exception):
    """What came through the pipe is no message: it ended, or is longer than allowed."""


def max_reply(options: ReadOptions) -> int:
    """Bytes that all articles of one file may take as JSON."""
    return 4 * options.max_bytes + MEGABYTE


def packed(message: object) -> bytes:
    """The message as it is sent. Raises UnicodeEncodeError for a lone surrogate."""
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    return _LENGTH.pack(len(body)) + body


def receive(stream: BinaryIO, limit: int) -> bytes | None:
    """The next message's JSON, at most `limit` bytes; None where the stream ends before it.

    Raises:
        WireError: it is longer, or the stream ends within it.
    """
    head = stream.read(_LENGTH.size)
    if not head:
        return None
    length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else 0
    if length > limit:
        raise WireError(f"a message of {length} bytes, more than {limit}")
    body = stream.read(length)
    if len(head) < _LENGTH.size or len(body) < length:
        raise WireError("the stream ended within a message")
    return body


# --- Requests ---


def request(suffix: str, source: str, options: ReadOptions, size: int) -> bytes:
    """Asks for the articles of a file of `size` bytes, which follow."""
    about = {"suffix": suffix, "source": source, "options": asdict(options), "size": size}
    return packed(about)


# --- Articles ---


def article_values(article: Article) -> dict[str, Any]:
    """The article as JSON values, without its hash and path, which the other side finds out."""
    return {
        "source": article.source,
        "title": article.title,
        "text": article.text,
        "blocks": [(b.kind, b.start, b.end, b.level) for b in article.blocks],
        "metadata": asdict(article.metadata),
    }


def to_article(values: object, source: str) -> Article:
    """The article of `article_values`, with its hash.

    Raises:
        ArticleError: they are not an article, or not one of this source.
    """
    try:
        fields = _of_type(dict, values)
        text = _of_type(str, fields["text"])
        if fields["source"] != source:
            raise ValueError("another source")
        blocks = _blocks(_of_type(list, fields["blocks"]), len(text))
        article = make_article(text, source, _of_type(str, fields["title"]), blocks)
        return replace(article, metadata=_metadata(_of_type(dict, fields["metadata"]), len(text)))
    except (KeyError, TypeError, ValueError) as error:
        raise ArticleError(f"what its reader gave is no article: {error}") from error


def _blocks(values: list[Any], length: int) -> tuple[Block, ...]:
    blocks, place = [], 0
    for value in values:
        kind, start, end, level = _of_type(list, value)
        if kind not in _KINDS or _of_type(int, level) < 0:
            raise ValueError(f"a block that is a {str(kind)[:20]!r} of level {level}")
        if not place <= _of_type(int, start) <= _of_type(int, end) <= length:
            raise ValueError(f"a block at {start} to {end} of {length}, behind {place}")
        blocks.append(Block(kind, start, end, level))
        place = end
    return tuple(blocks)


def _metadata(values: dict[str, Any], length: int) -> Metadata:
    author, date, address = (_of_type(str, values[n]) for n in ("author", "date", "address"))
    for name, value in (("author", author), ("address", address)):
        value.encode()
        if len(value) > _METADATA_CHARACTERS:
            raise ValueError(f"{len(value)} characters of {name}")
    if date and not _DATE.fullmatch(date):
        raise ValueError(f"the date {date[:20]!r}")
    if address and not _ADDRESS.fullmatch(address):
        raise ValueError(f"the address {address[:80]!r}")
    return Metadata(author, date, address, _pages(_of_type(list, values["pages"]), length))


def _pages(values: list[Any], length: int) -> tuple[int, ...]:
    pages = tuple(_of_type(int, value) for value in values)
    if pages and not (pages[0] == 0 and pages[-1] <= length and list(pages) == sorted(pages)):
        raise ValueError("pages that do not follow each other")
    return pages


def _of_type(kind: type[T], value: object) -> T:
    if type(value) is not kind:
        raise TypeError(f"a {type(value).__name__} where a {kind.__name__} belongs")
    return value
