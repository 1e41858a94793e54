"""`verify`: compare everything that an index holds with everything else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from quoth.errors import IndexDamagedError
from quoth.records import Article, Ints, Passage, Progress
from quoth.store import Store

if TYPE_CHECKING:
    from quoth.derived import Engines

_AT_ONCE = 500
_SAME = 1e-5  # cosine: FAISS holds the stored float32 themselves


def problems(store: Store, engines: Engines, progress: Progress | None = None) -> list[str]:
    """What is wrong, one line each; [] if nothing is.

    Checks SQLite's own structure, each article's hash, each passage's place, each vector's
    presence, length and shape, and that FAISS and tantivy hold exactly the stored passages.
    """
    found = store.intact()
    infos = store.overview()
    for number, (source, _, _, _) in enumerate(infos, 1):
        found += _article_problems(store, source)
        if progress:
            progress("verifying", number, len(infos))
    ids = store.passage_ids()
    found += _id_problems("vectors.faiss", engines.vectors.ids(), ids)
    found += _id_problems("words", engines.words.ids(), ids)
    return found + list(_vector_problems(store, engines))


def _article_problems(store: Store, source: str) -> list[str]:
    try:
        article = store.article(source)
    except IndexDamagedError as error:
        return [str(error)]
    if article is None:
        return [f"{source}: listed, but not there"]
    found = []
    if hashlib.sha256(article.text.encode()).hexdigest() != article.sha256:
        found.append(f"{source}: its text is not what was stored (hash differs)")
    passages = store.passages(store.passage_ids_of([source]).tolist()).values()
    return found + [line for passage in passages for line in _place_problems(article, passage)]


def _place_problems(article: Article, passage: Passage) -> list[str]:
    size = len(article.text)
    name = f"{article.source}: passage {passage.start}-{passage.end}"
    if not 0 <= passage.start < passage.end <= size:
        return [f"{name} lies outside the text of {size} characters"]
    inside = all(passage.start <= s < e <= passage.end for s, e in passage.sentences)
    return [] if inside else [f"{name} has sentences outside itself"]


def _id_problems(name: str, present: Ints, wanted: Ints) -> list[str]:
    found = []
    if len(missing := np.setdiff1d(wanted, present)):
        found.append(f"{name}: {len(missing)} passages are missing")
    if len(extra := np.setdiff1d(present, wanted)):
        found.append(f"{name}: {len(extra)} passages should not be there")
    return found


def _vector_problems(store: Store, engines: Engines) -> Iterator[str]:
    ids = store.passage_ids().tolist()
    dimension = int(store.settings()["dimension"])
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        vectors = store.passage_vectors(some, dimension)
        for number, passage in store.passages(some).items():
            name = f"passage {number}"
            if number not in vectors:
                yield f"{name}: its vectors are missing"
            elif len(vectors[number]) != 1 + len(passage.sentences):
                yield f"{name}: it has {len(vectors[number])} vectors for its sentences"
            elif not engines.vectors.holds(number, vectors[number][0], _SAME):
                yield f"{name}: vectors.faiss holds another vector"
