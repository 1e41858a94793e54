"""`Phraser`: an answer's quotes → a language model's sentences on them, checked."""

from __future__ import annotations

from dataclasses import replace

from quoth.errors import PhrasingError, UsageError
from quoth.phrasing.address import checked_address
from quoth.phrasing.asking import completion, model_names
from quoth.phrasing.checking import checked
from quoth.records import Answer, Phrasing, Quote

SECONDS = 60.0
"""How long a model may take for an answer."""
_LISTING_SECONDS = 10.0


class Phraser:
    """Asks a language model at an address that the user names; nothing else is ever asked.

        answer = quoth.Phraser("http://127.0.0.1:11434/v1").phrase(answer)

    Safe to use from several threads.
    """

    def __init__(self, address: str, *, model: str | None = None, seconds: float = SECONDS) -> None:
        """address: of an OpenAI-compatible server, up to `/v1`; nothing is sent there yet.

        model: its name there; None is the first that the server lists. seconds: how long an
        answer may take, more than 0. The key, if the server wants one, is QUOTH_LLM_KEY of the
        environment.
        Raises UsageError for an address, key or time that cannot be used.
        """
        if not 0 < seconds < float("inf"):
            raise UsageError(f"the language model is given {seconds} seconds: give more than 0")
        if model is not None and not model.strip():
            raise UsageError("the language model's name is empty: leave it out, or give one")
        self.address, self.seconds = checked_address(address), seconds
        self._model = model

    def phrase(self, answer: Answer) -> Answer:
        """`answer` with the model's sentences as `phrasing`; as it is where it abstained.

        A sentence is struck unless it cites a shown quote and the quotes it cites hold its
        numbers, dates and names; see `checked` for the whole list.
        Raises PhrasingError, on one line, if the server or the model gives nothing to show.
        """
        quotes = shown_quotes(answer)
        if not quotes:
            return answer
        question = answer.understood or answer.question
        try:
            model = self._named()
            reply = completion(self.address, model, question, quotes, self.seconds)
        except PhrasingError as error:
            raise PhrasingError(f"no phrasing by '{self.address}': {error}") from error
        sentences = checked(reply.text, quotes, question, is_cut=reply.is_cut)
        return replace(answer, phrasing=Phrasing(sentences, model))

    def _named(self) -> str:
        """The model that is asked."""
        if self._model is None:
            names = model_names(self.address, min(self.seconds, _LISTING_SECONDS))
            if not names:
                raise PhrasingError("the server lists no model: name one with --llm-model")
            self._model = names[0]
        return self._model


def shown_quotes(answer: Answer) -> tuple[Quote, ...]:
    """The quotes that answer, by rank: the sources' where they were compared; () for none."""
    if answer.status == "abstained":
        return ()
    voiced = tuple(voice.quote for voice in answer.by_source if voice.quote is not None)
    return voiced or answer.quotes
