"""Haystack: DocumentSplitter, in-memory store; at its best OpenVINO and BM25 joined to it.

By default passages of 200 words, as its splitter makes them. At its best its recursive splitter
makes them of 150 words, which fit the model (its splitter by sentences would have to download), the
title is embedded with them, and a DocumentJoiner fuses both retrievers by reciprocal ranks, as its
page on hybrid retrieval has it. Its extractive reader needs
the weights of a question answering model, which nothing here has: what is shown are passages.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from protocol import BATCH, Record, read_lines, serve, shown

STORE = "store.json"
WORDS, OVERLAP = 150, 20


class HaystackWorker:
    def __init__(self, model: Path, configuration: str) -> None:
        self._is_best = configuration == "best"
        self._embedding = {"model": str(model), "progress_bar": False}
        if self._is_best:
            self._embedding |= {"backend": "openvino"}

    def index(self, articles: Path, folder: Path) -> int:
        from haystack import Document, Pipeline
        from haystack.components.writers import DocumentWriter
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        store, pipeline = InMemoryDocumentStore(), Pipeline()
        pipeline.add_component("splitter", self._splitter())
        pipeline.add_component("embedder", self._document_embedder())
        pipeline.add_component("writer", DocumentWriter(store))
        pipeline.connect("splitter", "embedder")
        pipeline.connect("embedder", "writer")
        documents = [
            Document(content=one["text"], meta={"source": one["_id"], "title": one["title"]})
            for one in read_lines(articles)
        ]
        pipeline.run({"splitter": {"documents": documents}})
        folder.mkdir(parents=True, exist_ok=True)
        store.save_to_disk(str(folder / STORE))
        return store.count_documents()

    def open(self, folder: Path) -> None:
        from haystack import Pipeline
        from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        self._store = InMemoryDocumentStore.load_from_disk(str(folder / STORE))
        self._pipeline = Pipeline()
        self._pipeline.add_component("embedder", self._text_embedder())
        self._pipeline.add_component("dense", InMemoryEmbeddingRetriever(self._store))
        self._pipeline.connect("embedder.embedding", "dense.query_embedding")
        if self._is_best:
            self._join()

    def ask(self, question: str, k: int) -> list[Record]:
        asked: dict[str, Any] = {"embedder": {"text": question}, "dense": {"top_k": k}}
        last = "dense"
        if self._is_best:
            asked |= {"lexical": {"query": question, "top_k": k}, "joiner": {"top_k": k}}
            last = "joiner"
        return [_shown(one) for one in self._pipeline.run(asked)[last]["documents"]]

    def passages(self) -> Iterator[Record]:
        return map(_shown, self._store.filter_documents())

    def _join(self) -> None:
        from haystack.components.joiners import DocumentJoiner
        from haystack.components.retrievers.in_memory import InMemoryBM25Retriever

        self._pipeline.add_component("lexical", InMemoryBM25Retriever(self._store))
        joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion")
        self._pipeline.add_component("joiner", joiner)
        self._pipeline.connect("dense", "joiner")
        self._pipeline.connect("lexical", "joiner")

    def _splitter(self) -> Any:
        from haystack.components.preprocessors import DocumentSplitter, RecursiveDocumentSplitter

        if not self._is_best:
            return DocumentSplitter()
        return RecursiveDocumentSplitter(
            split_length=WORDS, split_overlap=OVERLAP, separators=["\n\n", "\n", r"\. ", " "]
        )

    def _document_embedder(self) -> Any:
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersDocumentEmbedder,
        )

        best = {"batch_size": BATCH, "meta_fields_to_embed": ["title"]} if self._is_best else {}
        return SentenceTransformersDocumentEmbedder(**self._embedding, **best)

    def _text_embedder(self) -> Any:
        from haystack_integrations.components.embedders.sentence_transformers import (
            SentenceTransformersTextEmbedder,
        )

        return SentenceTransformersTextEmbedder(**self._embedding)


def _shown(document: Any) -> Record:
    place = document.meta
    return shown(place["source"], document.content, place["split_idx_start"])


if __name__ == "__main__":
    serve(HaystackWorker)
