"""Article → passages along its sections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from quoth.blocks import plain_blocks
from quoth.passages.boilerplate import boilerplate_marks
from quoth.passages.context import LIMIT, context, flat_slice
from quoth.passages.packing import Packing, balanced, repeated
from quoth.passages.pieces import CountTokens, Piece, fitting, quotable_spans
from quoth.records import Article, Block, Passage, Span

TARGET = 160
OVERLAP = 1
SECTION_SEPARATOR = " › "
_MOST_HEADINGS = 8


def cut(
    article: Article,
    *,
    count_tokens: CountTokens,
    limit: int = LIMIT,
    target: int = TARGET,
    overlap: int = OVERLAP,
) -> list[Passage]:
    """The passages of `article`, in order; together they cover every block.

    limit: tokens that `embedding_text(passage, limit=limit)` may have. Held as long as a text
        has no more tokens than its sentences have together.
    target: tokens that a passage's own text should have.
    overlap: sentences that a passage repeats from the one before it in its section.
    """
    sections = list(_sections(article))
    contexts = [context(article.title, section.path, limit) for section in sections]
    spans = [quotable_spans(article.text, section.body) for section in sections]
    slices = [flat_slice(article.text, span) for part in spans for span, _ in part]
    counts = count_tokens([*contexts, *slices]) if contexts else []
    sizes = iter(counts[len(contexts) :])
    passages: list[Passage] = []
    for section, part, used in zip(sections, spans, counts, strict=False):
        room = max(limit - used, 1)
        pieces = [Piece(span, next(sizes), closes) for span, closes in part]
        pieces = fitting(article.text, pieces, room, count_tokens)
        passages += _packed(article, section, pieces, Packing(room, min(target, room), overlap))
    return passages


@dataclass(frozen=True, slots=True)
class _Section:
    """Headings and the blocks below them, all of them boilerplate or none."""

    headings: tuple[Block, ...]
    body: tuple[Block, ...]
    path: str
    boilerplate: bool


def _sections(article: Article) -> Iterator[_Section]:
    blocks = article.blocks or plain_blocks(article.text)
    marks = boilerplate_marks(article.text, blocks)
    above: list[Block] = []
    body: list[Block] = []
    now = _Section((), (), "", False)
    for block, mark in zip(blocks, marks, strict=True):
        is_heading = block.kind == "heading"
        ends = is_heading or mark != now.boilerplate
        if ends if body else len(now.headings) >= _MOST_HEADINGS:
            yield replace(now, body=tuple(body))
            now, body = replace(now, headings=()), []
        if is_heading:
            above = [*(one for one in above if one.level < block.level), block]
            now = _Section((*now.headings, block), (), _path(article, above), mark)
        else:
            now = replace(now, boilerplate=mark)
            body.append(block)
    if now.headings or body:
        yield replace(now, body=tuple(body))


def _path(article: Article, above: Sequence[Block]) -> str:
    """The headings above, outermost first, without the article's title."""
    names = [flat_slice(article.text, Span(one.start, one.end)) for one in above]
    if names and _letters(names[0]) == _letters(article.title):
        names = names[1:]
    return SECTION_SEPARATOR.join(names)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _packed(
    article: Article, section: _Section, pieces: Sequence[Piece], packing: Packing
) -> Iterator[Passage]:
    """The section's passages: its headings stand at the start of the first."""
    headings = [Span(one.start, one.end) for one in section.headings]
    if not pieces:
        yield _passage(article, section, headings, len(headings))
    before = (0, 0)
    for bounds in balanced(pieces, packing):
        again = repeated(pieces, bounds, before, packing)
        spans = [piece.span for piece in pieces[bounds[0] - again : bounds[1]]]
        yield _passage(article, section, headings + spans, len(headings))
        headings, before = [], bounds


def _passage(article: Article, section: _Section, spans: Sequence[Span], headings: int) -> Passage:
    start, end = spans[0].start, spans[-1].end
    text = article.text[start:end]
    return Passage(
        article.source,
        article.title,
        section.path,
        start,
        end,
        text,
        tuple(spans),
        headings,
        section.boilerplate,
    )
