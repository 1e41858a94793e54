"""Results as JSON, in the keys and order that other programs rely on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quoth.cli.requests import Id
    from quoth.index import ArticleInfo
    from quoth.reading import Extract
    from quoth.records import Answer, Hit, Metadata, Quote

Json = dict[str, object]


def to_line(record: Json) -> str:
    """One line of JSON, text as it is; characters that end a line elsewhere are escaped."""
    line = json.dumps(record, ensure_ascii=False, allow_nan=False)
    return line.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085")


def answer_json(identity: Id, question: str, answer: Answer) -> Json:
    """What `ask --json` prints."""
    return {
        "id": identity,
        "question": question,
        "status": answer.status,
        "confidence": _rounded(answer.confidence),
        "quotes": [quote_json(quote) for quote in answer.quotes],
        "nearest": [quote_json(quote) for quote in answer.nearest],
        "elapsed_ms": round(float(answer.elapsed_ms), 1),
        **_understood(answer),
    }


def _understood(answer: Answer) -> Json:
    """What a follow-up was understood as; no keys for a question that stood alone."""
    names = ("understood", "only_source")
    return {name: value for name in names if (value := getattr(answer, name))}


def hits_json(identity: Id, question: str, hits: Sequence[Hit]) -> Json:
    """What `search --json` prints."""
    return {"id": identity, "question": question, "hits": [_hit_json(hit) for hit in hits]}


def extract_json(identity: Id, extract: Extract) -> Json:
    """What `extract --json` prints."""
    spans = [
        {"start": span.start, "end": span.end, "text": span.text, "score": _rounded(span.score)}
        for span in extract.spans
    ]
    return {"id": identity, "relevance": _rounded(extract.relevance), "spans": spans}


def articles_json(articles: Sequence[ArticleInfo]) -> Json:
    """What `list --json` prints."""
    return {
        "articles": [
            {
                "source": article.source,
                "title": article.title,
                "passages": article.passages,
                "characters": article.characters,
                **known_json(article.metadata),
            }
            for article in articles
        ]
    }


def quote_json(quote: Quote) -> Json:
    """A quote, as it stands in `quotes` and `nearest`."""
    return {
        "rank": quote.rank,
        "text": quote.text,
        "source": quote.source,
        "title": quote.title,
        "section": quote.section,
        "start": quote.start,
        "end": quote.end,
        "confidence": _rounded(quote.confidence),
        "highlights": [{"start": start, "end": end} for start, end in quote.highlights],
        "check": quote.check,
        **_metadata_json(quote),
    }


def _hit_json(hit: Hit) -> Json:
    return {
        "rank": hit.rank,
        "source": hit.source,
        "title": hit.title,
        "section": hit.section,
        "start": hit.start,
        "end": hit.end,
        "text": hit.text,
        "score": _rounded(hit.score),
        **_metadata_json(hit),
    }


def _metadata_json(found: Hit | Quote) -> Json:
    """What is known of the article, and the page; a key for each that is known, and no other."""
    return known_json(found.metadata) | ({"page": found.page} if found.page else {})


def known_json(metadata: Metadata) -> Json:
    """Author, date and address, as far as they are known."""
    names = ("author", "date", "address")
    return {name: value for name in names if (value := getattr(metadata, name))}


def _rounded(score: float) -> float:
    return round(float(score), 6)
