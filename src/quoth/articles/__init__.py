"""Files and records → articles; the only place that opens article files.

`finding` walks folders, `opening` opens plain files and no more of them than allowed, `loaders`
holds a function for each format and `LOADERS` by suffix, `reading` puts them together for one
file after the other, `gathering` for all at once. Foreign formats are read by the same loaders in
another process: `isolation` is this side of it, `child` the other, `wire` what they say, and
`deadline` ends it when it takes too long.

`fetching` gets one page of the web, and nothing else in quoth reaches for the network unasked:
`addresses` says which are public, `network` connects, `requesting` makes one request; `page` makes
an article of it. `pdf_pages` shows where a quote stands on the pages of a PDF.
"""

from quoth.articles.finding import FoundFile, find_files
from quoth.articles.gathering import ReadResult, nothing_found, read_articles
from quoth.articles.loaders import (
    LOADERS,
    OWN_TEXT,
    Loader,
    load_corpus,
    load_markdown,
    load_plain,
    make_article,
)
from quoth.articles.options import MEGABYTE, ReadOptions
from quoth.articles.reading import MAX_BYTES, FileReader, reread

__all__ = [
    "LOADERS",
    "MAX_BYTES",
    "MEGABYTE",
    "OWN_TEXT",
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
