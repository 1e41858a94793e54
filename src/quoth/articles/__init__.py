"""Files and records → articles; the only place that opens article files.

`finding` walks folders, `loaders` holds a function for each format and `LOADERS` by suffix,
`reading` puts them together.
"""

from quoth.articles.finding import FoundFile, find_files
from quoth.articles.loaders import (
    LOADERS,
    Loader,
    load_corpus,
    load_markdown,
    load_plain,
    make_article,
)
from quoth.articles.options import ReadOptions
from quoth.articles.reading import (
    MAX_BYTES,
    MEGABYTE,
    FileReader,
    ReadResult,
    nothing_found,
    read_articles,
    reread,
)

__all__ = [
    "LOADERS",
    "MAX_BYTES",
    "MEGABYTE",
    "FileReader",
    "FoundFile",
    "Loader",
    "ReadOptions",
    "ReadResult",
    "find_files",
    "load_corpus",
    "load_markdown",
    "load_plain",
    "make_article",
    "nothing_found",
    "read_articles",
    "reread",
]
