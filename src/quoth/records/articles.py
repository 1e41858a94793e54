"""What is searched: articles, their passages, and passages that a search found."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

BlockKind = Literal["heading", "paragraph", "item", "row", "code"]
Mode = Literal["hybrid", "dense", "lexical"]


class Span(NamedTuple):
    """Half-open range of code points, `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, list item, table row or code block: a slice of an article.

    `level` is a heading's depth (1 is the outermost); 0 for everything else.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class Metadata:
    """What an article's file says of it beside its text; "" and () where it says nothing.

    date: ISO 8601, a day (`2024-05-17`), a month or a year. address: where it was published, http
    or https. pages: the offset at which each page begins, ascending, the first 0.
    """

    author: str = ""
    date: str = ""
    address: str = ""
    pages: tuple[int, ...] = ()

    def page(self, place: int) -> int | None:
        """The number, from 1, of the page that the character at `place` is on."""
        return max(1, bisect_right(self.pages, place)) if self.pages else None


NO_METADATA = Metadata()


@dataclass(frozen=True, slots=True)
class Article:
    """One article as it was read; nothing in `text` is changed after decoding.

    source: file name relative to the folder given to `build` (with `/`), or a record's `_id`.
    path: the file it came from, absolute; `""` where there is none.
    blocks: in order and without overlap; what the loader recognised of the structure.
    sha256: hex digest of `text` in UTF-8.
    """

    source: str
    title: str
    text: str
    sha256: str
    path: str = ""
    blocks: tuple[Block, ...] = ()
    metadata: Metadata = NO_METADATA


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of an article: whole adjacent sentences of one section.

    sentences: the sentences (or whole items, headings, rows) inside, in article offsets.
    headings: how many of `sentences`, counted from the first, are headings.
    boilerplate: True for promotion, link lists and the like: searched, but ranked below prose.
    id: its number in the index, never used twice; 0 outside one.
    metadata: its article's.
    """

    source: str
    title: str
    section: str
    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]
    headings: int = 0
    boilerplate: bool = False
    id: int = field(default=0, compare=False)
    metadata: Metadata = field(default=NO_METADATA, compare=False)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found. `rank` counts from 1."""

    rank: int
    source: str
    title: str
    section: str
    start: int
    end: int
    text: str
    score: float
    passage: Passage = field(repr=False, compare=False)

    @classmethod
    def of(cls, passage: Passage, *, rank: int, score: float) -> Hit:
        """The hit that shows `passage`."""
        p = passage
        return cls(rank, p.source, p.title, p.section, p.start, p.end, p.text, score, p)

    @property
    def metadata(self) -> Metadata:
        """The article's."""
        return self.passage.metadata

    @property
    def page(self) -> int | None:
        """The page on which the passage begins; None where the article has none."""
        return self.metadata.page(self.start)

    def _repr_html_(self) -> str:
        """A card, in a notebook."""
        from quoth.notebook import hit_html

        return hit_html(self)
