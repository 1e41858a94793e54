"""Pure: articles, passages and vectors ↔ the values that the store keeps of them.

A value that cannot have been written by the store raises IndexDamagedError.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from quoth.errors import IndexDamagedError
from quoth.records import Article, Block, Floats, Passage, Span


class Origin(NamedTuple):
    """Where an article came from.

    stamp: size and times of change of the file when it was read; `""` where unknown.
    """

    path: str
    stamp: str
    encoding: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ArticleInfo:
    """One line of a list of articles. characters: code points."""

    source: str
    title: str
    characters: int
    passages: int


def from_text(text: str) -> bytes:
    """A text as it is stored: its UTF-8 bytes, so that nothing in it has a meaning to SQLite."""
    return text.encode()


def to_text(data: bytes, source: str) -> str:
    """The stored text of the article `source`."""
    with _decoding(f"the stored text of {source!r}"):
        return data.decode()


def is_sound(data: bytes, sha256: str) -> bool:
    """Whether a stored text is what its hash says."""
    return isinstance(data, bytes) and hashlib.sha256(data).hexdigest() == sha256


def from_blocks(blocks: Iterable[Block]) -> str:
    """Blocks as they are stored."""
    return json.dumps([(block.kind, block.start, block.end, block.level) for block in blocks])


def to_article(row: tuple[str, str, bytes, str, str, str]) -> Article:
    """(source, title, text, sha256, path, blocks) → article."""
    source, title, data, sha256, path, blocks = row
    with _decoding(f"the stored outline of {source!r}"):
        outline = tuple(Block(*values) for values in json.loads(blocks))
    return Article(source, title, to_text(data, source), sha256, path, outline)


def from_sentences(sentences: Iterable[Span]) -> bytes:
    """Sentences as they are stored."""
    return np.array(list(sentences), "<i4").tobytes()


def to_passage(
    row: tuple[int, str, str, str, int, int, bytes, int, int], texts: dict[str, str]
) -> Passage:
    """(id, source, title, section, start, end, sentences, headings, boilerplate) → passage.

    texts: source → the article's text.
    """
    number, source, title, section, start, end, sentences, headings, boilerplate = row
    with _decoding(f"passage {number} of {source!r}"):
        spans = np.frombuffer(sentences, "<i4").reshape(-1, 2).tolist()
        return Passage(
            source, title, section, start, end, texts[source][start:end],
            tuple(Span(*span) for span in spans), headings, bool(boilerplate), number,
        )  # fmt: skip


def from_vectors(vectors: Floats) -> bytes:
    """Vectors (n, dimension) as they are stored: their bytes and a checksum of these."""
    data = vectors.astype("<f4").tobytes()
    return data + zlib.crc32(data).to_bytes(4, "little")


def to_vectors(data: bytes, dimension: int) -> Floats:
    """Stored vectors, (n, dimension) float32 with n >= 1."""
    with _decoding("a stored vector", "delete the index folder and build it again"):
        if zlib.crc32(data[:-4]).to_bytes(4, "little") != data[-4:]:
            raise ValueError
        vectors: Floats = np.frombuffer(data[:-4], "<f4").reshape(-1, dimension)
        if not len(vectors):
            raise ValueError
        return vectors


@contextmanager
def _decoding(what: str, remedy: str = "build the index again") -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise IndexDamagedError(f"{what} is damaged: {remedy}") from error
