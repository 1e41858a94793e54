"""The whole index as a subject of growth.py: SQLite, vectors and words, asked by the retriever.

The passages and their own vectors are those that million.py made. They are staged as `quoth build`
stages what it has cut and embedded; how long cutting and embedding take grows with the text alone
and is not counted here. In place of the vectors of its sentences, one or two in passages so short,
each passage has its own once more: as large and as quick, though of no use for quality.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path

import numpy as np
from million import Million

from quoth import Index, Retriever
from quoth.articles import make_article
from quoth.building import finish, made_with
from quoth.embedding import load_embedder
from quoth.engines import LocalEngines
from quoth.locking import locked
from quoth.records import Article, Floats, Passage, Span
from quoth.store import WritableStore
from quoth.store.writing import PassageRow

TARGET = 24
AT_ONCE = 5_000
NEW = "The lighthouse\n\nThe lighthouse of Vinga was painted red in 1890, so that ships see it.\n"


def build_index(data: Million, size: int, folder: Path) -> None:
    """An index of the first `size` passages."""
    made = made_with(load_embedder(None), TARGET)
    with locked(folder):
        store = WritableStore(folder / "quoth.sqlite")
        file = _stage(store, data, size)
        finish(LocalEngines(folder), store, made, staged=[file])
        store.close()


def open_index(folder: Path) -> Callable[[str, Floats], Sequence[int]]:
    """Hybrid search, the question embedded anew each time."""
    retriever = Retriever(Index.open(folder))
    return lambda question, vector: [hit.passage.id for hit in retriever.search(question)]


def add_index(data: Million, size: int, folder: Path) -> Callable[[], None]:
    """Adds an article from a file to the index; the model is loaded before the time counts."""
    path = folder.parent / "lighthouse.txt"
    path.write_text(NEW, "utf-8")
    index = Index.open(folder)
    index.embedder.embed_questions(["warm"])
    return lambda: _add(index, path)


def _add(index: Index, path: Path) -> None:
    index.add([path])
    Retriever(index).search("Who painted the lighthouse of Vinga?")


def _stage(store: WritableStore, data: Million, size: int) -> int:
    with store.change():
        file = store.begin_file("corpus", "corpus", "", "", "{}")
    articles = _articles(data, size)
    while some := list(islice(articles, AT_ONCE)):
        with store.change():
            for article, rows, vectors in some:
                store.stage(article, file, rows)
                store.put_vectors([key for _, key in rows], [np.stack([v, v]) for v in vectors])
    with store.change():
        store.finish_file(file)
    return file


def _articles(data: Million, size: int) -> Iterator[tuple[Article, list[PassageRow], Floats]]:
    """Passages in a row that are of one file, as an article of their own."""
    first = 0
    groups = groupby(data.passages(size), key=lambda record: str(record["source"]))
    for number, (source, group) in enumerate(groups):
        records = list(group)
        article, rows = _article(f"{source}#{number}", records)
        yield article, rows, data.vectors_of(np.arange(first, first + len(records)))
        first += len(records)


def _article(source: str, records: Sequence[dict[str, object]]) -> tuple[Article, list[PassageRow]]:
    texts = [str(record["text"]) for record in records]
    title = str(records[0]["title"])
    rows, start = [], 0
    for record, text in zip(records, texts, strict=True):
        span = Span(start, start + len(text))
        passage = Passage(source, title, str(record["section"]), *span, text, (span,))
        rows.append((passage, hashlib.sha256(text.encode()).digest()[:16]))
        start += len(text) + 2
    return make_article("\n\n".join(texts), source, title, ()), rows
