"""Loaders: an open file → its articles; `LOADERS` by suffix.

A new format is one function of the shape `Loader` and one line in `LOADERS`.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from quoth.articles.options import ReadOptions
from quoth.blocks import front_matter, markdown_blocks, plain_blocks
from quoth.errors import ArticleError
from quoth.records import Article, Block
from quoth.text import one_line

Loader = Callable[[BinaryIO, str, ReadOptions], Iterable[Article]]
"""(file opened for reading bytes, source, options) → its articles, `path` left empty.

Raises ArticleError with a message that does not name the file: `read_articles` puts it before.
"""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1a\x7f]")
_FRONT_MATTER_CHARACTERS = 20_000
_TITLE_CHARACTERS = 300
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|`+|\*{1,3}|(?<!\w)_{1,2}|_{1,2}(?!\w)|<[^>]+>")


def make_article(text: str, source: str, title: str, blocks: tuple[Block, ...]) -> Article:
    """An article with its hash; the title on one line.

    Raises:
        ArticleError: one of the three holds a lone surrogate, which no encoding of text has.
    """
    _encoded(source, "source")
    _encoded(title, "title")
    digest = hashlib.sha256(_encoded(text, "text")).hexdigest()
    return Article(source, one_line(title, _TITLE_CHARACTERS), text, digest, blocks=blocks)


def _encoded(text: str, name: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ArticleError(f"character {error.start} of the {name} is a lone surrogate") from error


# --- Loaders ---


def load_plain(file: BinaryIO, source: str, options: ReadOptions) -> Iterator[Article]:
    """Plain text: the title is the first line if that is a heading, else the file's name."""
    text = _decode(file.read(), options.encoding)
    blocks = plain_blocks(text)
    heading = blocks[0] if blocks and blocks[0].kind == "heading" else None
    title = text[heading.start : heading.end] if heading else _readable(source)
    yield make_article(text, source, title, blocks)


def load_markdown(file: BinaryIO, source: str, options: ReadOptions) -> Iterator[Article]:
    """Markdown: the title is `title:` in the front matter, the first heading or the name."""
    text = _decode(file.read(), options.encoding)
    blocks = markdown_blocks(text)
    headings = (_without_markup(text[b.start : b.end]) for b in blocks if b.kind == "heading")
    title = _front_matter_title(text) or next(headings, "") or _readable(source)
    yield make_article(text, source, title, blocks)


def load_corpus(file: BinaryIO, source: str, options: ReadOptions) -> Iterator[Article]:
    """JSON lines, always UTF-8: one {"_id", "title", "text"} a line; blank lines are left out."""
    first_seen: dict[str, int] = {}
    for number, line in enumerate(file, start=1):
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if not line.strip():
            continue
        try:
            article = _record(line)
        except ArticleError as error:
            raise ArticleError(f"line {number}: {error}") from error
        if article.source in first_seen:
            raise ArticleError(
                f"lines {first_seen[article.source]} and {number} have the same _id "
                f"'{one_line(article.source, 100)}': give each record its own"
            )
        first_seen[article.source] = number
        yield article


def find_record(file: BinaryIO, source: str, options: ReadOptions) -> Article | None:
    """One record of a corpus. Only lines in which a part of its `_id` occurs are parsed."""
    part = max(re.findall(r"[A-Za-z0-9_.:-]+", source), key=len, default="").encode()
    for line in file:
        if part in line:
            article = _record(line.removeprefix(codecs.BOM_UTF8))
            if article.source == source:
                return article
    return None


LOADERS: dict[str, Loader] = {
    ".txt": load_plain,
    ".md": load_markdown,
    ".markdown": load_markdown,
    ".jsonl": load_corpus,
}
CORPORA = frozenset({".jsonl"})
"""Suffixes of files that hold many articles, whose sources are the records' own."""
OWN_TEXT = frozenset({".txt", ".md", ".markdown", ".jsonl", ".csv"})
"""Suffixes of formats that need no library to read: an article's text is a slice of the file."""


def is_question_set(file: BinaryIO) -> bool:
    """Whether the first record has a question and no text. Leaves `file` at its start."""
    first = next((line for line in file if line.strip()), b"").removeprefix(codecs.BOM_UTF8)
    file.seek(0)
    try:
        record = _json_object(first) if first else {}
    except ArticleError:
        return False
    return "question" in record and "text" not in record


def _decode(data: bytes, encoding: str) -> str:
    """The text; a byte order mark decides the encoding and is no part of the text."""
    bom, encoding = next(
        ((bom, name) for bom, name in _BOMS if data.startswith(bom)), (b"", encoding)
    )
    try:
        text = data[len(bom) :].decode(encoding)
    except UnicodeDecodeError as error:
        offset = error.start + len(bom)
        raise ArticleError(
            f"byte {offset} (0x{data[offset]:02x}) is not {encoding}: "
            "name the right encoding with --encoding"
        ) from error
    except (LookupError, UnicodeError) as error:
        raise ArticleError(f"'{encoding}' is no text encoding: try utf-8 or cp1252") from error
    if "\0" in text or len(_CONTROLS.findall(text)) * 100 > len(text):
        raise ArticleError("it is binary, not text: convert it to text first")
    return text


def _record(line: bytes) -> Article:
    record = _json_object(line)
    for field in ("_id", "title", "text"):
        if field not in record:
            raise ArticleError(f'no \'{field}\': expected {{"_id", "title", "text"}}')
        if not isinstance(record[field], str):
            raise ArticleError(f"'{field}' is not a string: {one_line(str(record[field]), 60)}")
    source, title, text = (str(record[field]) for field in ("_id", "title", "text"))
    if not source.strip():
        raise ArticleError("'_id' is empty")
    blocks = plain_blocks(text)
    return make_article(text, source, title if title.strip() else source, blocks)


def _json_object(line: bytes) -> dict[str, object]:
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ArticleError(f"byte {error.start} of the line is not utf-8, as JSON is") from error
    except (ValueError, RecursionError) as error:
        raise ArticleError(f"not JSON: {one_line(str(error), 100)}") from error
    if not isinstance(record, dict):
        raise ArticleError('not a JSON object: expected {"_id", "title", "text"}')
    return record


def _front_matter_title(text: str) -> str:
    matter = front_matter(text)
    if matter is None or matter.end - matter.start > _FRONT_MATTER_CHARACTERS:
        return ""
    import yaml

    try:
        values = yaml.safe_load(text[matter.start : matter.end])
    except (yaml.YAMLError, ValueError, RecursionError):
        return ""
    title = values.get("title") if isinstance(values, dict) else None
    return str(title).strip() if isinstance(title, str | int | float) else ""


def _without_markup(text: str) -> str:
    return _MARKUP.sub(lambda match: match.group(1) or "", text).strip()


def _readable(source: str) -> str:
    """`notes/my_first-text.txt` → `My first text`."""
    stem = source.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    words = " ".join(re.sub(r"[_\-]+", " ", stem).split()) or source
    return words[:1].upper() + words[1:]
