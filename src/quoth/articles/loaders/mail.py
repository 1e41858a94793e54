"""E-mails (.eml): the text of a message, with its subject, sender and date."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, cast

from quoth.articles.loaders.common import article_of, kind_of, make_article, malformed, metadata_of
from quoth.articles.loaders.decoding import check_text, decode
from quoth.articles.loaders.html_tree import html_parts, parsed_html
from quoth.articles.options import ReadOptions
from quoth.blocks import plain_blocks
from quoth.errors import ArticleError
from quoth.records import Article

if TYPE_CHECKING:
    from email.message import Message

_HEADERS = ("from", "date", "subject", "received", "message-id")
_HEADER_CHARACTERS = 2_000


def load_mail(file: BinaryIO, source: str, options: ReadOptions) -> Iterator[Article]:
    """An e-mail: its plain text, or where it has none its HTML; attachments are not opened.

    The title is its subject, the author who it is from.
    """
    data = file.read()
    found = kind_of(data)
    if found:
        raise ArticleError(f"it is {found}, not an e-mail: rename it")
    with malformed("an e-mail"):
        yield _article(_message(data), source, options)


def _message(data: bytes) -> Message:
    """Parsed by the older of the library's two policies: the newer takes minutes for some."""
    from email import message_from_bytes, policy

    message = message_from_bytes(data, policy=policy.compat32)
    if not any(name in message for name in _HEADERS):
        raise ArticleError("it has no From, Date or Subject: it is no e-mail")
    return message


def _article(message: Message, source: str, options: ReadOptions) -> Article:
    title = _header(message, "subject") or source.rsplit("/", 1)[-1]
    metadata = metadata_of(author=_header(message, "from"), published=_day(message))
    body = _body(message)
    if body is None:
        return make_article("", source, title, (), metadata)
    text = _text(body, options)
    if body.get_content_subtype() == "html":
        parts = html_parts(parsed_html(text.encode("utf-8", "replace")))
        return article_of(parts, source, title, metadata)
    return make_article(text, source, title, plain_blocks(text), metadata)


def _body(message: Message) -> Message | None:
    """The first part that is plain text, else the first that is HTML; none that is attached."""
    found: dict[str, Message] = {}
    waiting = [message]
    while waiting:
        part = waiting.pop()
        kind = part.get_content_type()
        if kind.startswith("multipart/") and part.is_multipart():
            waiting += reversed(cast("list[Message]", part.get_payload()))
        elif kind in ("text/plain", "text/html") and not _is_attached(part):
            found.setdefault(kind, part)
    return found.get("text/plain") or found.get("text/html")


def _is_attached(part: Message) -> bool:
    return str(part.get("content-disposition", "")).strip().lower().startswith("attachment")


def _text(part: Message, options: ReadOptions) -> str:
    """The text of a part, with U+FFFD for what is not of its character set."""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset() or "us-ascii"
    try:
        text = data.decode(charset, "strict" if charset == "us-ascii" else "replace")
    except (LookupError, UnicodeError):
        text = decode(data, options)
    check_text(text)
    return text.encode("utf-8", "replace").decode().replace("\r\n", "\n")


def _header(message: Message, name: str) -> str:
    """A header in words, its encoded words decoded; "" without it."""
    from email.header import decode_header, make_header

    raw = str(message.get(name, ""))[:_HEADER_CHARACTERS]
    try:
        text = str(make_header(decode_header(raw)))
    except (LookupError, ValueError, AssertionError):
        text = raw
    return " ".join(text.encode("utf-8", "replace").decode().replace("\0", " ").split())


def _day(message: Message) -> str:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(_header(message, "date")).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""
