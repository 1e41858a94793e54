"""Articles and quotes to show, and what is read off their HTML."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from html.parser import HTMLParser

from quoth.records import Article, Block, Quote, Span

HOSTILE = (
    '<script>alert("x")</script><img src=x onerror=alert(1)> ![i](http://a.b/c) \u202etxt.&lt;'
)
HOSTILE_ESCAPED = (
    "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt; "
    "![i](http://a.b/c) \u202etxt.&amp;lt;"
)


class Texts(HTMLParser):
    """Collects the text content of HTML, and the elements it is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


def an_article(text: str, blocks: Sequence[Block] = (), *, title: str = "Ferries") -> Article:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Article("ferries.txt", title, text, digest, blocks=tuple(blocks))


def a_quote(start: int, end: int, text: str, *highlights: Span, rank: int = 1) -> Quote:
    return Quote(rank, text, "ferries.txt", "Ferries", "Fares", start, end, 0.82, highlights)
