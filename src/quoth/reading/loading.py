"""Readers by name."""

from __future__ import annotations

import hashlib
from typing import Unpack

from quoth.reading.cross_encoder import CrossEncoderReader, load_cross_encoder
from quoth.reading.embedding_reader import EmbeddingReader, IndexContext
from quoth.reading.own import LARGE, own_stages
from quoth.reading.reader import Reader
from quoth.records import Embedder
from quoth.weights import (
    EMBEDDING_READER,
    LARGE_READER,
    LARGE_SHA256,
    RANGES_SHA256,
    READER,
    READER_SHA256,
)

AnyReader = Reader | EmbeddingReader | CrossEncoderReader
NONE = "none"
_OWN = (None, LARGE)


def load_reader(
    name: str | None = None, *, embedder: Embedder | None = None, **known: Unpack[IndexContext]
) -> AnyReader:
    """None is quoth's own reader, "large" its large one, "none" reads by vectors alone.

    Any other name is that of a sentence-transformers CrossEncoder on this machine, or its folder.
    embedder: the packaged one if none is given. Models are loaded once a process.
    Raises ModelError.
    """
    if embedder is None:
        from quoth.embedding import load_embedder

        embedder = load_embedder()
    if name in _OWN:
        return Reader(embedder, stages=own_stages(name), **known)
    first = EmbeddingReader(embedder, **known)
    return first if name == NONE else CrossEncoderReader(load_cross_encoder(name), first)


def reader_fingerprint(name: str | None) -> str:
    """16 hex digits that change with all that quoth ships for that reader.

    The weights of a CrossEncoder are not in it.
    """
    parts: list[object] = [EMBEDDING_READER]
    if name in _OWN:
        parts += [READER, READER_SHA256, RANGES_SHA256]
    if name == LARGE:
        parts += [LARGE_READER, LARGE_SHA256]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def load_networks(name: str | None) -> None:
    """Load what that reader needs and no embedding model, so that both load side by side.

    Raises ModelError.
    """
    if name in _OWN:
        own_stages(name)
