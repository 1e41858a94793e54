"""What is answered: quotes, what each source says, a model's words on it, and earlier turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from quoth.records.articles import NO_METADATA, Metadata, Span

Status = Literal["answered", "abstained"]
Check = Literal["verified", "changed"]
DifferenceKind = Literal["number", "date", "name", "negation"]


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
