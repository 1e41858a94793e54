"""E-mails (.eml): the text of a message, with its subject, sender and date."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from quoth.articles.loaders.common import article_of, kind_of, make_article, malformed, metadata_of
from quoth.articles.loaders.decoding import check_text
from quoth.articles.loaders.html_tree import html_parts, parsed_html
from quoth.articles.options import ReadOptions
from quoth.blocks import Part, plain_blocks
from quoth.errors import ArticleError
from quoth.records import Article, Metadata

if TYPE_CHECKING:
    from email.message import EmailMessage, MIMEPart

_HEADERS = ("from", "date", "subject", "received", "message-id")


def load_mail(file: BinaryIO, source: str, options: ReadOptions) -> Iterator[Article]:
    """An e-mail: its plain text, or where it has none its HTML; attachments are not opened.

    The title is its subject, the author who it is from.
    """
    data = file.read()
    found = kind_of(data)
    if found:
        raise ArticleError(f"it is {found}, not an e-mail: rename it")
    with malformed("an e-mail"):
        yield _article(_message(data), source)


def _message(data: bytes) -> EmailMessage:
    from email import message_from_bytes, policy
    from email.message import EmailMessage

    message = message_from_bytes(data, _class=EmailMessage, policy=policy.default)
    if not any(name in message for name in _HEADERS):
        raise ArticleError("it has no From, Date or Subject: it is no e-mail")
    return message


def _article(message: EmailMessage, source: str) -> Article:
    title = _header(message, "subject") or source.rsplit("/", 1)[-1]
    metadata = metadata_of(author=_header(message, "from"), published=_day(message))
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return make_article("", source, title, (), metadata)
    text = _text(body)
    if body.get_content_subtype() == "html":
        return article_of(_html(text), source, title, metadata)
    return _plain(text, source, title, metadata)


def _plain(text: str, source: str, title: str, metadata: Metadata) -> Article:
    check_text(text)
    return make_article(text, source, title, plain_blocks(text), metadata)


def _html(text: str) -> list[Part]:
    check_text(text)
    return html_parts(parsed_html(text.encode("utf-8", "replace")))


def _text(body: MIMEPart) -> str:
    """The text of a part, with `\\ufffd` for what is not of its character set."""
    try:
        content = str(body.get_content(errors="replace"))
    except LookupError:
        payload = body.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return content.encode("utf-8", "replace").decode().replace("\r\n", "\n")


def _header(message: EmailMessage, name: str) -> str:
    text = " ".join(str(message.get(name, "")).split())
    return text.encode("utf-8", "replace").decode()


def _day(message: EmailMessage) -> str:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(_header(message, "date")).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""
