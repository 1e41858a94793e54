"""Pure functions from a text with spans in it to HTML in which these are marked.

Nothing is added to the text, taken from it or moved: the text content of what comes back is
`text[start:end]`, code point for code point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from quoth.records import Article, Block, Quote, Span
from quoth.showing import is_lit, pieces

_FLOWING = 40
"""Lines at least this long, all but the last, are prose that an editor wrapped."""


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
        lit = any(is_lit(piece, quote) for quote in over)
        classes = ["chosen"] * (self.chosen in ranks) + ["lit"] * lit
        named = f' class="{" ".join(classes)}"' if classes else ""
        return f'<mark{named} data-ranks="{" ".join(map(str, ranks))}">{words}</mark>'


def _wrapped(name: str, words: str) -> str:
    return f'<span class="{name}">{words}</span>' if words else ""


def _shape(text: str, block: Block) -> str:
    if block.kind == "paragraph" and _flows(text[block.start : block.end]):
        return "paragraph flowing"
    return block.kind


def _flows(paragraph: str) -> bool:
    lines = paragraph.splitlines()
    return len(lines) > 1 and all(len(line) >= _FLOWING for line in lines[:-1])
