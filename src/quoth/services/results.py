"""The JSON Schema of what each operation gives: the keys that `--json` prints, told one by one."""

from __future__ import annotations

from typing import Any

from quoth.services.arguments import Schema


def _text(tells: str = "", **more: Any) -> Schema:
    return {"type": "string", **({"description": tells} if tells else {}), **more}


def _whole(tells: str, low: int = 0) -> Schema:
    return {"type": "integer", "minimum": low, "description": tells}


def _probability(tells: str) -> Schema:
    return {"type": "number", "minimum": 0, "maximum": 1, "description": tells}


def _listed(item: Schema, tells: str) -> Schema:
    return {"type": "array", "items": item, "description": tells}


def _object(keys: dict[str, Schema], known: dict[str, Schema] | None = None) -> Schema:
    """keys: always there. known: there where they are known."""
    return {
        "type": "object",
        "properties": keys | (known or {}),
        "required": list(keys),
        "additionalProperties": False,
    }


_ID: Schema = {"type": "null", "description": "Always null: the batches of `quoth` number theirs."}
_SOURCE = _text("Which article: its file name, or its record's _id.")
_START = _whole("Where it begins in the article, in Unicode code points.")
_END = _whole("Where it ends: article[start:end] is the text.")
_PLACE = {
    "source": _SOURCE,
    "title": _text(),
    "section": _text("The heading it stands under; may be empty."),
    "start": _START,
    "end": _END,
}
_KNOWN = {
    "author": _text(),
    "date": _text("When it was published, ISO 8601: a day, a month or a year."),
    "address": _text("Where it was published."),
}
_PAGE = {"page": _whole("The page on which it begins, from 1.", 1)}
_SPAN = _object({"start": _START, "end": _END})

_QUOTE = _object(
    {
        "rank": _whole("From 1, the best first.", 1),
        "text": _text("The article's own words, character for character."),
        **_PLACE,
        "confidence": _probability("How sure it is that this quote answers the question."),
        "highlights": _listed(_SPAN, "The answering words, in offsets of the article."),
        "check": _text(
            "Whether the article's file still says what is stored.", enum=["verified", "changed"]
        ),
    },
    _KNOWN | _PAGE,
)
_HIT = _object(
    {
        "rank": _whole("From 1, the best first.", 1),
        **_PLACE,
        "text": _text("The passage, character for character."),
        "score": {"type": "number", "description": "Higher is better, for this question alone."},
    },
    _KNOWN | _PAGE,
)
_DIFFERENCE = _object(
    {
        "kind": _text("What differs.", enum=["number", "date", "name", "negation"]),
        "start": _START,
        "end": _END,
        "text": _text("The words of this source's quote."),
        "other": _text("The source that says otherwise."),
        "words": _text("What stands there instead; empty for a negation that it has not."),
    }
)
_VOICE = _object(
    {
        "source": _SOURCE,
        "title": _text(),
        "quote": {"anyOf": [_QUOTE, {"type": "null"}], "description": "null: it says nothing."},
        "differences": _listed(_DIFFERENCE, "Where it does not go with another source."),
    },
    _KNOWN,
)

HITS = _object(
    {
        "id": _ID,
        "question": _text("As it was asked."),
        "hits": _listed(_HIT, "Passages, the best first."),
    }
)
ANSWER = _object(
    {
        "id": _ID,
        "question": _text("As it was asked."),
        "status": _text(
            "abstained: the articles do not answer, and nothing may be put in place of an answer.",
            enum=["answered", "abstained"],
        ),
        "confidence": _probability("That the articles answer it and the first quote is right."),
        "quotes": _listed(_QUOTE, "The answer, the best quote first; empty when it abstains."),
        "nearest": _listed(
            _QUOTE, "What came nearest, also when it abstains: not answers, unless among `quotes`."
        ),
        "elapsed_ms": {"type": "number", "minimum": 0},
    },
    {
        "understood": _text("The question that was searched in place of a follow-up."),
        "only_source": _text("The source that a follow-up named."),
        "by_source": _listed(_VOICE, "What each source says, where `compare` asked for it."),
    },
)
ARTICLE = _object(
    {
        "source": _SOURCE,
        "title": _text(),
        "text": _text("The page: article[start:end]."),
        "start": _START,
        "end": _END,
        "characters": _whole("Length of the whole article in Unicode code points."),
        "next_offset": {
            "type": ["integer", "null"],
            "description": "The `offset` of the next page; null at the article's end.",
        },
    },
    _KNOWN,
)
ARTICLES = _object(
    {
        "articles": _listed(
            _object(
                {
                    "source": _SOURCE,
                    "title": _text(),
                    "passages": _whole("How many passages it was cut into."),
                    "characters": _whole("Its length in Unicode code points."),
                },
                _KNOWN,
            ),
            "In order of source.",
        ),
        "total": _whole("How many articles there are, of those that `containing` leaves."),
        "next_skip": {
            "type": ["integer", "null"],
            "description": "The `skip` of the next page; null on the last.",
        },
    }
)
