"""quoth for Haystack: components that give passages and quotes as documents.

    from quoth.adapters.haystack import QuothQuotes, QuothRetriever

    pipeline = Pipeline()
    pipeline.add_component("retriever", QuothRetriever("my-index", top_k=4))
    pipeline.run({"retriever": {"query": "Who supplies drones?"}})

A pipeline that holds them is written to YAML as any other; to load it, name the module:
`Pipeline.loads(text, allowed_modules=["quoth"])`. The index is opened by `warm_up`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quoth.adapters import metadata
from quoth.adapters.conditions import Condition, chosen, kept_to
from quoth.adapters.library import AskOptions, Chosen, Library, SearchOptions, missing
from quoth.errors import UsageError
from quoth.index import Index
from quoth.records import Mode, PathLike, Quote

try:
    from haystack import Document, component, default_from_dict, default_to_dict
except ModuleNotFoundError as error:
    raise missing("haystack") from error

Filters = dict[str, Any]
"""Haystack's, made of `meta.source ==`, `meta.date >=` and `meta.date <`, all of which hold; or
`{"source": "*.pdf", "after": "2024", "before": "2025-03"}`, as for `quoth.Retriever.search`."""
_OWN = {"source", "after", "before"}


@component
class QuothRetriever:
    """Passages of the articles, best first, each with its place.

    A document's meta holds source, title, section, start, end, score and rank, and author, date,
    address and page where they are known; `article.text[start:end] == document.content`.
    """

    def __init__(
        self,
        index: PathLike | Index,
        top_k: int = 10,
        mode: Mode = "hybrid",
        filters: Filters | None = None,
    ) -> None:
        """index: the folder of one, or an open one. mode: as for `quoth.Retriever.search`."""
        self._library = Library(index)
        self.index, self.top_k = self._library.address, top_k
        self.mode, self.filters = mode, filters

    def to_dict(self) -> dict[str, Any]:
        """What a pipeline is written with; of an open index its folder."""
        return default_to_dict(
            self, index=self.index, top_k=self.top_k, mode=self.mode, filters=self.filters
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> QuothRetriever:
        """The component that `to_dict` told of."""
        return default_from_dict(cls, data)

    def warm_up(self) -> None:
        """Open the index and load its model."""
        _ = self._library.retriever

    async def warm_up_async(self) -> None:
        """As `warm_up`, in a thread."""
        await asyncio.to_thread(self.warm_up)

    @component.output_types(documents=list[Document])
    def run(
        self, query: str, filters: Filters | None = None, top_k: int | None = None
    ) -> dict[str, Any]:
        """documents: the passages. filters, top_k: in place of those it was made with."""
        options = SearchOptions(
            k=self.top_k if top_k is None else top_k,
            mode=self.mode,
            **_kept_to(self.filters if filters is None else filters),
        )
        hits = self._library.search(query, options)
        return {
            "documents": [
                Document(
                    id=metadata.identity(hit),
                    content=hit.text,
                    meta=metadata.of_hit(hit),
                    score=hit.score,
                )
                for hit in hits
            ]
        }

    @component.output_types(documents=list[Document])
    async def run_async(
        self, query: str, filters: Filters | None = None, top_k: int | None = None
    ) -> dict[str, Any]:
        """As `run`, in a thread."""
        return await asyncio.to_thread(self.run, query, filters, top_k)


@component
class QuothQuotes:
    """Quotes that answer a question, or that the articles do not answer it.

    A document's meta is as the retriever's, with confidence, highlights and check; its score is
    the confidence. Route by `status`, "answered" or "abstained".
    """

    def __init__(
        self,
        index: PathLike | Index,
        quotes: int = 3,
        filters: Filters | None = None,
        reader: str | None = None,
        threshold: float | None = None,
    ) -> None:
        """index: the folder of one, or an open one. quotes: how many at most. reader, threshold:
        as for `quoth.Answerer`."""
        self._library = Library(index, reader=reader, threshold=threshold)
        self.index, self.quotes, self.filters = self._library.address, quotes, filters
        self.reader, self.threshold = reader, threshold

    def to_dict(self) -> dict[str, Any]:
        """What a pipeline is written with; of an open index its folder."""
        return default_to_dict(
            self, index=self.index, quotes=self.quotes, filters=self.filters, reader=self.reader,
            threshold=self.threshold,
        )  # fmt: skip

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> QuothQuotes:
        """The component that `to_dict` told of."""
        return default_from_dict(cls, data)

    def warm_up(self) -> None:
        """Open the index and load its models."""
        _ = self._library.answerer

    async def warm_up_async(self) -> None:
        """As `warm_up`, in a thread."""
        await asyncio.to_thread(self.warm_up)

    @component.output_types(
        documents=list[Document], nearest=list[Document], status=str, confidence=float
    )
    def run(
        self, query: str, filters: Filters | None = None, quotes: int | None = None
    ) -> dict[str, Any]:
        """documents: the quotes, best first, none where the status is "abstained".

        confidence: 0 to 1, the probability that the first quote is right. nearest: the best quotes
        there are, also when it abstains. filters, quotes: in place of those it was made with.
        """
        options = AskOptions(
            quotes=self.quotes if quotes is None else quotes,
            **_kept_to(self.filters if filters is None else filters),
        )
        answer = self._library.ask(query, options)
        return {
            "documents": _documents(answer.quotes),
            "nearest": _documents(answer.nearest),
            "status": answer.status,
            "confidence": answer.confidence,
        }

    @component.output_types(
        documents=list[Document], nearest=list[Document], status=str, confidence=float
    )
    async def run_async(
        self, query: str, filters: Filters | None = None, quotes: int | None = None
    ) -> dict[str, Any]:
        """As `run`, in a thread."""
        return await asyncio.to_thread(self.run, query, filters, quotes)


def _documents(quotes: Sequence[Quote]) -> list[Document]:
    return [
        Document(
            id=metadata.identity(quote),
            content=quote.text,
            meta=metadata.of_quote(quote),
            score=quote.confidence,
        )
        for quote in quotes
    ]


def _kept_to(filters: Filters | None) -> Chosen:
    given = filters or {}
    return kept_to(given) if given.keys() <= _OWN else chosen(_conditions(given))


def _conditions(filters: Mapping[str, Any]) -> Iterator[Condition]:
    if "field" in filters:
        yield Condition(filters["field"], filters.get("operator", "=="), filters.get("value"))
    elif filters.get("operator") == "AND":
        for one in filters.get("conditions", []):
            yield from _conditions(one)
    else:
        raise UsageError(
            f"quoth cannot filter by {filters!r}: give conditions joined with 'AND', or any of "
            "source, after and before"
        )
