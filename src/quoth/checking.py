"""`verify`: compare everything that an index holds with everything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from quoth.engines import EngineHome, Engines
from quoth.errors import IndexDamagedError
from quoth.records import Article, Ints, Passage, Progress
from quoth.store import Store

_AT_ONCE = 500
_SAME = 1e-5  # cosine: FAISS holds the stored float32 themselves
_UNIT = 1e-3  # how far from 1 the length of a vector may be


def store_problems(store: Store, progress: Progress | None = None) -> list[str]:
    """What is wrong with what is stored, one line each; [] if nothing is.

    Checks the database's own structure, each article's hash, each row's checksum, each passage's
    place, each vector's presence, length and shape.
    """
    found = store.intact()
    sources = store.sources()
    for number, source in enumerate(sources, 1):
        found += article_problems(store, source)
        if progress:
            progress("verifying", number, len(sources))
    return found


def article_problems(store: Store, source: str) -> list[str]:
    """What is wrong with one article, its passages and their vectors."""
    return _guarded(_article_problems(store, source))


def engine_problems(home: EngineHome, name: str, store: Store, engines: Engines) -> list[str]:
    """Where the engines of that name are not those of the store, and exactly of its passages.

    name: in their home, where their files are to be what was written.
    """
    found = home.problems(name, store)
    ids = store.passage_ids()
    found += _id_problems("vectors", engines.vectors.ids(), ids)
    found += _id_problems("words", engines.words.ids(), ids)
    return found + _guarded(_held_problems(store, engines, ids))


def _guarded(lines: Iterator[str]) -> list[str]:
    """All lines, and as the last one what kept from finding more."""
    found: list[str] = []
    try:
        found.extend(lines)  # keeps what came before an error
    except IndexDamagedError as error:
        found.append(str(error))
    return found


def _article_problems(store: Store, source: str) -> Iterator[str]:
    article = store.article(source)  # compares row, text and outline with their checksums
    if article is None:
        yield f"{source}: listed, but not there"
        return
    ids = store.passage_ids_of([source]).tolist()
    if len(ids) != store.passages_told(source):
        yield f"{source}: it has {len(ids)} passages, not {store.passages_told(source)}"
    for start in range(0, len(ids), _AT_ONCE):
        some = store.passages(ids[start : start + _AT_ONCE])
        for passage in some.values():
            yield from _place_problems(article, passage)
        yield from _vector_problems(store, some)


def _place_problems(article: Article, passage: Passage) -> Iterator[str]:
    name = f"{article.source}: passage {passage.start}-{passage.end}"
    if article.text[passage.start : passage.end] != passage.text:
        yield f"{name} is not at its place in the text of {len(article.text)} characters"
    if not all(passage.start <= s < e <= passage.end for s, e in passage.sentences):
        yield f"{name} has sentences outside itself"
    if not 0 <= passage.headings <= len(passage.sentences):
        yield f"{name} has {passage.headings} headings in {len(passage.sentences)} sentences"


def _vector_problems(store: Store, passages: Mapping[int, Passage]) -> Iterator[str]:
    vectors = store.passage_vectors(list(passages), int(store.settings()["dimension"]))
    for number, passage in passages.items():
        name = f"{passage.source}: passage {passage.start}-{passage.end}"
        if number not in vectors:
            yield f"{name}: its vectors are missing"
        elif len(vectors[number]) != 1 + len(passage.sentences):
            yield f"{name}: it has {len(vectors[number])} vectors for its sentences"
        elif not np.allclose(np.linalg.norm(vectors[number], axis=1), 1, atol=_UNIT):
            yield f"{name}: its vectors do not have length 1"


def _held_problems(store: Store, engines: Engines, ids: Ints) -> Iterator[str]:
    dimension = int(store.settings()["dimension"])
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        vectors = store.passage_vectors(some.tolist(), dimension)
        for number, rows in vectors.items():
            if not engines.vectors.holds(number, rows[0], _SAME):
                yield f"vectors: another vector is held for passage {number}"


def _id_problems(name: str, present: Ints, wanted: Ints) -> list[str]:
    found = []
    if len(missing := np.setdiff1d(wanted, present)):
        found.append(f"{name}: {len(missing)} passages are missing")
    if len(extra := np.setdiff1d(present, wanted)):
        found.append(f"{name}: {len(extra)} passages should not be there")
    return found
