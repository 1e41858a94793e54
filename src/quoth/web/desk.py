"""What happens on each event of the page: a question or a click → what is shown.

Nothing is shared between visitors but the index: what one has asked is kept in that visitor's
own `gr.State`, and comes in with the event.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import gradio as gr

from quoth.answering import Answerer
from quoth.cli.output import Json, answer_json
from quoth.errors import QuothError, UsageError
from quoth.index import Index
from quoth.records import Answer
from quoth.web import render
from quoth.web.judging import judged

UNEXPECTED = "Something went wrong inside the app; what it was is in its log."

_log = logging.getLogger(__name__)


class Shown(NamedTuple):
    """What an event leaves on the page, in the order of its outputs; gr.skip() changes nothing."""

    status: object
    question: object
    answer: object
    article: object
    asked: object


@dataclass(frozen=True, slots=True)
class Desk:
    """What happens on each event: a question or a click → what is shown."""

    index: Index
    answerer: Answerer
    examples: tuple[str, ...]
    read_only: bool = False

    def welcome(self) -> str:
        """The page before a question."""
        return render.welcome_html() + self._aids(opened=True)

    def welcome_again(self, shown: str) -> object:
        """The same as it is now; nothing if that is what a page begins with."""
        return gr.skip() if (now := self.welcome()) == shown else now

    def ask(self, question: str) -> Shown:
        """Answer a question that was typed."""
        return self._guarded(lambda: self._answered(_string(question, "question")))

    def click(self, asked: Answer | None, event: gr.EventData) -> Shown:
        """Ask an example (`question`), or show an article (`source`, and `rank` for a quote)."""
        return self._guarded(lambda: self._clicked(asked, event._data))

    def answer(self, question: str, quotes: int = 3, source: str | None = None) -> Json:
        """Answer a question for another program.

        quotes: how many at most. source: a shell pattern; only articles whose source matches it
        are searched. Gives what `quoth ask --json` prints.
        """
        try:
            _string(question, "question")
            _whole(quotes, "quotes")
            if source is not None:
                _string(source, "source")
            answer = self.answerer.ask(question, quotes=quotes, source=source)
            return answer_json(None, answer.question, answer)
        except QuothError as error:
            raise gr.Error(str(error), print_exception=False) from error

    def _guarded(self, work: Callable[[], Shown]) -> Shown:
        try:
            return work()
        except QuothError as error:
            return _problem(sentence(str(error)))
        except Exception:
            _log.exception("an event failed")
            return _problem(UNEXPECTED)

    def _clicked(self, asked: Answer | None, chosen: object) -> Shown:
        if not isinstance(chosen, dict):
            raise UsageError("the click names no question and no article")
        if "question" in chosen:
            return self._answered(_string(chosen["question"], "question"))
        if "judge" in chosen and asked is not None:
            return self._judged(asked, _string(chosen["judge"], "judgement"), chosen.get("rank"))
        return self._opened(asked, _string(chosen.get("source"), "source"), chosen.get("rank"))

    def _judged(self, asked: Answer, judgement: str, rank: object) -> Shown:
        line = judged(self, asked, judgement, rank if isinstance(rank, int) else None)
        unchanged = gr.skip()
        return Shown(render.status_html(line), unchanged, unchanged, unchanged, unchanged)

    def _answered(self, question: str) -> Shown:
        with self.index.reading():  # the answer and what is shown of its articles
            return self._shown(self.answerer.ask(question))

    def _shown(self, answer: Answer) -> Shown:
        abstained = answer.status == "abstained"
        nowhere = self.index.words_nowhere(answer.question) if abstained else ()
        found = render.answer_html(answer, nowhere=nowhere)
        aids = self._aids(opened=False)
        return Shown(
            status=render.summary_html(answer, articles=self.index.totals()[0]),
            question=answer.question,
            answer=_fresh(found + aids),
            article=_fresh(self._first_article(answer)),
            asked=answer,
        )

    def _aids(self, *, opened: bool) -> str:
        with self.index.reading():
            articles, (total, _) = self.index.articles(render.LISTED), self.index.totals()
        return render.aids_html(self.examples, articles, total=total, opened=opened)

    def _first_article(self, answer: Answer) -> str:
        if not answer.quotes:
            return render.placeholder_html(answer)
        article = self.index.article(answer.quotes[0].source)
        return render.article_html(article, answer.quotes, chosen=1, follow=False)

    def _opened(self, asked: Answer | None, source: str, rank: object) -> Shown:
        quotes = render.shown_quotes(asked) if asked else ()
        chosen = rank if isinstance(rank, int) else None
        article = self.index.article(source)
        html = render.article_html(article, quotes, chosen=chosen, follow=True)
        unchanged = gr.skip()
        return Shown(unchanged, unchanged, unchanged, _fresh(html), unchanged)


def _string(value: object, name: str) -> str:
    """`value`, which a browser or another program sent. Raises UsageError."""
    if not isinstance(value, str):
        raise UsageError(f"the {name} is not a string")
    return value


def _whole(value: object, name: str) -> int:
    """`value`, which another program sent. Raises UsageError."""
    if not isinstance(value, int):
        raise UsageError(f"{name} is not a whole number")
    return value


def _problem(line: str) -> Shown:
    unchanged = gr.skip()
    return Shown(render.status_html(problem=line), unchanged, unchanged, unchanged, unchanged)


def sentence(line: str) -> str:
    """An error's line as it reads on a page: with a capital and a full stop."""
    return f"{line[:1].upper()}{line[1:]}{'' if line.endswith(('.', '!', '?')) else '.'}"


def _fresh(html: str) -> str:
    """Makes equal HTML differ, so that the page forgets what was clicked in the last one."""
    return f'<div data-fresh="{time.monotonic_ns()}">{html}</div>'
