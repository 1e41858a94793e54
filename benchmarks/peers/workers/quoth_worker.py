"""quoth as its README uses it: `search`, or `ask` with its reader or with none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from protocol import Record, serve, shown

QUOTES = 3
"""As `quoth ask` gives."""


class QuothWorker:
    """configuration: "search", "ask" or "ask, reader none"."""

    def __init__(self, model: Path, configuration: str) -> None:
        self._configuration = configuration

    def index(self, articles: Path, folder: Path) -> int:
        import quoth

        with quoth.Index.build([articles], folder) as index:
            return index.totals()[1]

    def open(self, folder: Path) -> None:
        import quoth

        self._index = quoth.Index.open(folder)
        if self._configuration == "search":
            self._retriever = quoth.Retriever(self._index)
        else:
            reader = None if self._configuration == "ask" else "none"
            self._answerer = quoth.Answerer(self._index, reader=reader)

    def ask(self, question: str, k: int) -> list[Record]:
        if self._configuration == "search":
            hits = self._retriever.search(question, k)
            return [shown(hit.source, hit.text, hit.start) for hit in hits]
        # `nearest` is what the quotes are taken from: given also where quoth abstains.
        quotes = self._answerer.ask(question, quotes=QUOTES).nearest
        return [shown(one.source, one.text, one.start) for one in quotes]

    def passages(self) -> Iterator[Record]:
        for source in self._index.sources():
            with self._index.reading() as view:
                found = view.store.passages(view.store.passage_ids_of([source]).tolist())
            yield from (shown(one.source, one.text, one.start) for one in found.values())


if __name__ == "__main__":
    serve(QuothWorker)
