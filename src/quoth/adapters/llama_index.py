"""quoth for LlamaIndex: retrievers of passages and of quotes, as nodes.

    from quoth.adapters.llama_index import QuothRetriever

    retriever = QuothRetriever("my-index", similarity_top_k=4)
    engine = RetrieverQueryEngine.from_args(retriever, llm=llm)

Both open the index on first use. Their asynchronous methods work in a thread, so that the event
loop goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from quoth.adapters import metadata
from quoth.adapters.conditions import Condition, chosen, kept_to
from quoth.adapters.library import AskOptions, Chosen, Library, SearchOptions, missing
from quoth.errors import UsageError
from quoth.index import Index
from quoth.records import Hit, Mode, PathLike, Quote

try:
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.schema import (
        NodeRelationship,
        NodeWithScore,
        QueryBundle,
        RelatedNodeInfo,
        TextNode,
    )
    from llama_index.core.vector_stores.types import FilterCondition, MetadataFilters
except ModuleNotFoundError as error:
    raise missing("llama-index") from error


class _OverLibrary(BaseRetriever):
    """What both retrievers share: the library, what is chosen of it, and the thread."""

    def __init__(self, library: Library, chosen_articles: Chosen, **more: Any) -> None:
        super().__init__(**more)
        self._library, self._chosen = library, chosen_articles

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


class QuothRetriever(_OverLibrary):
    """Passages of the articles, best first, each with its place.

    A node's metadata holds source, title, section, start, end, score and rank, and author, date,
    address and page where they are known; `article.text[start:end] == node.text`. A language model
    is shown only those that tell it something: source, title, section, author, date, address, page.
    """

    def __init__(
        self,
        index: PathLike | Index,
        *,
        similarity_top_k: int = 10,
        mode: Mode = "hybrid",
        source: str | None = None,
        after: str | None = None,
        before: str | None = None,
        filters: MetadataFilters | None = None,
        **more: Any,
    ) -> None:
        """index: the folder of one, or an open one. mode, source, after, before: as for
        `quoth.Retriever.search`. filters: the same in LlamaIndex's terms: `source ==`, `date >=`
        and `date <`, all of which hold. more: as for any retriever.
        Raises UsageError for other filters.
        """
        super().__init__(Library(index), _chosen_by(source, after, before, filters), **more)
        self._k, self._mode = similarity_top_k, mode

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        options = SearchOptions(k=self._k, mode=self._mode, **self._chosen)
        hits = self._library.search(query_bundle.query_str, options)
        return [
            NodeWithScore(node=_node(hit, metadata.of_hit(hit)), score=hit.score) for hit in hits
        ]


class QuothQuotesRetriever(_OverLibrary):
    """Quotes that answer, best first; none where the articles do not answer.

    A query engine over it then says `Empty Response` and asks no language model. A node's score is
    the quote's confidence; its metadata is as the other's, with confidence, highlights and check.
    """

    def __init__(
        self,
        index: PathLike | Index,
        *,
        quotes: int = 3,
        reader: str | None = None,
        threshold: float | None = None,
        source: str | None = None,
        after: str | None = None,
        before: str | None = None,
        filters: MetadataFilters | None = None,
        **more: Any,
    ) -> None:
        """quotes: how many at most. reader, threshold: as for `quoth.Answerer`. The others: as for
        `QuothRetriever`."""
        library = Library(index, reader=reader, threshold=threshold)
        super().__init__(library, _chosen_by(source, after, before, filters), **more)
        self._quotes = quotes

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        options = AskOptions(quotes=self._quotes, **self._chosen)
        answer = self._library.ask(query_bundle.query_str, options)
        return [
            NodeWithScore(node=_node(quote, metadata.of_quote(quote)), score=quote.confidence)
            for quote in answer.quotes
        ]


def _node(found: Hit | Quote, about: dict[str, metadata.Value]) -> TextNode:
    return TextNode(
        id_=metadata.identity(found),
        text=found.text,
        metadata=about,
        start_char_idx=found.start,
        end_char_idx=found.end,
        excluded_llm_metadata_keys=list(metadata.PLACES),
        excluded_embed_metadata_keys=list(metadata.PLACES),
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=found.source)},
    )


def _chosen_by(
    source: str | None, after: str | None, before: str | None, filters: MetadataFilters | None
) -> Chosen:
    named = kept_to({"source": source, "after": after, "before": before})
    if filters is None:
        return named
    if any(named.values()):
        raise UsageError("filters are given beside source, after or before: give one or the other")
    return chosen(_conditions(filters))


def _conditions(filters: MetadataFilters) -> Iterator[Condition]:
    if filters.condition not in (FilterCondition.AND, None):
        raise UsageError(
            f"quoth cannot filter by conditions joined with {filters.condition.value!r}: "
            "all must hold, 'and'"
        )
    for one in filters.filters:
        if isinstance(one, MetadataFilters):
            yield from _conditions(one)
        else:
            yield Condition(one.key, one.operator.value, one.value)
