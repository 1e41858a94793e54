"""quoth inside LlamaIndex."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.base.llms.types import CompletionResponse
from llama_index.core.llms.mock import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
)
from pydantic import PrivateAttr
from small_indexes import QUESTIONS, build, write

from quoth import Index, Retriever
from quoth.adapters.llama_index import QuothQuotesRetriever, QuothRetriever
from quoth.errors import UsageError

QUESTION = "How many soldiers could Putin buy from Kim?"
QUOTE = "Putin could have “bought” from Kim some 10,000 to 30,000 soldiers."
NOWHERE = "Which vitamins are there in spinach?"


class Noting(MockLLM):
    """A language model that notes its prompts and says "noted"."""

    _prompts: list[str] = PrivateAttr(default_factory=list)

    def complete(self, prompt: str, formatted: bool = False, **more: Any) -> CompletionResponse:
        self._prompts.append(prompt)
        return CompletionResponse(text="noted")


@pytest.fixture(scope="module")
def real(seeds_index: Path) -> Index:
    """The index of the seeds, open."""
    return Index.open(seeds_index)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = tmp_path_factory.mktemp("small")
    return build(write(folder / "articles"), folder / "index")


def text_node(found: NodeWithScore) -> TextNode:
    assert isinstance(found.node, TextNode)
    return found.node


@given(question=st.sampled_from(QUESTIONS), k=st.integers(1, 9))
@settings(max_examples=15, deadline=None)
def test_each_nodes_offsets_are_its_words(small: Index, question: str, k: int) -> None:
    for found in QuothRetriever(small, similarity_top_k=k).retrieve(question):
        node = text_node(found)
        article = small.article(node.metadata["source"])
        assert article.text[node.start_char_idx : node.end_char_idx] == node.text
        assert (node.start_char_idx, node.end_char_idx) == (
            node.metadata["start"],
            node.metadata["end"],
        )


def test_nodes_are_the_hits_of_a_search(small: Index) -> None:
    hits = Retriever(small).search("drone wheat", 2, mode="dense", source="[dw]*")
    retriever = QuothRetriever(small, similarity_top_k=2, mode="dense", source="[dw]*")
    found = retriever.retrieve("drone wheat")
    assert [(text_node(one).text, one.score, one.metadata["rank"]) for one in found] == [
        (hit.text, hit.score, hit.rank) for hit in hits
    ]
    assert [one.node.source_node.node_id for one in found] == [hit.source for hit in hits]


def test_filters_in_its_own_terms_choose_the_articles(small: Index) -> None:
    filters = MetadataFilters(filters=[MetadataFilter(key="source", value="wheat.txt")])
    found = QuothRetriever(small, filters=filters).retrieve("drone")
    assert {one.metadata["source"] for one in found} == {"wheat.txt"}


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        (
            MetadataFilters(filters=[], condition=FilterCondition.OR),
            "quoth cannot filter by conditions joined with 'or': all must hold, 'and'",
        ),
        (
            MetadataFilters(
                filters=[
                    MetadataFilters(
                        filters=[
                            MetadataFilter(key="page", value=3, operator=FilterOperator.GT),
                        ]
                    )
                ]
            ),
            "quoth cannot filter by page > 3: choose from source ==, date >= and date <, "
            "all of which must hold",
        ),
    ],
)
def test_other_filters_are_refused(small: Index, filters: MetadataFilters, message: str) -> None:
    with pytest.raises(UsageError) as error:
        QuothRetriever(small, filters=filters)
    assert str(error.value) == message


def test_filters_beside_a_source_are_refused(small: Index) -> None:
    filters = MetadataFilters(filters=[])
    with pytest.raises(UsageError, match="give one or the other"):
        QuothRetriever(small, source="*.txt", filters=filters)


def test_it_is_asked_without_blocking(small: Index) -> None:
    retriever = QuothRetriever(small, similarity_top_k=1)
    assert asyncio.run(retriever.aretrieve("drone")) == retriever.retrieve("drone")


def test_passages_reach_the_language_model_with_their_source_alone(real: Index) -> None:
    model = Noting()
    retriever = QuothRetriever(real, similarity_top_k=2)
    response = RetrieverQueryEngine.from_args(retriever, llm=model).query(QUESTION)
    (prompt,) = model._prompts
    assert str(response) == "noted"
    assert all(text_node(one).text in prompt for one in response.source_nodes)
    assert "source: 002_25d210e1b67ffbeb.txt" in prompt
    assert "score:" not in prompt
    assert "start:" not in prompt


def test_quotes_reach_the_language_model_word_for_word(real: Index) -> None:
    model = Noting()
    engine = RetrieverQueryEngine.from_args(QuothQuotesRetriever(real, quotes=1), llm=model)
    response = engine.query(QUESTION)
    (prompt,) = model._prompts
    assert QUOTE in prompt
    assert "confidence:" not in prompt
    (found,) = response.source_nodes
    assert found.metadata["check"] == "verified"
    assert found.score == found.metadata["confidence"]


def test_where_the_articles_do_not_answer_no_language_model_is_asked(real: Index) -> None:
    model = Noting()
    engine = RetrieverQueryEngine.from_args(QuothQuotesRetriever(real), llm=model)
    assert str(asyncio.run(engine.aquery(NOWHERE))) == "Empty Response"
    assert model._prompts == []
