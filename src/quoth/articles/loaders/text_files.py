"""Plain text and Markdown: the text is the file's own, only decoded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import BinaryIO

from quoth.articles.loaders.common import make_article, metadata_of, readable_name
from quoth.articles.loaders.decoding import decode
from quoth.articles.options import ReadOptions
from quoth.blocks import front_matter, markdown_blocks, plain_blocks
from quoth.records import Article

_FRONT_MATTER_CHARACTERS = 20_000
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|`+|\*{1,3}|(?<!\w)_{1,2}|_{1,2}(?!\w)|<[^>]+>")


def load_plain(file: BinaryIO, source: str, options: ReadOptions) -> Iterator[Article]:
    """Plain text: the title is the first line if that is a heading, else the file's name."""
    text = decode(file.read(), options)
    blocks = plain_blocks(text)
    heading = blocks[0] if blocks and blocks[0].kind == "heading" else None
    title = text[heading.start : heading.end] if heading else readable_name(source)
    yield make_article(text, source, title, blocks)


def load_markdown(file: BinaryIO, source: str, options: ReadOptions) -> Iterator[Article]:
    """Markdown: the title is `title:` in the front matter, the first heading or the name.

    `author`, `date` and `address` (or `url`) of the front matter go into the metadata.
    """
    text = decode(file.read(), options)
    blocks = markdown_blocks(text)
    headings = (_without_markup(text[b.start : b.end]) for b in blocks if b.kind == "heading")
    matter = _front_matter(text)
    title = matter.get("title", "") or next(headings, "") or readable_name(source)
    metadata = metadata_of(
        author=matter.get("author", ""),
        published=matter.get("date", ""),
        address=matter.get("address", "") or matter.get("url", ""),
    )
    yield make_article(text, source, title, blocks, metadata)


def _front_matter(text: str) -> dict[str, str]:
    """What the front matter says in texts, numbers and dates."""
    matter = front_matter(text)
    if matter is None or matter.end - matter.start > _FRONT_MATTER_CHARACTERS:
        return {}
    import yaml

    try:
        values = yaml.safe_load(text[matter.start : matter.end])
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    said = values.items() if isinstance(values, dict) else ()
    return {str(k): str(v).strip() for k, v in said if isinstance(v, str | int | float | date)}


def _without_markup(text: str) -> str:
    return _MARKUP.sub(lambda match: match.group(1) or "", text).strip()
