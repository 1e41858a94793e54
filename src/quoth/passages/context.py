"""What is embedded for a passage: its text with the title and section it stands under."""

from __future__ import annotations

from quoth.records import Passage, Span
from quoth.text import one_line

LIMIT = 254
"""Tokens that the default embedding model reads, without its two special ones."""
_SHARE = 0.4


def embedding_text(passage: Passage, *, limit: int = LIMIT) -> str:
    """What is embedded for a passage: `title. section. text`, on one line, without headings.

    Title and section are each cut to four tenths of `limit`, in characters.
    """
    return embedded(passage, limit=limit)[0]


def embedded(passage: Passage, *, limit: int = LIMIT) -> tuple[str, list[Span]]:
    """`embedding_text`, and where in it the passage's sentences are that are no headings."""
    text, places = context(passage.title, passage.section, limit), []
    for sentence in passage.sentences[passage.headings :]:
        start, end = (place - passage.start for place in sentence)
        text = f"{text} " if text else ""
        one = flat_slice(passage.text, Span(start, end))
        places.append(Span(len(text), len(text) + len(one)))
        text += one
    return text, places


def flat_slice(text: str, span: Span) -> str:
    """The text of `span` on one line."""
    return one_line(text[span.start : span.end])


def context(title: str, section: str, limit: int) -> str:
    """Title and section as they stand before a passage, each closed by a full stop.

    The end of a section's path tells more than its beginning, so that is what is kept.
    """
    room = max(int(limit * _SHARE) - 1, 1)
    path = one_line(section)
    if len(path) > room:
        path = "…" + path[len(path) - room + 1 :].lstrip()
    return " ".join(_closed(part) for part in (one_line(title, room), path) if part)


def _closed(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else text + "."
