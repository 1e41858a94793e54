"""`Library`: the operations done. Arguments as they came in, JSON-able dicts out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from quoth.cli.by_source import by_source_json
from quoth.cli.output import Json, answer_json, articles_json, hits_json, known_json
from quoth.errors import UsageError
from quoth.services.arguments import ArgumentError, checked_arguments
from quoth.services.failures import UnknownArticleError
from quoth.services.operations import OPERATIONS

if TYPE_CHECKING:
    from quoth.answering import Answerer


class Library:
    """What a library is asked by other programs. Safe to use from several threads."""

    def __init__(self, answerer: Answerer) -> None:
        self.answerer, self.index = answerer, answerer.index

    def call(self, name: str, given: Mapping[str, object]) -> Json:
        """Do the operation of that name, with the arguments that came in.

        Raises ArgumentError for arguments that its schema does not allow, UsageError for others
        that cannot be meant, UnknownArticleError, and what reading an index raises.
        """
        return self.do(name, self.checked(name, given))

    def checked(self, name: str, given: Mapping[str, object]) -> dict[str, Any]:
        """All arguments of the operation, for `do`. Raises as `call` does, without asking."""
        from quoth.retrieval import checked_question

        if name not in OPERATIONS:
            raise ArgumentError(f"unknown operation {name!r:.80}: choose {', '.join(OPERATIONS)}")
        arguments = checked_arguments(OPERATIONS[name].arguments, given)
        if "question" in arguments:
            checked_question(arguments["question"])
        return arguments

    def do(self, name: str, arguments: Mapping[str, Any]) -> Json:
        """Do the operation with checked arguments. Raises as `call` does."""
        work: dict[str, Callable[..., Json]] = {
            "search": self._search,
            "ask": self._ask,
            "read_article": self._read_article,
            "list_articles": self._list_articles,
        }
        return work[name](**arguments)

    def _search(self, *, question: str, k: int, **how: Any) -> Json:
        return hits_json(None, question, self.answerer.retriever.search(question, k, **how))

    def _ask(self, *, question: str, compare: bool, **how: Any) -> Json:
        answer = self.answerer.ask(question, compare=compare, **how)
        by_source = {"by_source": by_source_json(answer)} if compare else {}
        return answer_json(None, question, answer) | by_source

    def _read_article(self, *, source: str, offset: int, characters: int) -> Json:
        try:
            article = self.index.article(source)
        except UsageError as error:
            raise UnknownArticleError(str(error)) from error
        length = len(article.text)
        if offset > length:
            raise UsageError(
                f"offset is {offset:,}, and {source!r} has {length:,} characters: "
                f"choose 0 to {length:,}"
            )
        end = min(offset + characters, length)
        return {
            "source": article.source,
            "title": article.title,
            "text": article.text[offset:end],
            "start": offset,
            "end": end,
            "characters": length,
            "next_offset": end if end < length else None,
            **known_json(article.metadata),
        }

    def _list_articles(self, *, most: int, skip: int, containing: str) -> Json:
        with self.index.reading():
            total = self.index.matching(containing)
            listed = self.index.articles(most, skip=skip, containing=containing)
        end = skip + len(listed)
        more = end if listed and end < total else None
        return articles_json(listed) | {"total": total, "next_skip": more}
