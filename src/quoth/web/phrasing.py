"""What happens once an answer is shown and a language model is to phrase it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import gradio as gr

from quoth.errors import QuothError
from quoth.phrasing import Phraser
from quoth.records import Answer
from quoth.web.conversation import Conversation
from quoth.web.events import UNEXPECTED
from quoth.web.phrased import no_phrasing_html, phrase_key, phrasing_html
from quoth.web.shown import fresh, sentence

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PhrasingDesk:
    """Has answers phrased. phraser: by whom; None by nobody."""

    phraser: Phraser | None

    async def phrase(self, conversation: Conversation, event: gr.EventData) -> object:
        """A language model's words on the newest answer, which the page shows already.

        The event names the answer by `phrase`; nothing is changed where there is a newer one.
        """
        newest, chosen = conversation.newest, event._data
        wanted = chosen.get("phrase") if isinstance(chosen, dict) else None
        if self.phraser is None or newest is None or wanted != phrase_key(newest.answer):
            return gr.skip()
        return fresh(await _aside(partial(_phrased, self.phraser, newest.answer)))


async def _aside(work: Callable[[], str]) -> str:
    """What `work` gives, in a thread that nobody waits for when the app ends."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[str] = loop.create_future()

    def finish(result: str) -> None:
        if not done.cancelled():
            done.set_result(result)

    def run() -> None:
        result = work()
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(finish, result)

    threading.Thread(target=run, daemon=True).start()
    return await done


def _phrased(phraser: Phraser, answer: Answer) -> str:
    """The phrasing, or in one line why there is none.

    The address of the model's server is no visitor's matter, and is left to the log.
    """
    try:
        return phrasing_html(phraser.phrase(answer))
    except QuothError as error:
        _log.warning("%s", error)
        return no_phrasing_html(answer, sentence(str(error.__cause__ or error)))
    except Exception:
        _log.exception("an event failed")
        return no_phrasing_html(answer, UNEXPECTED)
