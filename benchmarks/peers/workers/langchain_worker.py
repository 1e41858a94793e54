"""LangChain: recursive splitter, HuggingFaceEmbeddings, FAISS; at its best OpenVINO and BM25 too.

Passages of 1,000 characters that overlap by 200 are what its tutorial on retrieval takes. Best is
an EnsembleRetriever over FAISS and BM25Retriever, half and half, as its page on it has them. BM25
has no file of its own: it is made again of the stored texts at each start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from protocol import BATCH, Record, read_lines, serve, shown

SIZE, OVERLAP = 1000, 200


class LangChainWorker:
    def __init__(self, model: Path, configuration: str) -> None:
        from langchain_huggingface import HuggingFaceEmbeddings

        self._is_best = configuration == "best"
        backend = {"backend": "openvino"} if self._is_best else {}
        self._embeddings = HuggingFaceEmbeddings(
            model_name=str(model),
            model_kwargs={"device": "cpu", **backend},
            encode_kwargs={"batch_size": BATCH},
        )

    def index(self, articles: Path, folder: Path) -> int:
        from langchain_community.vectorstores import FAISS
        from langchain_core.documents import Document
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        documents = [
            Document(one["text"], metadata={"source": one["_id"], "title": one["title"]})
            for one in read_lines(articles)
        ]
        splitter = RecursiveCharacterTextSplitter(
            chunk_size=SIZE, chunk_overlap=OVERLAP, add_start_index=True
        )
        found = splitter.split_documents(documents)
        FAISS.from_documents(found, self._embeddings).save_local(str(folder))
        return len(found)

    def open(self, folder: Path) -> None:
        from langchain_community.vectorstores import FAISS

        self._store = FAISS.load_local(
            str(folder), self._embeddings, allow_dangerous_deserialization=True
        )
        self._lexical = self._bm25() if self._is_best else None

    def ask(self, question: str, k: int) -> list[Record]:
        if self._lexical is None:
            found = self._store.similarity_search(question, k=k)
        else:
            found = self._ensemble(k).invoke(question)[:k]
        return [_shown(one) for one in found]

    def passages(self) -> Iterator[Record]:
        return map(_shown, self._documents())

    def _bm25(self) -> Any:
        from langchain_community.retrievers import BM25Retriever

        return BM25Retriever.from_documents(self._documents(), preprocess_func=_words)

    def _ensemble(self, k: int) -> Any:
        from langchain_classic.retrievers import EnsembleRetriever

        self._lexical.k = k
        dense = self._store.as_retriever(search_kwargs={"k": k})
        return EnsembleRetriever(retrievers=[self._lexical, dense], weights=[0.5, 0.5])

    def _documents(self) -> list[Any]:
        ids = self._store.index_to_docstore_id.values()
        return [self._store.docstore.search(each) for each in ids]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _shown(document: Any) -> Record:
    found = document.metadata
    return shown(found["source"], document.page_content, found["start_index"])


if __name__ == "__main__":
    serve(LangChainWorker)
