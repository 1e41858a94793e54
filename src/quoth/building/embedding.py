"""Article → passages, what is embedded of them, and the key that names it; without a store."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from quoth.building.settings import CUTTING
from quoth.passages import cut, embedded_texts
from quoth.records import Article, Embedder, Floats, Passage
from quoth.store.writing import PassageRow


def passage_rows(article: Article, embedder: Embedder, target: int) -> list[PassageRow]:
    """The passages of an article, each with its key."""
    passages = cut(
        article, count_tokens=embedder.count_tokens, limit=embedder.max_tokens, target=target
    )
    return [(passage, key_of(passage, embedder)) for passage in passages]


def embed(passages: Sequence[Passage], embedder: Embedder) -> list[Floats]:
    """The vectors of each passage, (1 + sentences, dimension)."""
    texts = [embedded_texts(passage, limit=embedder.max_tokens) for passage in passages]
    vectors = embedder.embed_passages([text for some in texts for text in some])
    made, start = [], 0
    for some in texts:
        made.append(vectors[start : start + len(some)])
        start += len(some)
    return made


def key_of(passage: Passage, embedder: Embedder) -> bytes:
    """Names what is embedded of a passage, in 16 bytes: the same key, the same vectors."""
    digest = hashlib.sha256(f"{CUTTING}\0{embedder.fingerprint}\0".encode())
    for text in embedded_texts(passage, limit=embedder.max_tokens):
        digest.update(f"{text}\0".encode())
    return digest.digest()[:16]
