"""Loaders: an open file → its articles; `LOADERS` by suffix.

A new format is one function of the shape `Loader` in a file of its own, and one line in
`LOADERS`. It is given a file and decides its text; nobody changes it after. The same bytes give
the same article, whenever and wherever they are read. Its libraries are imported on use.
"""

from quoth.articles.loaders.book import load_book
from quoth.articles.loaders.common import Loader, make_article
from quoth.articles.loaders.corpus import is_question_set, load_corpus
from quoth.articles.loaders.mail import load_mail
from quoth.articles.loaders.open_document import load_open_document
from quoth.articles.loaders.pdf import load_pdf
from quoth.articles.loaders.records_again import find_record
from quoth.articles.loaders.rich_text import load_rich_text
from quoth.articles.loaders.table import NoColumnError, load_table
from quoth.articles.loaders.text_files import load_markdown, load_plain
from quoth.articles.loaders.web_page import load_web_page
from quoth.articles.loaders.word import load_word

LOADERS: dict[str, Loader] = {
    ".txt": load_plain,
    ".md": load_markdown,
    ".markdown": load_markdown,
    ".html": load_web_page,
    ".htm": load_web_page,
    ".xhtml": load_web_page,
    ".pdf": load_pdf,
    ".docx": load_word,
    ".odt": load_open_document,
    ".epub": load_book,
    ".rtf": load_rich_text,
    ".eml": load_mail,
    ".csv": load_table,
    ".jsonl": load_corpus,
}
CORPORA = frozenset({".jsonl", ".csv"})
"""Suffixes of files that hold many articles, whose sources are not the file's alone."""
OWN_TEXT = frozenset({".txt", ".md", ".markdown", ".jsonl", ".csv"})
"""Suffixes of formats that need no library to read: an article's text is a slice of the file."""

__all__ = [
    "CORPORA",
    "LOADERS",
    "OWN_TEXT",
    "Loader",
    "NoColumnError",
    "find_record",
    "is_question_set",
    "load_book",
    "load_corpus",
    "load_mail",
    "load_markdown",
    "load_open_document",
    "load_pdf",
    "load_plain",
    "load_rich_text",
    "load_table",
    "load_web_page",
    "load_word",
    "make_article",
]
