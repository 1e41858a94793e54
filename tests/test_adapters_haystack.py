"""quoth inside Haystack: pipelines that run, are written to YAML and loaded again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # read when haystack is imported

import pytest
from haystack import Document, Pipeline
from haystack.components.builders import PromptBuilder
from hypothesis import given, settings
from hypothesis import strategies as st
from small_indexes import QUESTIONS, build, write

from quoth import Index, Retriever
from quoth.adapters.haystack import QuothQuotes, QuothRetriever
from quoth.errors import IndexMissingError, UsageError

QUESTION = "How many soldiers could Putin buy from Kim?"
QUOTE = "Putin could have “bought” from Kim some 10,000 to 30,000 soldiers."
NOWHERE = "Which vitamins are there in spinach?"
PROMPT = "{% for one in documents %}{{ one.meta.source }}: {{ one.content }}{% endfor %}"


@pytest.fixture(scope="module")
def real(seeds_index: Path) -> Index:
    """The index of the seeds, open."""
    return Index.open(seeds_index)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("small")
    with build(write(folder / "articles"), folder / "index") as index:
        yield index


def a_pipeline(retriever: QuothRetriever | QuothQuotes) -> Pipeline:
    """Whatever it finds goes to a prompt."""
    pipeline = Pipeline()
    pipeline.add_component("finding", retriever)
    pipeline.add_component("prompt", PromptBuilder(PROMPT, required_variables="*"))
    pipeline.connect("finding.documents", "prompt.documents")
    return pipeline


def found(retriever: QuothRetriever, query: str, **more: Any) -> list[Document]:
    documents: list[Document] = retriever.run(query, **more)["documents"]
    return documents


@given(question=st.sampled_from(QUESTIONS), k=st.integers(1, 9))
@settings(max_examples=15, deadline=None)
def test_each_documents_offsets_are_its_words(small: Index, question: str, k: int) -> None:
    for one in found(QuothRetriever(small), question, top_k=k):
        article = small.article(one.meta["source"])
        assert article.text[one.meta["start"] : one.meta["end"]] == one.content


def test_documents_are_the_hits_of_a_search(small: Index) -> None:
    hits = Retriever(small).search("drone wheat", 2, mode="dense", source="[dw]*")
    retriever = QuothRetriever(small, top_k=2, mode="dense", filters={"source": "[dw]*"})
    assert [
        (one.id, one.content, one.score, one.meta["rank"])
        for one in found(retriever, "drone wheat")
    ] == [(f"{hit.source}:{hit.start}-{hit.end}", hit.text, hit.score, hit.rank) for hit in hits]


def test_filters_in_its_own_terms_choose_the_articles(small: Index) -> None:
    condition = {"field": "meta.source", "operator": "==", "value": "wheat.txt"}
    for filters in (condition, {"operator": "AND", "conditions": [condition]}):
        documents = found(QuothRetriever(small), "drone", filters=filters)
        assert {one.meta["source"] for one in documents} == {"wheat.txt"}


def test_filters_of_a_run_take_the_place_of_those_it_was_made_with(small: Index) -> None:
    retriever = QuothRetriever(small, filters={"source": "wheat.txt"})
    assert {one.meta["source"] for one in found(retriever, "drone", filters={})} == {
        "drones.txt",
        "ferries.txt",
        "wheat.txt",
    }


def test_other_filters_are_refused(small: Index) -> None:
    filters = {"operator": "OR", "conditions": []}
    with pytest.raises(UsageError) as error:
        QuothRetriever(small).run("drone", filters=filters)
    assert str(error.value) == (
        "quoth cannot filter by {'operator': 'OR', 'conditions': []}: give conditions joined with "
        "'AND', or any of source, after and before"
    )


def test_a_pipeline_gives_a_prompt_the_passages(seeds_index: Path) -> None:
    pipeline = a_pipeline(QuothRetriever(str(seeds_index), top_k=1))
    result = pipeline.run(
        {"finding": {"query": "Who supplies drones?"}}, include_outputs_from={"finding"}
    )
    (document,) = result["finding"]["documents"]
    assert result["prompt"]["prompt"] == f"{document.meta['source']}: {document.content}"


def test_a_pipeline_written_and_loaded_again_answers_the_same(real: Index) -> None:
    pipeline = a_pipeline(QuothQuotes(real, quotes=1, filters={"source": "00*"}, threshold=0.3))
    written = pipeline.dumps()
    loaded = Pipeline.loads(written, allowed_modules=["quoth"])
    assert loaded.dumps() == written
    asked = {"finding": {"query": QUESTION}}
    expected = pipeline.run(asked)
    assert loaded.run(asked) == expected
    assert expected["prompt"]["prompt"] == f"002_25d210e1b67ffbeb.txt: {QUOTE}"


def test_a_component_is_told_by_what_it_was_made_with(small: Index) -> None:
    retriever = QuothRetriever(small, top_k=3, mode="lexical")
    told = {
        "type": "quoth.adapters.haystack.QuothRetriever",
        "init_parameters": {
            "index": str(small.path),
            "top_k": 3,
            "mode": "lexical",
            "filters": None,
        },
    }
    assert retriever.to_dict() == told
    assert QuothRetriever.from_dict(told).to_dict() == told


def test_a_pipeline_is_run_without_blocking(real: Index) -> None:
    pipeline = a_pipeline(QuothQuotes(real, quotes=1))
    asked = {"finding": {"query": QUESTION}}
    result = asyncio.run(pipeline.run_async(asked, include_outputs_from={"finding"}))
    assert result["finding"]["status"] == "answered"
    assert result["prompt"] == pipeline.run(asked)["prompt"]


def test_quotes_say_how_sure_they_are(real: Index) -> None:
    result = QuothQuotes(real).run(QUESTION, quotes=1)
    (document,) = result["documents"]
    assert (result["status"], document.content) == ("answered", QUOTE)
    assert document.score == document.meta["confidence"] == result["confidence"]
    assert document.meta["check"] == "verified"
    assert document.meta["highlights"]


def test_an_abstention_has_no_documents_and_shows_what_came_nearest(real: Index) -> None:
    result = QuothQuotes(real).run(NOWHERE)
    assert (result["status"], result["documents"]) == ("abstained", [])
    assert result["nearest"]


def test_a_missing_index_is_told_when_the_pipeline_warms_up() -> None:
    with pytest.raises(IndexMissingError, match="no index at 'nowhere'"):
        a_pipeline(QuothRetriever("nowhere")).run({"finding": {"query": "drone"}})
