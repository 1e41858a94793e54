"""Files and records → articles; the only place that opens article files.

`finding` walks folders, `loaders` holds a function for each format and `LOADERS` by suffix,
`reading` puts them together. `pdf_pages` shows where a quote stands on the pages of a PDF.
"""

from quoth.articles.loaders import (
    LOADERS,
    Loader,
    load_corpus,
    load_markdown,
    load_plain,
    make_article,
)
from quoth.articles.options import ReadOptions
from quoth.articles.reading import MAX_BYTES, MEGABYTE, ReadResult, read_articles, reread

__all__ = [
    "LOADERS",
    "MAX_BYTES",
    "MEGABYTE",
    "Loader",
    "ReadOptions",
    "ReadResult",
    "load_corpus",
    "load_markdown",
    "load_plain",
    "make_article",
    "read_articles",
    "reread",
]
