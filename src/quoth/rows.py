"""Pure: articles, passages and vectors ↔ the values that the store keeps of them.

Each row carries a checksum of itself (`seal`). A value that cannot have been written by the store
raises IndexDamagedError.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from typing import NamedTuple

import numpy as np

from quoth.errors import IndexDamagedError
from quoth.records import NO_METADATA, Article, Block, Floats, Metadata, Passage, Span

REMEDY = "run 'quoth repair'"
_BOILERPLATE = 0x5AC3


class Origin(NamedTuple):
    """The file that an article came from, and the article's own hash.

    path: "" for an article that came from no file. stamp: size and times of change of the file
    when it was read; "" where unknown. file_sha256: of its bytes. options: how it was read.
    """

    path: str
    stamp: str
    file_sha256: str
    options: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ArticleInfo:
    """One line of a list of articles. characters: code points."""

    source: str
    title: str
    characters: int
    passages: int
    metadata: Metadata = NO_METADATA


class Place(NamedTuple):
    """Where a passage stands, and whether it is boilerplate: what ranking asks of it."""

    source: str
    start: int
    boilerplate: bool


class Head(NamedTuple):
    """The columns of an article that its seal covers, in their order in the table."""

    source: str
    title: str
    characters: int
    sha256: str
    metadata: str
    passages: int


class Cut(NamedTuple):
    """The columns of a passage that its seal covers beside its words, in their order.

    place, size: of its words in the article's UTF-8 bytes.
    """

    article: int
    start: int
    end: int
    place: int
    size: int
    section: str
    sentences: bytes
    headings: int
    boilerplate: int
    key: bytes


def seal(row: tuple[object, ...], data: bytes = b"") -> int:
    """The checksum (CRC-32) of a row's values and of `data`."""
    return zlib.crc32(data, zlib.crc32(repr(tuple(row)).encode("utf-8", "backslashreplace")))


def seal_settings(settings: Mapping[str, str]) -> str:
    """The checksum of all settings, as it is stored."""
    return str(seal(tuple(sorted(settings.items(), key=repr))))


def from_mark(boilerplate: bool) -> int:
    """Whether a passage is boilerplate, as it is stored: far apart, so that damage shows."""
    return _BOILERPLATE if boilerplate else 0


def to_mark(stored: int) -> bool:
    """The stored mark."""
    if stored not in (0, _BOILERPLATE):
        raise IndexDamagedError(f"the mark of a passage is damaged: {REMEDY}")
    return stored == _BOILERPLATE


def from_text(text: str) -> bytes:
    """A text as it is stored: its UTF-8 bytes, so that nothing in it has a meaning to SQLite."""
    return text.encode()


def to_text(data: bytes, sha256: str, source: str) -> str:
    """The stored text of the article `source`, compared with its hash."""
    with decoding(f"the stored text of {source!r}"):
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ValueError
        return data.decode()


def from_blocks(blocks: Iterable[Block]) -> bytes:
    """Blocks as they are stored: JSON and its checksum."""
    data = json.dumps([(block.kind, block.start, block.end, block.level) for block in blocks])
    return _with_checksum(data.encode())


def to_blocks(data: bytes, source: str) -> tuple[Block, ...]:
    """The stored outline of the article `source`."""
    with decoding(f"the stored outline of {source!r}"):
        return tuple(Block(*values) for values in json.loads(_checked(data)))


def from_metadata(metadata: Metadata) -> str:
    """Metadata as it is stored."""
    return "" if metadata == NO_METADATA else json.dumps(astuple(metadata))


def to_metadata(text: str, source: str) -> Metadata:
    """The stored metadata of the article `source`."""
    if not text:
        return NO_METADATA
    with decoding(f"the stored metadata of {source!r}"):
        author, date, address, pages = json.loads(text)
        return Metadata(author, date, address, tuple(pages))


def to_head(row: tuple[object, ...]) -> Head:
    """(the columns of Head, seal) → head."""
    *values, written = row
    if seal(tuple(values)) != written:
        raise IndexDamagedError(f"the stored article {values[0]!r} is damaged: {REMEDY}")
    return Head._make(values)


def from_passage(passage: Passage, article: int, place: int, size: int, key: bytes) -> Cut:
    """A passage as it is stored."""
    return Cut(
        article, passage.start, passage.end, place, size, passage.section,
        np.array(list(passage.sentences), "<i4").tobytes(), passage.headings,
        from_mark(passage.boilerplate), key,
    )  # fmt: skip


def to_passage(number: int, cut: Cut, written: int, words: bytes, head: Head) -> Passage:
    """The passage of id `number`; words: its UTF-8 bytes. head: of its article."""
    with decoding(f"passage {number} of {head.source!r}"):
        if seal(cut, words) != written:
            raise ValueError
        spans = np.frombuffer(cut.sentences, "<i4").reshape(-1, 2).tolist()
        return Passage(
            head.source, head.title, cut.section, cut.start, cut.end, words.decode(),
            tuple(Span(*span) for span in spans), cut.headings, to_mark(cut.boilerplate), number,
            to_metadata(head.metadata, head.source),
        )  # fmt: skip


def to_article(head: Head, data: bytes, blocks: bytes, path: str) -> Article:
    """The article with its text and outline."""
    text = to_text(data, head.sha256, head.source)
    outline, metadata = to_blocks(blocks, head.source), to_metadata(head.metadata, head.source)
    return Article(head.source, head.title, text, head.sha256, path, outline, metadata)


def from_vectors(vectors: Floats) -> bytes:
    """Vectors (n, dimension) as they are stored: their bytes and a checksum of these."""
    return _with_checksum(vectors.astype("<f4").tobytes())


def to_vectors(data: bytes, dimension: int) -> Floats:
    """Stored vectors, (n, dimension) float32 with n >= 1."""
    with decoding("a stored vector"):
        vectors: Floats = np.frombuffer(_checked(data), "<f4").reshape(-1, dimension)
        if not len(vectors):
            raise ValueError
        return vectors


def is_whole(data: bytes) -> bool:
    """Whether stored vectors are what their checksum says."""
    try:
        _checked(data)
    except (ValueError, TypeError):
        return False
    return True


def _with_checksum(data: bytes) -> bytes:
    return data + zlib.crc32(data).to_bytes(4, "little")


def _checked(data: bytes) -> bytes:
    if zlib.crc32(data[:-4]).to_bytes(4, "little") != data[-4:]:
        raise ValueError
    return data[:-4]


@contextmanager
def decoding(what: str) -> Iterator[None]:
    """IndexDamagedError for whatever goes wrong with reading `what`."""
    try:
        yield
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise IndexDamagedError(f"{what} is damaged: {REMEDY}") from error
