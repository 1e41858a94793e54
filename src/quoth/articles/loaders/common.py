"""What all loaders share: the shape of a loader, how an article is made, plain failures."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import BinaryIO
from urllib.parse import urlsplit

from quoth.articles.options import ReadOptions
from quoth.blocks import Part, joined
from quoth.errors import ArticleError
from quoth.records import Article, Block, Metadata
from quoth.text import one_line

Loader = Callable[[BinaryIO, str, ReadOptions], Iterable[Article]]
"""(file opened for reading bytes, source, options) → its articles, `path` left empty.

Raises ArticleError with a message that does not name the file: `read_articles` puts it before.
"""

_TITLE_CHARACTERS = 300
_FIELD_CHARACTERS = 300
_ADDRESS_CHARACTERS = 2_000
_DATE = re.compile(r"\s*([12]\d{3})(?:-(\d\d)(?:-(\d\d)(?!\d))?)?(?!\d)")
_KINDS = (
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"{\\rtf", "an RTF file"),
    (b"\xd0\xcf\x11\xe0", "an encrypted or old Office file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
)


def make_article(
    text: str,
    source: str,
    title: str,
    blocks: tuple[Block, ...],
    metadata: Metadata = Metadata(),  # noqa: B008 (frozen)
) -> Article:
    """An article with its hash; the title on one line.

    Raises:
        ArticleError: one of the three holds a NUL or a lone surrogate, which no text has.
    """
    _encoded(source, "source")
    _encoded(title, "title")
    digest = hashlib.sha256(_encoded(text, "text")).hexdigest()
    title = one_line(title, _TITLE_CHARACTERS)
    return Article(source, title, text, digest, blocks=blocks, metadata=metadata)


def article_of(parts: Iterable[Part], source: str, title: str, metadata: Metadata) -> Article:
    """An article whose text is laid out from parts; without a title it has its first heading."""
    text, blocks = joined(parts)
    headings = (text[one.start : one.end] for one in blocks if one.kind == "heading")
    title = title.strip() or next(headings, "") or readable_name(source)
    return make_article(text, source, title, blocks, metadata)


def _encoded(text: str, name: str) -> bytes:
    if "\0" in text:
        raise ArticleError(f"character {text.index(chr(0))} of the {name} is a NUL")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ArticleError(f"character {error.start} of the {name} is a lone surrogate") from error


def metadata_of(*, author: str = "", published: str = "", address: str = "") -> Metadata:
    """Metadata with each field in its form; what has none is left empty."""
    author = one_line(_printable(author), _FIELD_CHARACTERS)
    return Metadata(author, iso_date(published), http_address(address))


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", " ")


def iso_date(text: str) -> str:
    """The day, month or year that `text` begins with in ISO 8601; "" if it begins otherwise."""
    found = _DATE.match(text)
    if found is None:
        return ""
    try:
        date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return ""
    return "-".join(part for part in found.groups() if part)


def http_address(text: str) -> str:
    """`text` if it is an address of the web, else ""."""
    text = text.strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    fits = parts.scheme in ("http", "https") and bool(parts.netloc) and text.isprintable()
    return text if fits and len(text) <= _ADDRESS_CHARACTERS and " " not in text else ""


def readable_name(source: str) -> str:
    """`notes/my_first-text.txt` → `My first text`."""
    stem = source.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    words = " ".join(re.sub(r"[_\-]+", " ", stem).split()) or source
    return words[:1].upper() + words[1:]


def kind_of(data: bytes) -> str:
    """What a file is by its first bytes, in words; "" where they do not tell."""
    start = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    lowered = start[:20].lower()
    return next((name for magic, name in _KINDS if lowered.startswith(magic.lower())), "")


@contextmanager
def malformed(what: str) -> Iterator[None]:
    """Turns what a library raises for broken input, which may be anything, into ArticleError."""
    try:
        yield
    except ArticleError:
        raise
    except MemoryError as error:
        raise ArticleError(f"reading it as {what} takes too much memory: split it") from error
    except Exception as error:
        said = one_line(f"{type(error).__name__}: {_printable(str(error))}", 120)
        raise ArticleError(f"it is not {what} that can be read ({said})") from error
