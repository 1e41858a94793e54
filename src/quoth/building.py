"""The write path: articles → passages → vectors → the store, and the store itself made ready.

Vectors are kept as soon as they are made, the articles change in one transaction at the end.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from quoth.articles import ReadResult
from quoth.errors import IndexDamagedError
from quoth.freshness import stamp
from quoth.passages import TARGET, cut, embedded_texts
from quoth.records import Article, Embedder, Floats, Passage, Progress
from quoth.store import PassageRow, Store

FORMAT = "3"
"""Counts up when an index of an older quoth can no longer be used."""
_CUTTING = "1"  # counts up when passages or what is embedded of them change
_PASSAGES_AT_ONCE = 256  # embedded between two writes: what an interruption can cost


@dataclass(frozen=True, slots=True)
class Changes:
    """What a build, add or remove did; sources in order. skipped: (path, reason)."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()


def made_with(embedder: Embedder, target: int) -> dict[str, str]:
    """What an index is made with: if any of it changes, all articles are cut and embedded anew.

    target: tokens that a passage should have.
    """
    return {
        "passage_tokens": str(target),
        "format": FORMAT,
        "cutting": _CUTTING,
        "model": embedder.name,
        "fingerprint": embedder.fingerprint,
        "dimension": str(embedder.dimension),
    }


def usable_store(folder: Path) -> Store:
    """The folder's store; one that is damaged or of another version is put aside, not lost."""
    try:
        store = Store(folder / "quoth.sqlite")
    except IndexDamagedError:
        return fresh_store(folder)
    try:
        if store.settings().get("format", FORMAT) == FORMAT:
            return store
    except IndexDamagedError:
        pass
    store.close()
    return fresh_store(folder)


def fresh_store(folder: Path) -> Store:
    """An empty store; what was in its place is put aside under another name."""
    aside = _unused(f"{folder / 'quoth.sqlite'}.aside-{time.strftime('%Y%m%d-%H%M%S')}")
    for suffix in ("", "-wal", "-shm"):
        old = folder / f"quoth.sqlite{suffix}"
        if old.exists():
            os.replace(old, f"{aside}{suffix}")
    return Store(folder / "quoth.sqlite")


def _unused(name: str) -> str:
    number, free = 1, name
    while os.path.exists(free):
        number += 1
        free = f"{name}-{number}"
    return free


def update(
    store: Store,
    embedder: Embedder,
    read: ReadResult,
    *,
    gone: Sequence[str] = (),
    read_at: float,
    encoding: str,
    progress: Progress | None,
    passage_tokens: int | None = None,
) -> Changes:
    """Put what was read into the store and take `gone` out; where nothing changed, do nothing.

    read_at: when reading began, in seconds. passage_tokens: of a passage; None is as before.
    """
    known = store.fingerprints()
    target = passage_tokens or int(store.settings().get("passage_tokens", TARGET))
    remade = _is_made_otherwise(store, embedder, target)
    new = [a for a in read.articles if remade or not _is_stored(store, a, known)]
    new.sort(key=lambda article: article.source)  # whatever the order of the paths
    rows = _cut_and_embed(store, embedder, new, target, progress)
    names = {article.source for article in new}
    same = [article for article in read.articles if article.source not in names]
    if new or gone or remade:
        with store.change():
            store.set(made_with(embedder, target))
            for article, some in zip(new, rows, strict=True):
                mark = stamp(article.path, read_at=read_at)
                store.put(article, stamp=mark, encoding=encoding, passages=some)
            drop(store, gone)
    _restamp(store, same, read_at, encoding)
    return Changes(
        added=tuple(sorted(names - set(known))),
        updated=tuple(sorted(names & set(known))),
        removed=tuple(gone),
        unchanged=tuple(sorted(article.source for article in same)),
        skipped=tuple(read.skipped),
    )


def drop(store: Store, gone: Sequence[str]) -> None:
    """Take articles out and count up the generation; call inside `store.change`."""
    store.remove(gone)
    store.drop_unused_vectors()
    store.count_up()


def _is_made_otherwise(store: Store, embedder: Embedder, target: int) -> bool:
    settings = {"passage_tokens": str(TARGET)} | store.settings()  # older ones do not name it
    return any(settings.get(name) != value for name, value in made_with(embedder, target).items())


def _is_stored(store: Store, article: Article, known: dict[str, tuple[str, str, str]]) -> bool:
    told = (article.sha256, article.title, article.path)
    return known.get(article.source) == told and store.is_sound(article.source)


def _restamp(store: Store, articles: Sequence[Article], read_at: float, encoding: str) -> None:
    """Remember the stamps of files that were touched, so that checking need not read them."""
    stamps = {}
    for article in articles:
        origin, now = store.origin(article.source), stamp(article.path, read_at=read_at)
        if now and origin is not None and origin.stamp != now:
            stamps[article.source] = now
    if stamps:
        with store.change():
            store.restamp(stamps, encoding)


def _cut_and_embed(
    store: Store,
    embedder: Embedder,
    articles: Sequence[Article],
    target: int,
    progress: Progress | None,
) -> list[list[PassageRow]]:
    """The passages of each article with their keys; their vectors are in the store afterwards."""
    rows = []
    for number, article in enumerate(articles, 1):
        found = cut(
            article, count_tokens=embedder.count_tokens, limit=embedder.max_tokens, target=target
        )
        rows.append([(passage, _key(passage, embedder)) for passage in found])
        if progress:
            progress("cutting", number, len(articles))
    _embed_missing(store, embedder, [row for some in rows for row in some], progress)
    return rows


def _embed_missing(
    store: Store, embedder: Embedder, rows: Sequence[PassageRow], progress: Progress | None
) -> None:
    unique = {key: passage for passage, key in rows}
    present = store.present(list(unique))
    missing = [(key, passage) for key, passage in unique.items() if key not in present]
    for start in range(0, len(missing), _PASSAGES_AT_ONCE):
        some = missing[start : start + _PASSAGES_AT_ONCE]
        store.put_vectors([key for key, _ in some], _embed([one for _, one in some], embedder))
        if progress:
            progress("embedding", start + len(some), len(missing))


def _embed(passages: Sequence[Passage], embedder: Embedder) -> list[Floats]:
    """The vectors of each passage, (1 + sentences, dimension)."""
    texts = [embedded_texts(passage, limit=embedder.max_tokens) for passage in passages]
    vectors = embedder.embed_passages([text for some in texts for text in some])
    made, start = [], 0
    for some in texts:
        made.append(vectors[start : start + len(some)])
        start += len(some)
    return made


def _key(passage: Passage, embedder: Embedder) -> bytes:
    """Names what is embedded of a passage: the same key, the same vectors."""
    digest = hashlib.sha256(f"{_CUTTING}\0{embedder.fingerprint}\0".encode())
    for text in embedded_texts(passage, limit=embedder.max_tokens):
        digest.update(f"{text}\0".encode())
    return digest.digest()[:16]
