"""What a node tells of files: a name, JSON, and bytes; pure.

    vectors    of passages, by key: before the articles that have them
    articles   a part of a file: its articles, cut; the last part says that it is the last
    failed     a file that cannot be read, and why
    elsewhere  a file that this node does not see as the others do
    refused    why nothing that this node makes would fit the index

The driver adds `began`, `end`, and `lost`: why there is nothing more to come.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from quoth.articles import make_article
from quoth.records import Article, Block, Floats, Metadata, Passage, Span
from quoth.store.writing import PassageRow

if TYPE_CHECKING:
    import pyarrow

COLUMNS = ("name", "about", "data")
CutArticle = tuple[Article, list[PassageRow]]


@dataclass(frozen=True, slots=True)
class Message:
    """name: see above. about: whatever JSON can hold. data: beside it."""

    name: str
    about: Any
    data: bytes = b""


def schema() -> pyarrow.Schema:
    """The columns of a table of messages."""
    import pyarrow

    kinds = (pyarrow.string(), pyarrow.string(), pyarrow.binary())
    return pyarrow.schema(list(zip(COLUMNS, kinds, strict=True)))


def to_table(messages: Sequence[Message]) -> pyarrow.Table:
    """Messages, a row each."""
    import pyarrow

    rows = [(one.name, json.dumps(one.about), one.data) for one in messages]
    columns = [list(column) for column in zip(*rows, strict=True)]
    return pyarrow.table(dict(zip(COLUMNS, columns, strict=True)), schema=schema())


def from_table(table: pyarrow.Table | pyarrow.RecordBatch) -> Iterable[Message]:
    """The messages of a table, in order."""
    for row in table.to_pylist():
        yield Message(row["name"], json.loads(row["about"]), row["data"])


def vectors_message(keys: Sequence[bytes], vectors: Sequence[Floats]) -> Message:
    """keys: of passages; vectors (1 + sentences, dimension) of each."""
    about = [(key.hex(), len(some)) for key, some in zip(keys, vectors, strict=True)]
    return Message("vectors", about, b"".join(some.astype("<f4").tobytes() for some in vectors))


def to_vectors(message: Message, dimension: int) -> tuple[list[bytes], list[Floats]]:
    """The keys and vectors of `vectors_message`."""
    every: Floats = np.frombuffer(message.data, "<f4").reshape(-1, dimension)
    ends = np.cumsum([count for _, count in message.about])
    return [bytes.fromhex(key) for key, _ in message.about], np.split(every, ends[:-1])


def articles_message(
    file: int,
    part: int,
    articles: Sequence[CutArticle],
    *,
    is_last: bool,
    skipped: Sequence[tuple[str, str]] = (),
) -> Message:
    """file, part: their numbers from 0. skipped: of all parts, told with the last."""
    cut = [_article_values(article, rows) for article, rows in articles]
    about = {"file": file, "part": part, "is_last": is_last, "skipped": list(skipped)}
    return Message("articles", about | {"articles": cut})


def to_articles(about: Mapping[str, Any], path: str) -> Iterable[CutArticle]:
    """The articles of `articles_message`, which came from the file `path`, with their passages."""
    for source, title, text, blocks, (author, date, address, pages), cut in about["articles"]:
        metadata = Metadata(author, date, address, tuple(pages))
        made = make_article(text, source, title, tuple(Block(*one) for one in blocks), metadata)
        article = replace(made, path=path)
        yield article, [_row(article, values) for values in cut]


def _article_values(article: Article, rows: Iterable[PassageRow]) -> tuple[object, ...]:
    return (
        article.source, article.title, article.text,
        [(one.kind, one.start, one.end, one.level) for one in article.blocks],
        astuple(article.metadata),
        [
            (one.start, one.end, one.section, one.sentences, one.headings, one.boilerplate,
             key.hex())
            for one, key in rows
        ],
    )  # fmt: skip


def _row(article: Article, values: Sequence[Any]) -> PassageRow:
    start, end, section, sentences, headings, boilerplate, key = values
    passage = Passage(
        article.source, article.title, section, start, end, article.text[start:end],
        tuple(Span(*one) for one in sentences), headings, boilerplate, metadata=article.metadata,
    )  # fmt: skip
    return passage, bytes.fromhex(key)
