"""Pure: a passage and its vector → the row that a collection holds of it."""

from __future__ import annotations

from typing import Any

from quoth.records import Floats, Passage
from quoth.terms import terms

Row = dict[str, Any]
MOST_BYTES = 65_535
"""Of one text in Milvus."""
TEXTS = ("source", "title", "section", "text")


def to_row(number: int, passage: Passage, vector: Floats, *, words: bool) -> Row:
    """What a label needs, for whoever searches the collection without the store.

    Texts are cut to Milvus's limit. words: whether the collection ranks by words, too.
    """
    row: Row = {name: cut(getattr(passage, name)) for name in TEXTS}
    row |= {
        "id": number, "vector": vector, "start": passage.start, "end": passage.end,
        "boilerplate": passage.boilerplate,
    }  # fmt: skip
    if words:
        row["words"] = cut(" ".join(terms_of(passage)))
    return row


def terms_of(passage: Passage) -> list[str]:
    """The stems by which a passage is found: its own, its heading's, its article's title's."""
    return [stem for text in (passage.text, passage.section, passage.title) for stem in terms(text)]


def cut(text: str) -> str:
    """The beginning of the text that Milvus takes, of whole characters."""
    data = text.encode("utf-8", "replace")
    return text if len(data) <= MOST_BYTES else data[:MOST_BYTES].decode("utf-8", "ignore")


def size(row: Row) -> int:
    """About how many bytes it takes on its way."""
    texts = sum(len(value) for value in row.values() if isinstance(value, str))
    return 2 * texts + int(row["vector"].nbytes) + 64
