"""The durable truth of an index: articles, passages, vectors and settings in one database.

    schema.py    the tables
    reading.py   `Store`: what is there
    writing.py   `WritableStore`: what a change writes; new articles are staged
    replacing.py the part of its transaction that shows them

FAISS and tantivy hold only what can be remade from here. A file's articles are staged with their
vectors, some at a time, where no reader sees them; the transaction at the end of a change shows
all of them at once, takes out what they replace and names the engines that fit. Interrupted
before it, nothing has changed, and what was staged is found again by the next change.
"""

from quoth.store.reading import Store, StoredFile
from quoth.store.replacing import Replaced
from quoth.store.writing import WritableStore

__all__ = ["Replaced", "Store", "StoredFile", "WritableStore"]
