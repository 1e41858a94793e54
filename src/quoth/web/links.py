"""A link to a place in an article: what stands behind `?` in the app's address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from quoth.errors import UsageError
from quoth.records import Article, Quote
from quoth.text import one_line

_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Place:
    """A range of characters in the article of that source; the whole of it where there is none."""

    source: str
    start: int | None = None
    end: int | None = None

    def quote(self, article: Article) -> tuple[Quote, ...]:
        """What stands there, to be marked; () for the whole article.

        Raises UsageError for a range that the article does not have.
        """
        if self.start is None or self.end is None:
            return ()
        if not 0 <= self.start < self.end <= len(article.text):
            raise UsageError(
                f"the link leads to characters {self.start}–{self.end} of {self.source!r}, which "
                f"has {len(article.text):,}: it was made for another version of the article"
            )
        words = article.text[self.start : self.end]
        title, metadata = article.title, article.metadata
        return (
            Quote(1, words, article.source, title, "", self.start, self.end, 0.0, (),
                  metadata=metadata),
        )  # fmt: skip


def linked_place(parameters: Mapping[str, str]) -> Place | None:
    """The place that a link leads to; None if it leads to none.

    Raises UsageError for a link that is no such link.
    """
    named = {name: parameters.get(name, "") for name in ("article", "start", "end")}
    if not any(named.values()):
        return None
    if not named["article"]:
        raise UsageError("the link names no article: copy it again")
    if not named["start"] and not named["end"]:
        return Place(named["article"])
    return Place(named["article"], _number(named["start"]), _number(named["end"]))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        shown = one_line(text, 40)
        raise UsageError(f"the link's place {shown!r} is no number of characters: copy it again")
    return int(text)
