"""Pure functions from a text with spans in it to HTML in which these are marked.

Nothing is added to the text, taken from it or moved: the text content of what comes back is
`text[start:end]`, code point for code point.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from quoth.records import Article, Block, Quote, Span

_FLOWING = 40
"""Lines at least this long, all but the last, are prose that an editor wrapped."""


def pieces(start: int, end: int, spans: Sequence[Span]) -> Iterator[tuple[Span, list[Span]]]:
    """`[start, end)` cut wherever one of `spans` begins or ends, with the spans over each piece.

    Spans may overlap, hold one another, and reach beyond the range.
    """
    inside = [span for span in spans if span.start < end and span.end > start]
    bounds = {place for span in inside for place in span if start < place < end}
    for one, other in pairwise(sorted({start, end} | bounds)):
        yield Span(one, other), [s for s in inside if s.start <= one and other <= s.end]


def highlighted(quote: Quote, differing: Sequence[Span] = ()) -> str:
    """A quote's words, the answering ones in `<mark>`; all of them alike if all answer.

    differing: the words in `<mark class="differs">`, in article offsets.
    """
    parts = []
    for piece, over in pieces(quote.start, quote.end, [*quote.highlights, *differing]):
        words = escape(quote.text[piece.start - quote.start : piece.end - quote.start])
        lit, differs = _is_lit(piece, quote), any(span in differing for span in over)
        if differs:
            words = f'<mark class="{"lit " * lit}differs">{words}</mark>'
        elif lit:
            words = f"<mark>{words}</mark>"
        parts.append(words)
    return "".join(parts)


def article_text(article: Article, quotes: Sequence[Quote], chosen: int | None) -> str:
    """The article's text in elements for its blocks, with `quotes` marked.

    quotes: all of this article. chosen: the rank of the one that is marked stronger.
    """
    page = _Page(article.text, quotes, chosen)
    parts = []
    done = 0
    for block in article.blocks:
        line = max(done, article.text.rfind("\n", done, block.start) + 1)
        parts.append(page.between(Span(done, line)))
        parts.append(page.block(block, Span(line, block.start)))
        done = block.end
    parts.append(page.between(Span(done, len(article.text))))
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Page:
    """An article's text and what is marked in it."""

    text: str
    quotes: Sequence[Quote]
    chosen: int | None

    def block(self, block: Block, lead: Span) -> str:
        """The block's element. lead: what stands before it in its line, `- ` or `## `."""
        words = self.marked(Span(block.start, block.end))
        before = self.marked(lead)
        if block.kind == "heading":
            tag = f"h{min(max(block.level, 1) + 2, 6)}"
            return f'<{tag} dir="auto">{_wrapped("gap", before)}{words}</{tag}>'
        shape = _shape(self.text, block)
        return f'<div class="{shape}" dir="auto">{_wrapped("lead", before)}{words}</div>'

    def between(self, gap: Span) -> str:
        """What no block holds: blank lines, which the blocks' margins stand for, and rules."""
        words = self.text[gap.start : gap.end]
        if not words.strip():
            return _wrapped("gap", words)
        return f'<div class="rest" dir="auto">{self.marked(gap)}</div>'

    def marked(self, place: Span) -> str:
        near = [q for q in self.quotes if q.start < place.end and q.end > place.start]
        spans = [Span(quote.start, quote.end) for quote in near]
        spans += [span for quote in near for span in quote.highlights]
        return "".join(self.piece(one, near) for one, _ in pieces(place.start, place.end, spans))

    def piece(self, piece: Span, near: Sequence[Quote]) -> str:
        words = escape(self.text[piece.start : piece.end])
        over = [q for q in near if q.start <= piece.start and piece.end <= q.end]
        if not over:
            return words
        ranks = [quote.rank for quote in over]
        lit = any(_is_lit(piece, quote) for quote in over)
        classes = ["chosen"] * (self.chosen in ranks) + ["lit"] * lit
        named = f' class="{" ".join(classes)}"' if classes else ""
        return f'<mark{named} data-ranks="{" ".join(map(str, ranks))}">{words}</mark>'


def _is_lit(piece: Span, quote: Quote) -> bool:
    """Whether the piece answers more than the rest of the quote does."""
    return any(
        span.start <= piece.start and piece.end <= span.end
        for span in quote.highlights
        if span != (quote.start, quote.end)
    )


def _wrapped(name: str, words: str) -> str:
    return f'<span class="{name}">{words}</span>' if words else ""


def _shape(text: str, block: Block) -> str:
    if block.kind == "paragraph" and _flows(text[block.start : block.end]):
        return "paragraph flowing"
    return block.kind


def _flows(paragraph: str) -> bool:
    lines = paragraph.splitlines()
    return len(lines) > 1 and all(len(line) >= _FLOWING for line in lines[:-1])
