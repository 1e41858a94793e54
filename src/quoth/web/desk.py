"""What happens on each event of the page: a question or a click → what is shown, step by step.

Nothing is shared between visitors but the index and the pages drawn of it: what one has asked is
kept in that visitor's own `gr.State`, and comes in with the event.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import gradio as gr

from quoth.answering import Answerer
from quoth.cli.output import Json, answer_json
from quoth.errors import QuothError, UsageError
from quoth.index import Index
from quoth.phrasing import Phraser
from quoth.records import Answer, Turn
from quoth.retrieval import checked_question
from quoth.web import render
from quoth.web.conversation import Conversation, Told
from quoth.web.filtering import Filter, Given, chosen_filter, searched
from quoth.web.judging import judged, words_judged
from quoth.web.links import linked_place
from quoth.web.pane import placeholder_html
from quoth.web.pictures import Pictures
from quoth.web.shown import UNCHANGED, Shown, fresh, problem, sentence, string, whole
from quoth.web.turns import conversation_html
from quoth.web.viewing import Viewer

UNEXPECTED = "Something went wrong inside the app; what it was is in its log."

_log = logging.getLogger(__name__)

Steps = Iterator[Shown]
"""What an event shows, one after the other."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What happens on each event: a question or a click → what is shown.

    phraser: asked for words above the quotes; None for none.
    """

    index: Index
    answerer: Answerer
    examples: tuple[str, ...]
    read_only: bool = False
    pictures: Pictures = field(default_factory=Pictures)
    phraser: Phraser | None = None

    @property
    def viewer(self) -> Viewer:
        """Shows articles beside the answers."""
        return Viewer(self.index, self.pictures)

    # -- events

    def welcome(self) -> str:
        """The page before a question."""
        return render.welcome_html() + self._aids(opened=True)

    def load(self, welcome: str, request: gr.Request) -> Steps:
        """What has come in since the page was laid out, and the place that a link leads to.

        welcome: what stands on the page.
        """
        now = self.welcome()
        yield UNCHANGED if now == welcome else UNCHANGED._replace(answer=now)
        yield from _guarded(lambda: self._linked(dict(request.query_params)))

    def ask(
        self,
        question: str,
        compare: bool,
        conversation: Conversation,
        source: str = "",
        after: str = "",
        before: str = "",
    ) -> Steps:
        """Answer a question that was typed. source, after, before: as for `chosen_filter`."""

        def steps() -> Steps:
            asked = checked_question(string(question, "question"))
            asked_of = chosen_filter(self.index, source, after, before)
            yield self._searching(asked_of)
            history = conversation.history
            yield from self._answered(asked, conversation, compare, history, asked_of)

        yield from _guarded(steps, question=question)

    def click(
        self,
        conversation: Conversation,
        compare: bool,
        event: gr.EventData,
        source: str = "",
        after: str = "",
        before: str = "",
    ) -> Steps:
        """Do what was clicked; the payload is told in `render.py`, without its `data-`.

        source, after, before: as for `chosen_filter`.
        """
        given, chosen = (source, after, before), event._data
        if isinstance(chosen, dict) and "typed" in chosen:
            yield from self.ask(chosen["typed"], compare, conversation, *given)
        else:
            yield from _guarded(lambda: self._clicked(conversation, compare, given, chosen))

    def switch(self, compare: bool, conversation: Conversation) -> Steps:
        """Compare the sources on the newest question, or do no longer."""
        yield from _guarded(lambda: self._switched(compare, conversation))

    def answer(self, question: str, quotes: int = 3, source: str | None = None) -> Json:
        """Answer a question for another program.

        quotes: how many at most. source: a shell pattern; only articles whose source matches it
        are searched. Gives what `quoth ask --json` prints.
        """
        try:
            string(question, "question")
            whole(quotes, "quotes")
            if source is not None:
                string(source, "source")
            answer = self.answerer.ask(question, quotes=quotes, source=source)
            return answer_json(None, answer.question, answer)
        except QuothError as error:
            raise gr.Error(str(error), print_exception=False) from error

    # -- inside

    def _linked(self, parameters: dict[str, str]) -> Steps:
        place = linked_place(parameters)
        if place is not None:
            for html in self.viewer.linked(place):
                yield UNCHANGED._replace(article=fresh(html))

    def _clicked(
        self, conversation: Conversation, compare: bool, given: Given, chosen: object
    ) -> Steps:
        if not isinstance(chosen, dict):
            raise UsageError("the click names no question and no article")
        if "question" in chosen:
            question = checked_question(string(chosen["question"], "question"))
            asked_of = chosen_filter(self.index, *given)
            yield self._searching(asked_of)
            before = _before(conversation, chosen.get("again"))
            yield from self._answered(question, before, compare, (), asked_of)
        elif "new" in chosen:
            yield self._anew()
        elif "close" in chosen:
            yield UNCHANGED._replace(article=fresh(placeholder_html()))
        elif "judge" in chosen:
            yield self._judged(conversation, chosen)
        else:
            for html in self.viewer.clicked(conversation, chosen):
                yield UNCHANGED._replace(article=fresh(html))

    def _searching(self, asked_of: Filter) -> Shown:
        searching = render.searching_html(searched(self.index, asked_of))
        return UNCHANGED._replace(status=searching, question="")

    def _answered(
        self,
        question: str,
        before: Conversation,
        compare: bool,
        history: Sequence[Turn],
        asked_of: Filter,
    ) -> Steps:
        """One more turn of a conversation; `history` is what the question may lean on."""
        answer = self.answerer.ask(question, history=history, compare=compare, **asked_of._asdict())
        yield from self._told(before, answer, asked_of)

    def _told(self, before: Conversation, answer: Answer, asked_of: Filter) -> Steps:
        """The answer and its article; pages that have to be drawn come after."""
        with self.index.reading():
            searched = answer.understood or answer.question
            abstained = answer.status == "abstained"
            nowhere = tuple(self.index.words_nowhere(searched)) if abstained else ()
            conversation = before.asked(answer, nowhere, asked_of)
            panes = self.viewer.first(conversation.turns[-1])
            shown = self._shown(conversation)._replace(article=fresh(next(panes)))
        yield shown
        yield from (UNCHANGED._replace(article=fresh(html)) for html in panes)

    def _shown(self, conversation: Conversation) -> Shown:
        newest = conversation.turns[-1]
        summary = render.summary_html(newest.answer, articles=searched(self.index, newest.asked_of))
        told = conversation_html(conversation, phrases=self.phraser is not None)
        html = fresh(told + self._aids(opened=False))
        return UNCHANGED._replace(status=summary, answer=html, conversation=conversation)

    def _switched(self, compare: bool, conversation: Conversation) -> Steps:
        newest = conversation.newest
        if newest is None or compare == bool(newest.answer.by_source):
            yield UNCHANGED
            return
        before = conversation.without_newest()
        if not compare:
            answer = replace(newest.answer, by_source=())
            yield from self._told(before, answer, newest.asked_of)
            return
        yield self._searching(newest.asked_of)._replace(question=gr.skip())
        yield from self._told(before, self._compared(newest), newest.asked_of)

    def _compared(self, told: Told) -> Answer:
        """What the sources say to a question that was asked before, as it was understood."""
        asked, understood = told.answer.question, told.answer.understood
        answer = self.answerer.ask(understood or asked, compare=True, **told.asked_of._asdict())
        return replace(answer, question=asked, understood=understood)

    def _anew(self) -> Shown:
        return Shown(
            status=render.status_html("A new conversation."),
            question="",
            answer=fresh(self.welcome()),
            article=fresh(placeholder_html()),
            conversation=Conversation(),
        )

    def _judged(self, conversation: Conversation, chosen: dict[str, object]) -> Shown:
        told, rank = conversation.told(chosen.get("turn")), chosen.get("rank")
        if told is None:
            raise UsageError("the click names no question that was asked")
        if "start" in chosen:
            start, end = whole(chosen["start"], "start"), whole(chosen.get("end"), "end")
            line = words_judged(self, told, string(chosen.get("source"), "source"), start, end)
            return UNCHANGED._replace(status=render.status_html(line))
        judgement = string(chosen["judge"], "judgement")
        line = judged(self, told, judgement, None if rank is None else whole(rank, "rank"))
        return UNCHANGED._replace(status=render.status_html(line))

    def _aids(self, *, opened: bool) -> str:
        with self.index.reading():
            articles, (total, _) = self.index.articles(render.LISTED), self.index.totals()
        return render.aids_html(self.examples, articles, total=total, opened=opened)


def _guarded(work: Callable[[], Steps], *, question: object = UNCHANGED.question) -> Steps:
    """The steps of `work`; where they fail, one line that says what went wrong.

    question: what is put back into the question box then.
    """
    try:
        yield from work()
    except QuothError as error:
        yield problem(sentence(str(error)))._replace(question=question)
    except Exception:
        _log.exception("an event failed")
        yield problem(UNEXPECTED)._replace(question=question)


def _before(conversation: Conversation, again: object) -> Conversation:
    """What a question follows: all, or all but the newest turn if it is asked in its place."""
    newest = conversation.newest
    if newest is not None and newest.number == again:
        return conversation.without_newest()
    return conversation
