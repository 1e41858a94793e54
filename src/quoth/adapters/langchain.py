"""quoth for LangChain: a retriever of passages, and a Runnable that gives quotes.

    from quoth.adapters.langchain import QuothQuotes, QuothRetriever

    retriever = QuothRetriever(index="my-index", k=4)
    retriever.invoke("Who supplies drones?", source="*.pdf", after="2024")
    quotes = QuothQuotes(index="my-index")
    quotes.invoke("Who supplies drones?")["status"]              # "answered" or "abstained"

Both open the index on first use; `of` takes one that is open already. Their asynchronous methods
work in a thread, so that the event loop goes on.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, Self, TypedDict, Unpack

from quoth.adapters import metadata
from quoth.adapters.library import AskOptions, Library, SearchOptions, missing
from quoth.index import Index
from quoth.records import Answer, Mode, Quote, Status

try:
    from langchain_core.callbacks import (
        AsyncCallbackManagerForRetrieverRun,
        CallbackManagerForRetrieverRun,
    )
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.runnables import RunnableConfig, RunnableSerializable
    from langchain_core.runnables.config import run_in_executor
    from pydantic import BeforeValidator, PrivateAttr
except ModuleNotFoundError as error:
    raise missing("langchain") from error

Folder = Annotated[str | os.PathLike[str], BeforeValidator(os.fspath)]


class Quoted(TypedDict):
    """An answer. documents: its quotes, best first, none where the status is `abstained`.

    confidence: 0 to 1, the probability that the first quote is right. nearest: the best quotes
    there are, also when it abstains. understood: the question that was searched in place of a
    follow-up, "" where it stood alone.
    """

    question: str
    status: Status
    confidence: float
    documents: list[Document]
    nearest: list[Document]
    understood: str


class QuothRetriever(BaseRetriever):
    """Passages of the articles, best first, each with its place.

    index: the folder of an index. k, mode, source, after, before: as for `quoth.Retriever.search`;
    each can be given to `invoke` too, and `history`, the earlier questions of a conversation.
    A document's metadata holds source, title, section, start, end, score and rank, and author,
    date, address and page where they are known; `article.text[start:end] == page_content`.
    """

    index: Folder = "index"
    k: int = 10
    mode: Mode = "hybrid"
    source: str | None = None
    after: str | None = None
    before: str | None = None
    _library: Library = PrivateAttr()

    @classmethod
    def of(cls, index: Index, **fields: Any) -> Self:
        """The same over an index that is open already."""
        made = cls(index=index.location.address, **fields)
        made._library = Library(index)
        return made

    def model_post_init(self, context: Any, /) -> None:
        """Opens nothing yet."""
        super().model_post_init(context)
        self._library = Library(self.index)

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        **options: Unpack[SearchOptions],
    ) -> list[Document]:
        own = SearchOptions(
            k=self.k, mode=self.mode, source=self.source, after=self.after, before=self.before
        )
        hits = self._library.search(query, own | options)
        return [
            Document(hit.text, id=metadata.identity(hit), metadata=metadata.of_hit(hit))
            for hit in hits
        ]

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,
        **options: Unpack[SearchOptions],
    ) -> list[Document]:
        search = partial(self._get_relevant_documents, run_manager=run_manager.get_sync())
        return await run_in_executor(None, search, query, **options)


class QuothQuotes(RunnableSerializable[str, Quoted]):
    """Quotes that answer a question, or that the articles do not answer it: `Quoted`.

    index: the folder of an index. quotes: how many at most. reader, threshold: as for
    `quoth.Answerer`. source, after, before, quotes and `history` can be given to `invoke` too.
    A document's metadata is as the retriever's, with confidence, highlights and check in place of
    the score.
    """

    index: Folder = "index"
    quotes: int = 3
    source: str | None = None
    after: str | None = None
    before: str | None = None
    reader: str | None = None
    threshold: float | None = None
    _library: Library = PrivateAttr()

    @classmethod
    def of(cls, index: Index, **fields: Any) -> Self:
        """The same over an index that is open already."""
        made = cls(index=index.location.address, **fields)
        made._library = Library(index, reader=made.reader, threshold=made.threshold)
        return made

    def model_post_init(self, context: Any, /) -> None:
        """Opens nothing yet."""
        super().model_post_init(context)
        self._library = Library(self.index, reader=self.reader, threshold=self.threshold)

    def invoke(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> Quoted:
        """What the articles say to the question `input`; `ainvoke` does so in a thread.

        kwargs: quotes, source, after, before, history, in place of what it was made with.
        """
        return self._call_with_config(
            partial(self._asked, **kwargs), input, config, run_type="chain"
        )

    def _asked(self, question: str, **options: Unpack[AskOptions]) -> Quoted:
        own = AskOptions(
            quotes=self.quotes, source=self.source, after=self.after, before=self.before
        )
        return _quoted(self._library.ask(question, own | options))


def _quoted(answer: Answer) -> Quoted:
    return Quoted(
        question=answer.question,
        status=answer.status,
        confidence=answer.confidence,
        documents=_documents(answer.quotes),
        nearest=_documents(answer.nearest),
        understood=answer.understood,
    )


def _documents(quotes: Sequence[Quote]) -> list[Document]:
    return [
        Document(quote.text, id=metadata.identity(quote), metadata=metadata.of_quote(quote))
        for quote in quotes
    ]
