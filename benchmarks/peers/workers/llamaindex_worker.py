"""LlamaIndex: VectorStoreIndex with HuggingFaceEmbedding; at its best OpenVINO and BM25 too.

By default its SentenceSplitter makes passages of 1,024 tokens, of which the model reads the first
256. At its best they have 256, as its guide says to fit them to the model, and a
QueryFusionRetriever fuses vectors and BM25 by reciprocal ranks, without other wordings of the
question, which would need a language model.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from protocol import BATCH, TOKENS, Record, read_lines, serve, shown

OVERLAP = 32


class LlamaIndexWorker:
    def __init__(self, model: Path, configuration: str) -> None:
        from llama_index.core import Settings
        from llama_index.core.node_parser import SentenceSplitter
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        self._is_best = configuration == "best"
        best = {"backend": "openvino", "embed_batch_size": BATCH} if self._is_best else {}
        Settings.embed_model = HuggingFaceEmbedding(model_name=str(model), device="cpu", **best)
        Settings.llm = None
        size = {"chunk_size": TOKENS, "chunk_overlap": OVERLAP} if self._is_best else {}
        self._splitter = SentenceSplitter(**size)

    def index(self, articles: Path, folder: Path) -> int:
        from llama_index.core import Document, VectorStoreIndex

        documents = [
            Document(text=one["text"], metadata={"title": one["title"]}, id_=one["_id"])
            for one in read_lines(articles)
        ]
        index = VectorStoreIndex.from_documents(documents, transformations=[self._splitter])
        index.storage_context.persist(str(folder))
        if self._is_best:
            _bm25(index).persist(str(folder / "bm25"))
        return len(index.docstore.docs)

    def open(self, folder: Path) -> None:
        from llama_index.core import StorageContext, load_index_from_storage

        context = StorageContext.from_defaults(persist_dir=str(folder))
        self._index = load_index_from_storage(context)
        self._retrievers: dict[int, Any] = {}
        self._folder = folder

    def ask(self, question: str, k: int) -> list[Record]:
        if k not in self._retrievers:
            self._retrievers[k] = self._retriever(k)
        return [_shown(one.node) for one in self._retrievers[k].retrieve(question)]

    def passages(self) -> Iterator[Record]:
        return map(_shown, self._index.docstore.docs.values())

    def _retriever(self, k: int) -> Any:
        dense = self._index.as_retriever(similarity_top_k=k)
        if not self._is_best:
            return dense
        from llama_index.core.retrievers import QueryFusionRetriever
        from llama_index.retrievers.bm25 import BM25Retriever

        lexical = BM25Retriever.from_persist_dir(str(self._folder / "bm25"))
        lexical.similarity_top_k = min(k, len(self._index.docstore.docs))
        return QueryFusionRetriever(
            [dense, lexical], similarity_top_k=k, num_queries=1, mode="reciprocal_rerank",
            use_async=False,
        )  # fmt: skip


def _bm25(index: Any) -> Any:
    from llama_index.retrievers.bm25 import BM25Retriever

    most = min(10, len(index.docstore.docs))
    return BM25Retriever.from_defaults(docstore=index.docstore, similarity_top_k=most)


def _shown(node: Any) -> Record:
    return shown(node.ref_doc_id, node.text, node.start_char_idx)


if __name__ == "__main__":
    serve(LlamaIndexWorker)
