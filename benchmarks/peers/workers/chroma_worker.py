"""Chroma: a persistent collection; at its best with OpenVINO.

Chroma does not cut: LangChain's recursive splitter does, as in its own guide. Its own embedding
function would download its ONNX files of this model: without a network the same model is given
to its SentenceTransformerEmbeddingFunction. Its hybrid search is of its cloud, not of the local
database.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from protocol import Record, batches, read_lines, serve, shown

SIZE, OVERLAP = 1000, 200
ADDED = 1000
"""Passages that are added in one call: it has a limit of some thousands."""


class ChromaWorker:
    def __init__(self, model: Path, configuration: str) -> None:
        from chromadb.utils.embedding_functions import SentenceTransformerEmbeddingFunction

        backend = {"backend": "openvino"} if configuration == "best" else {}
        self._embedding = SentenceTransformerEmbeddingFunction(
            model_name=str(model), device="cpu", **backend
        )

    def index(self, articles: Path, folder: Path) -> int:
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        splitter = RecursiveCharacterTextSplitter(
            chunk_size=SIZE, chunk_overlap=OVERLAP, add_start_index=True
        )
        found = read_lines(articles)
        places = [{"source": one["_id"], "title": one["title"]} for one in found]
        cut = splitter.create_documents([one["text"] for one in found], places)
        collection = self._client(folder).create_collection(
            "articles", embedding_function=self._embedding, metadata={"hnsw:space": "cosine"}
        )
        for some in batches(list(enumerate(cut)), ADDED):
            collection.add(
                ids=[str(number) for number, _ in some],
                documents=[one.page_content for _, one in some],
                metadatas=[one.metadata for _, one in some],
            )
        return len(cut)

    def open(self, folder: Path) -> None:
        self._collection = self._client(folder).get_collection(
            "articles", embedding_function=self._embedding
        )

    def ask(self, question: str, k: int) -> list[Record]:
        found = self._collection.query(query_texts=[question], n_results=k)
        return _shown(found["documents"][0], found["metadatas"][0])

    def passages(self) -> Iterator[Record]:
        found = self._collection.get()
        yield from _shown(found["documents"], found["metadatas"])

    def _client(self, folder: Path) -> Any:
        import chromadb
        from chromadb.config import Settings

        return chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))


def _shown(texts: list[str], places: list[dict[str, Any]]) -> list[Record]:
    return [
        shown(place["source"], text, place["start_index"])
        for text, place in zip(texts, places, strict=True)
    ]


if __name__ == "__main__":
    serve(ChromaWorker)
