"""quoth: answers to questions in the articles' own words.

    import quoth
    index = quoth.Index.build(["seeds"], "index")      # or quoth.Index.open("index")
    hits = quoth.Retriever(index).search("Who supplies drones?", k=5)
    answer = quoth.Answerer(index).ask("Who supplies drones?")

Names are loaded on first use, so that `import quoth` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from quoth.offline import set_offline

if TYPE_CHECKING:
    from quoth.answering import Answerer
    from quoth.embedding import load_embedder
    from quoth.errors import QuothError
    from quoth.index import ArticleInfo, Changes, Index
    from quoth.notebook import cards
    from quoth.phrasing import Phraser
    from quoth.reading import EmbeddingReader, Extract, Reader, ScoredSpan, load_reader
    from quoth.records import (
        Answer,
        Article,
        Difference,
        Hit,
        Passage,
        PhrasedSentence,
        Phrasing,
        Quote,
        Span,
        Turn,
        Voice,
    )
    from quoth.retrieval import Retriever
    from quoth.timing import timings

__version__ = "0.1.0"
__all__ = [
    "Answer",
    "Answerer",
    "Article",
    "ArticleInfo",
    "Changes",
    "Difference",
    "EmbeddingReader",
    "Extract",
    "Hit",
    "Index",
    "Passage",
    "PhrasedSentence",
    "Phraser",
    "Phrasing",
    "Quote",
    "QuothError",
    "Reader",
    "Retriever",
    "ScoredSpan",
    "Span",
    "Turn",
    "Voice",
    "cards",
    "load_embedder",
    "load_reader",
    "timings",
]

_HOMES = {
    "Answerer": "answering",
    "load_embedder": "embedding",
    "QuothError": "errors",
    "ArticleInfo": "index",
    "Changes": "index",
    "Index": "index",
    "cards": "notebook",
    "Phraser": "phrasing",
    "EmbeddingReader": "reading",
    "Extract": "reading",
    "Reader": "reading",
    "load_reader": "reading",
    "ScoredSpan": "reading",
    "Answer": "records",
    "Article": "records",
    "Hit": "records",
    "Difference": "records",
    "Passage": "records",
    "PhrasedSentence": "records",
    "Phrasing": "records",
    "Quote": "records",
    "Span": "records",
    "Turn": "records",
    "Voice": "records",
    "Retriever": "retrieval",
    "timings": "timing",
}

set_offline()


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'quoth' has no attribute {name!r}")
    return getattr(import_module(f"quoth.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
