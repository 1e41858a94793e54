"""What another program can ask of the app beside `ask`: named endpoints for gradio_client.

Each gives the JSON that the command of its name prints with `--json`. docs/serving.md tells them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import gradio as gr
from gradio.events import api

from quoth.cli.output import Json, articles_json, hits_json
from quoth.errors import QuothError, UsageError
from quoth.index import Index
from quoth.records import Mode
from quoth.retrieval import Retriever

MOST = 1000
"""Articles that `articles` lists at once."""


class Endpoints:
    """What other programs ask of an index."""

    def __init__(self, index: Index) -> None:
        self._index, self._retriever = index, Retriever(index)

    def search(
        self,
        question: str,
        k: int = 10,
        mode: str = "hybrid",
        source: str | None = None,
        after: str | None = None,
        before: str | None = None,
    ) -> Json:
        """The k best passages for a question; arguments as for `Retriever.search`."""

        def found() -> Json:
            _require(str, question=question, mode=mode)
            _require((str, type(None)), source=source, after=after, before=before)
            _require(int, k=k)
            hits = self._retriever.search(
                question, k, mode=cast(Mode, mode), source=source, after=after, before=before
            )
            return hits_json(None, question, hits)

        return _told(found)

    def articles(self, most: int = MOST) -> Json:
        """The first `most` articles by source, 1 to MOST, and how many there are."""

        def listed() -> Json:
            _require(int, most=most)
            if not 1 <= most <= MOST:
                raise UsageError(f"most is {most}: choose 1 to {MOST}")
            with self._index.reading():
                total, _ = self._index.totals()
                return articles_json(self._index.articles(most)) | {"total": total}

        return _told(listed)

    def article(self, source: str) -> Json:
        """The whole text of one article, for which quotes give `start` and `end`."""

        def read() -> Json:
            _require(str, source=source)
            article = self._index.article(source)
            return {"source": article.source, "title": article.title, "text": article.text}

        return _told(read)


def add_endpoints(index: Index, *, at_once: int) -> None:
    """Name them in the app that is being laid out. at_once: how many are answered together."""
    endpoints = Endpoints(index)
    for name in ("search", "articles", "article"):
        api(
            getattr(endpoints, name),
            api_name=name,
            concurrency_id="ask",
            concurrency_limit=at_once,
        )


def _told(work: Callable[[], Json]) -> Json:
    """The result; an error in the one line that it has. Any other is in the log alone."""
    try:
        return work()
    except QuothError as error:
        raise gr.Error(str(error), print_exception=False) from error


def _require(kind: Any, **named: object) -> None:
    """Raises UsageError for what another program sent that is of another type."""
    for name, value in named.items():
        if not isinstance(value, kind) or isinstance(value, bool):
            wanted = "a whole number" if kind is int else "a string"
            raise UsageError(f"{name} is {value!r:.80}: give {wanted}")
