"""`verify`: compare everything that an index holds with everything else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from quoth.errors import IndexDamagedError
from quoth.records import Article, Ints, Passage, Progress
from quoth.rows import ArticleInfo
from quoth.store import Store

if TYPE_CHECKING:
    from quoth.derived import Engines

_AT_ONCE = 500
_SAME = 1e-5  # cosine: FAISS holds the stored float32 themselves
_UNIT = 1e-3  # how far from 1 the length of a vector may be


def problems(store: Store, engines: Engines, progress: Progress | None = None) -> list[str]:
    """What is wrong, one line each; [] if nothing is.

    Checks SQLite's own structure, each article's hash, each passage's place, each vector's
    presence, length and shape, and that FAISS and tantivy hold exactly the stored passages.
    """
    found = store.intact()
    infos = store.overview()
    for number, info in enumerate(infos, 1):
        found += _guarded(_article_problems(store, engines, info))
        if progress:
            progress("verifying", number, len(infos))
    ids = store.passage_ids()
    found += _id_problems("vectors.faiss", engines.vectors.ids(), ids)
    found += _id_problems("words", engines.words.ids(), ids)
    return found


def _guarded(lines: Iterator[str]) -> list[str]:
    """All lines, and as the last one what kept from finding more."""
    found: list[str] = []
    try:
        found.extend(lines)  # keeps what came before an error
    except IndexDamagedError as error:
        found.append(str(error))
    return found


def _article_problems(store: Store, engines: Engines, info: ArticleInfo) -> Iterator[str]:
    source = info.source
    article = store.article(source)
    if article is None:
        yield f"{source}: listed, but not there"
        return
    if hashlib.sha256(article.text.encode()).hexdigest() != article.sha256:
        yield f"{source}: its text is not what was stored (hash differs)"
    if len(article.text) != info.characters:
        yield f"{source}: it has {len(article.text)} characters, not {info.characters}"
    ids = store.passage_ids_of([source]).tolist()
    for start in range(0, len(ids), _AT_ONCE):
        some = store.passages(ids[start : start + _AT_ONCE])
        for passage in some.values():
            yield from _place_problems(article, passage)
        yield from _vector_problems(store, engines, some)


def _place_problems(article: Article, passage: Passage) -> Iterator[str]:
    size = len(article.text)
    name = f"{article.source}: passage {passage.start}-{passage.end}"
    if not 0 <= passage.start < passage.end <= size:
        yield f"{name} lies outside the text of {size} characters"
    if not all(passage.start <= s < e <= passage.end for s, e in passage.sentences):
        yield f"{name} has sentences outside itself"
    if not 0 <= passage.headings <= len(passage.sentences):
        yield f"{name} has {passage.headings} headings in {len(passage.sentences)} sentences"


def _vector_problems(
    store: Store, engines: Engines, passages: Mapping[int, Passage]
) -> Iterator[str]:
    vectors = store.passage_vectors(list(passages), int(store.settings()["dimension"]))
    for number, passage in passages.items():
        name = f"{passage.source}: passage {passage.start}-{passage.end}"
        if number not in vectors:
            yield f"{name}: its vectors are missing"
        elif len(vectors[number]) != 1 + len(passage.sentences):
            yield f"{name}: it has {len(vectors[number])} vectors for its sentences"
        elif not np.allclose(np.linalg.norm(vectors[number], axis=1), 1, atol=_UNIT):
            yield f"{name}: its vectors do not have length 1"
        elif not engines.vectors.holds(number, vectors[number][0], _SAME):
            yield f"{name}: vectors.faiss holds another vector"


def _id_problems(name: str, present: Ints, wanted: Ints) -> list[str]:
    found = []
    if len(missing := np.setdiff1d(wanted, present)):
        found.append(f"{name}: {len(missing)} passages are missing")
    if len(extra := np.setdiff1d(present, wanted)):
        found.append(f"{name}: {len(extra)} passages should not be there")
    return found
