"""The values that flow through quoth, and the protocols its parts are written against.

Every `start` and `end` is an offset in Unicode code points into the decoded text of the
whole article, so that for a passage, a hit and a quote alike

    article.text[it.start:it.end] == it.text

Arrays are NumPy, `float32` and C-contiguous; vectors have length 1, so that a dot product is
a cosine. Scores are "higher is better".
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

BlockKind = Literal["heading", "paragraph", "item", "row", "code"]
Status = Literal["answered", "abstained"]
Check = Literal["verified", "changed"]
Mode = Literal["hybrid", "dense", "lexical"]
DifferenceKind = Literal["number", "date", "name", "negation"]
PathLike = str | os.PathLike[str]
Progress = Callable[[str, int, int], None]
"""Called as `progress(stage, done, total)` while long work goes on."""


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


@dataclass(frozen=True, slots=True)
class Quote:
    """One to three whole adjacent sentences of an article, word for word.

    confidence: 0 to 1, the probability that this quote answers the question.
    highlights: the answering words, in article offsets, inside [start, end).
    check: `verified` if the stored article is intact and its file still says the same.
    metadata: the article's; `page` is the one on which the quote begins.
    """

    rank: int
    text: str
    source: str
    title: str
    section: str
    start: int
    end: int
    confidence: float
    highlights: tuple[Span, ...]
    check: Check = "verified"
    metadata: Metadata = NO_METADATA

    @property
    def page(self) -> int | None:
        """The page on which the quote begins; None where the article has none."""
        return self.metadata.page(self.start)

    def _repr_html_(self) -> str:
        """A card, in a notebook."""
        from quoth.notebook import quote_html

        return quote_html(self)


@dataclass(frozen=True, slots=True)
class Difference:
    """Words of one source's quote that do not go with what another source says.

    span: the words, article offsets inside the quote. other: the other source. words: what stands
    there instead, "" for a negation that the other has not.
    """

    kind: DifferenceKind
    span: Span
    other: str
    words: str


@dataclass(frozen=True, slots=True)
class Voice:
    """What one source says to a question. quote: None where it says nothing on it."""

    source: str
    title: str
    metadata: Metadata
    quote: Quote | None
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class PhrasedSentence:
    """A sentence that a language model wrote.

    text: one line, as it was written, with its citations, `It sank in 1931 [2].`; any character
    may stand in it, so that who shows it must escape it.
    cites: the ranks of the quotes that it cites, in its order.
    struck: why it is not to be believed, one line without a full stop; "" where nothing speaks
    against it, which is no proof of it.
    """

    text: str
    cites: tuple[int, ...]
    struck: str = ""


@dataclass(frozen=True, slots=True)
class Phrasing:
    """What a language model made of the quotes. model: its name, as its server knows it."""

    sentences: tuple[PhrasedSentence, ...]
    model: str

    @property
    def kept(self) -> tuple[PhrasedSentence, ...]:
        """The sentences that are not struck out."""
        return tuple(one for one in self.sentences if not one.struck)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the articles say to a question.

    confidence: 0 to 1, the probability that the articles answer it and the first quote is right;
    where the question only names a subject ("list the problems"), that one of the quotes is.
    quotes: best first; empty when `status` is `abstained`.
    nearest: the best quotes there are, also when it abstains.
    understood: the question that was searched in place of a follow-up; "" where it stood alone.
    only_source: the one that a follow-up named ("no, the second article"), if it named one.
    by_source: what each source says, newest first as far as dates are known, then the surest;
    those that say nothing last. Empty unless it was asked for.
    phrasing: a language model's words on the quotes; None unless `Phraser.phrase` added them.
    """

    question: str
    status: Status
    confidence: float
    quotes: tuple[Quote, ...]
    nearest: tuple[Quote, ...]
    elapsed_ms: float
    understood: str = ""
    only_source: str = ""
    by_source: tuple[Voice, ...] = ()
    phrasing: Phrasing | None = None

    def _repr_html_(self) -> str:
        """Its quotes as cards, in a notebook, or that there are none."""
        from quoth.notebook import answer_html

        return answer_html(self)


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question of a conversation, and the quotes that answered it, if they are known."""

    question: str
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A candidate quote inside a passage: the reader's view of it.

    start, end: article offsets of one sentence, item, heading or row, or of up to three in a row.
    score: how well it answers, any real number; comparable between passages of one question.
    confidence: 0 to 1, the probability that it answers.
    sentence: the answering sentence itself, without the neighbours that it needs to be understood.
    highlights: the answering words, article offsets.
    """

    start: int
    end: int
    score: float
    confidence: float
    sentence: Span
    highlights: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found in one passage for one question.

    relevance: 0 to 1, the probability that the passage answers.
    evidence: best first; may be empty.
    """

    relevance: float
    evidence: tuple[Evidence, ...]


class Embedder(Protocol):
    """Turns texts into vectors of length 1.

    fingerprint: changes whenever the vectors would.
    """

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def max_tokens(self) -> int: ...

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """(n,) texts → (n, dimension) float32, rows of length 1."""
        ...

    def embed_questions(self, texts: Sequence[str]) -> Floats:
        """(n,) questions → (n, dimension) float32, rows of length 1."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The model's own tokens in each text, without its special ones."""
        ...


class VectorEngine(Protocol):
    """Finds the nearest vectors by cosine. Ids are int64 and unique."""

    def add(self, ids: Ints, vectors: Floats) -> None:
        """ids (n,), vectors (n, dimension)."""
        ...

    def remove(self, ids: Ints) -> None: ...

    def search(self, queries: Floats, k: int, allowed: Ints | None = None) -> tuple[Floats, Ints]:
        """queries (m, dimension) → scores (m, k') and ids (m, k'), k' = min(k, ids in question).

        Best first; equal scores in order of id. allowed (n,): only these ids are in question.
        """
        ...

    def __len__(self) -> int: ...


class Reader(Protocol):
    """Reads passages for a question."""

    def read(self, question: str, hits: Sequence[Hit]) -> list[Reading]:
        """One reading for each hit, in their order."""
        ...
