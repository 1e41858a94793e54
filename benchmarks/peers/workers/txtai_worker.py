"""txtai: an Embeddings database with content; at its best hybrid, with OpenVINO.

By default its Segmentation pipeline cuts articles into paragraphs, which blank lines part; at its
best into lines, as in many articles a paragraph is a line. By default it has vectors alone, at its
best `hybrid=True`: vectors and BM25, added. Its extractor needs the weights of a question answering
model, which nothing here has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from protocol import BATCH, Record, read_lines, serve, shown


class TxtaiWorker:
    def __init__(self, model: Path, configuration: str) -> None:
        self._settings: dict[str, Any] = {"path": str(model), "content": True}
        self._is_best = configuration == "best"
        if self._is_best:
            self._settings |= {
                "hybrid": True,
                "method": "sentence-transformers",
                "vectors": {"backend": "openvino"},
                "encodebatch": BATCH,
            }

    def index(self, articles: Path, folder: Path) -> int:
        from txtai import Embeddings
        from txtai.pipeline import Segmentation

        cut = Segmentation(lines=True) if self._is_best else Segmentation(paragraphs=True)
        found = [
            {"text": text, "source": one["_id"]}
            for one in read_lines(articles)
            for text in cut(one["text"])
        ]
        embeddings = Embeddings(self._settings)
        embeddings.index(enumerate(found))
        embeddings.save(str(folder))
        return len(found)

    def open(self, folder: Path) -> None:
        from txtai import Embeddings

        self._embeddings = Embeddings(self._settings)
        self._embeddings.load(str(folder))

    def ask(self, question: str, k: int) -> list[Record]:
        query = "select text, data from txtai where similar(:question)"
        found = self._embeddings.search(query, k, parameters={"question": question})
        return [_shown(one) for one in found]

    def passages(self) -> Iterator[Record]:
        most = self._embeddings.count()
        yield from (
            _shown(one) for one in self._embeddings.search("select text, data from txtai", most)
        )


def _shown(row: Record) -> Record:
    return shown(json.loads(row["data"])["source"], row["text"])


if __name__ == "__main__":
    serve(TxtaiWorker)
