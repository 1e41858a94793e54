"""Small libraries whose similarities and word counts can be worked out on paper."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from fakes import WordEmbedder

from quoth.index import Index
from quoth.reading import FEATURES
from quoth.records import Hit, Passage, Span
from quoth.weights import Fitted, Logistic

_COSINE = Logistic(0.0, (1.0, *[0.0] * (len(FEATURES) - 1)))
BY_COSINE = Fitted(_COSINE, _COSINE, threshold=0.5, margin=0.7)
"""A sentence's score is its cosine with the question, and its confidence that taken as log-odds:
cosine 1 → 1 / (1 + 1/e) = 0.7311."""
FITTED = "quoth.reading.embedding_reader.EMBEDDING_READER"
"""Where `BY_COSINE` takes the place of the fitted weights."""


def corpus_index(folder: Path, texts: Mapping[str, str], vocabulary: Sequence[str]) -> Index:
    """An index of untitled articles, source → text."""
    corpus = folder / "corpus.jsonl"
    records = [{"_id": source, "title": "", "text": text} for source, text in texts.items()]
    corpus.write_text("".join(f"{json.dumps(record)}\n" for record in records), "utf-8")
    return Index.build([corpus], folder / "index", embedder=WordEmbedder(vocabulary))


def file_index(folder: Path, texts: Mapping[str, str], vocabulary: Sequence[str]) -> Index:
    """An index of article files in `folder / "articles"`, name → text."""
    articles = folder / "articles"
    articles.mkdir()
    for name, text in texts.items():
        (articles / name).write_text(text, "utf-8", newline="")
    return Index.build([articles], folder / "index", embedder=WordEmbedder(vocabulary))


def passage(
    *sentences: str,
    between: str = " ",
    headings: int = 0,
    boilerplate: bool = False,
    start: int = 0,
    source: str = "a",
) -> Passage:
    """A passage of these sentences, which begins at `start` of its article."""
    spans, place = [], start
    for sentence in sentences:
        spans.append(Span(place, place + len(sentence)))
        place += len(sentence) + len(between)
    text = between.join(sentences)
    return Passage(
        source, "", "", start, start + len(text), text, tuple(spans), headings, boilerplate
    )


def hit(found: Passage, *, rank: int = 1, score: float = 1.0) -> Hit:
    return Hit.of(found, rank=rank, score=score)


def is_whole(start: int, end: int, passages: Sequence[Passage]) -> bool:
    """Whether a quote is one to three whole adjacent sentences of a passage and short enough."""
    return any(_is_run(start, end, one) for one in passages)


def _is_run(start: int, end: int, found: Passage) -> bool:
    starts = [span.start for span in found.sentences]
    ends = [span.end for span in found.sentences]
    if start not in starts or end not in ends:
        return False
    first, last = starts.index(start), ends.index(end)
    if first == last:
        return True
    run = found.sentences[first : last + 1]
    gaps = [found.text[a.end - found.start : b.start - found.start] for a, b in pairwise(run)]
    in_paragraph = first >= found.headings and not any("\n" in gap for gap in gaps)
    return first < last <= first + 2 and end - start <= 500 and in_paragraph
