"""quoth inside LangChain: its standard tests, and what is ours."""

from __future__ import annotations

import asyncio
import pickle
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from langchain_tests.integration_tests import RetrieversIntegrationTests
from small_indexes import QUESTIONS, build, write

from quoth import Answerer, Index, Retriever
from quoth.adapters.langchain import QuothQuotes, QuothRetriever
from quoth.errors import UsageError

QUESTION = "How many soldiers could Putin buy from Kim?"
NOWHERE = "Which vitamins are there in spinach?"

# Told apart from the others by pytest-asyncio, which is not asked to look at all tests.
pytest.mark.asyncio(RetrieversIntegrationTests.test_ainvoke_returns_documents)


class TestStandard(RetrieversIntegrationTests):
    """LangChain's own tests of any retriever."""

    @pytest.fixture(autouse=True)
    def _of_the_seeds(self, seeds_index: Path) -> None:
        self.folder = seeds_index

    @property
    def retriever_constructor(self) -> type[QuothRetriever]:
        return QuothRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"index": self.folder}

    @property
    def retriever_query_example(self) -> str:
        return "Who supplies drones?"


@pytest.fixture(scope="module")
def real(seeds_index: Path) -> Index:
    """The index of the seeds, open."""
    return Index.open(seeds_index)


@pytest.fixture(scope="module")
def quotes(real: Index) -> QuothQuotes:
    return QuothQuotes.of(real)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = tmp_path_factory.mktemp("small")
    return build(write(folder / "articles"), folder / "index")


@given(
    question=st.sampled_from(QUESTIONS),
    k=st.integers(1, 9),
    mode=st.sampled_from(["hybrid", "dense", "lexical"]),
)
@settings(max_examples=25, deadline=None)
def test_each_documents_offsets_are_its_words(
    small: Index, question: str, k: int, mode: str
) -> None:
    for document in QuothRetriever.of(small).invoke(question, k=k, mode=mode):
        about = document.metadata
        text = small.article(about["source"]).text
        assert text[about["start"] : about["end"]] == document.page_content


def test_documents_are_the_hits_of_a_search(small: Index) -> None:
    hits = Retriever(small).search("drone wheat", 2, mode="dense", source="[dw]*")
    found = QuothRetriever.of(small, k=2, mode="dense", source="[dw]*").invoke("drone wheat")
    assert found == [
        Document(
            hit.text,
            id=f"{hit.source}:{hit.start}-{hit.end}",
            metadata={
                "source": hit.source,
                "title": hit.title,
                "section": hit.section,
                "start": hit.start,
                "end": hit.end,
                "score": hit.score,
                "rank": hit.rank,
            },
        )
        for hit in hits
    ]


def test_what_is_given_to_invoke_goes_before_what_it_was_made_with(small: Index) -> None:
    retriever = QuothRetriever.of(small, k=1, source="ferries.txt")
    sources = [one.metadata["source"] for one in retriever.invoke("drone", k=9, source=None)]
    assert sorted(set(sources)) == ["drones.txt", "ferries.txt", "wheat.txt"]


def test_what_came_before_is_understood(small: Index) -> None:
    retriever = QuothRetriever.of(small, k=1)
    asked = retriever.invoke("and for wheat?", history=["Where is the drone?"])
    hits = Retriever(small).search("and for wheat?", 1, history=["Where is the drone?"])
    assert [one.page_content for one in asked] == [hit.text for hit in hits]


def test_an_unknown_option_is_told(small: Index) -> None:
    with pytest.raises(UsageError, match="unknown option 'top'"):
        QuothRetriever.of(small).invoke("drone", top=3)


def test_the_event_loop_goes_on_meanwhile(small: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search waits for something that only the loop does."""
    gone_on = threading.Event()
    search = Retriever.search

    def waiting(*arguments: Any, **options: Any) -> Any:
        assert gone_on.wait(10)
        return search(*arguments, **options)

    monkeypatch.setattr(Retriever, "search", waiting)

    async def both() -> list[Document]:
        asyncio.get_running_loop().call_soon(gone_on.set)
        return await QuothRetriever.of(small).ainvoke("drone", k=1)

    assert len(asyncio.run(both())) == 1


def test_a_batch_is_answered_in_order(small: Index) -> None:
    retriever = QuothRetriever.of(small, k=1)
    assert retriever.batch(list(QUESTIONS)) == [retriever.invoke(one) for one in QUESTIONS]


def test_it_is_made_again_from_its_fields(small: Index) -> None:
    retriever = QuothRetriever(index=small.path, k=3, mode="lexical", after="2024")
    assert QuothRetriever(**retriever.model_dump()).model_dump() == retriever.model_dump()
    assert pickle.loads(pickle.dumps(retriever)).model_dump() == retriever.model_dump()


def test_quotes_are_the_answers(real: Index, quotes: QuothQuotes) -> None:
    found = quotes.invoke(QUESTION, quotes=1)
    answer = Answerer(real).ask(QUESTION, quotes=1)
    document, quote = found["documents"][0], answer.quotes[0]
    assert (found["question"], found["status"]) == (QUESTION, "answered")
    assert (found["confidence"], found["understood"]) == (answer.confidence, "")
    assert len(found["documents"]) == 1
    assert document.page_content == quote.text
    assert document.metadata["confidence"] == quote.confidence
    assert document.metadata["highlights"] == [list(span) for span in quote.highlights]
    assert document.metadata["check"] == "verified"


def test_each_quotes_offsets_are_its_words(real: Index, quotes: QuothQuotes) -> None:
    for document in quotes.invoke(QUESTION)["nearest"]:
        about = document.metadata
        text = real.article(about["source"]).text
        assert text[about["start"] : about["end"]] == document.page_content
        assert all(about["start"] <= s < e <= about["end"] for s, e in about["highlights"])


def test_an_abstention_has_no_documents_and_shows_what_came_nearest(quotes: QuothQuotes) -> None:
    found = quotes.invoke(NOWHERE)
    assert (found["status"], found["documents"]) == ("abstained", [])
    assert found["nearest"]


def test_quotes_reach_a_prompt(quotes: QuothQuotes) -> None:
    prompt = ChatPromptTemplate.from_template("Quotes: {quotes}")
    chain = (
        quotes
        | RunnableLambda(lambda one: {"quotes": [two.page_content for two in one["documents"]]})
        | prompt
    )
    assert "10,000 to 30,000 soldiers" in str(chain.invoke(QUESTION).to_messages()[0].content)


def test_quotes_are_traced_and_asked_without_blocking(quotes: QuothQuotes) -> None:
    class Noting(BaseCallbackHandler):
        def __init__(self) -> None:
            self.told: list[object] = []

        def on_chain_start(self, serialized: Any, inputs: Any, **more: Any) -> None:
            self.told.append((more["name"], inputs))

    noting = Noting()
    found = asyncio.run(quotes.ainvoke(QUESTION, {"callbacks": [noting]}, quotes=1))
    assert found == quotes.invoke(QUESTION, quotes=1)
    assert noting.told == [("QuothQuotes", QUESTION)]
