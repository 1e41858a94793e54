"""Article → passages, what is embedded of them, and the key that names it; without a store."""

from __future__ import annotations

import hashlib
import json

from quoth.building.settings import CUTTING
from quoth.passages import cut, embedded
from quoth.records import Article, Embedder, Passage
from quoth.store.writing import PassageRow


def passage_rows(article: Article, embedder: Embedder, target: int) -> list[PassageRow]:
    """The passages of an article, each with its key."""
    passages = cut(
        article, count_tokens=embedder.count_tokens, limit=embedder.max_tokens, target=target
    )
    return [(passage, key_of(passage, embedder)) for passage in passages]


def key_of(passage: Passage, embedder: Embedder) -> bytes:
    """Names what is embedded of a passage, in 16 bytes: the same key, the same vectors."""
    text, places = embedded(passage, limit=embedder.max_tokens)
    parts = [CUTTING, embedder.fingerprint, text, passage.headings, places]
    return hashlib.sha256(json.dumps(parts).encode()).digest()[:16]
