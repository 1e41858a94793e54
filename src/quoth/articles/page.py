"""One page of the web → its article."""

from __future__ import annotations

from quoth.articles.fetching import fetch, fetched_file, source_of
from quoth.articles.options import ReadOptions
from quoth.articles.reading import FileReader
from quoth.errors import ArticleError
from quoth.records import Article
from quoth.text import one_line


def fetched_article(
    address: str, *, allow_private: bool = False, options: ReadOptions | None = None
) -> Article:
    """The article at an address; its source is the address as it was given.

    Raises ArticleError, which names the address, if it cannot be fetched or read.
    """
    fetched = fetch(address, allow_private=allow_private)
    try:
        data, suffix = fetched_file(fetched)
        with FileReader(options or ReadOptions()) as reader:
            return reader.read_bytes(data, suffix, source_of(address), address=fetched.address)
    except ArticleError as error:
        raise ArticleError(f"cannot read '{one_line(address, 200)}': {error}") from error
