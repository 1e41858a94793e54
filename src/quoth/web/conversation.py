"""What one visitor has asked and was answered; kept in that visitor's own session."""

from __future__ import annotations

from dataclasses import dataclass, replace

from quoth.records import Answer, Quote, Turn
from quoth.web.filtering import ALL, Filter

KEPT = 12
"""Turns that stay on the page and are given as history."""


@dataclass(frozen=True, slots=True)
class Told:
    """A question and its answer. number: counts the questions of a conversation from 1.

    nowhere: the question's words that occur in no article, where it abstained. asked_of: which
    articles were asked.
    """

    number: int
    answer: Answer
    nowhere: tuple[str, ...] = ()
    asked_of: Filter = ALL

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The quotes that the page shows, by rank.

        Those of the sources if they were compared, else the answer's, else the nearest.
        """
        voiced = [voice.quote for voice in self.answer.by_source if voice.quote is not None]
        if voiced and self.answer.status == "answered":
            return tuple(replace(quote, rank=rank) for rank, quote in enumerate(voiced, 1))
        return self.answer.quotes or self.answer.nearest

    @property
    def compares(self) -> bool:
        """Whether the sources are shown side by side."""
        return self.answer.status == "answered" and bool(self.answer.by_source)

    @property
    def turn(self) -> Turn:
        """What later questions may lean on."""
        return Turn(self.answer.understood or self.answer.question, self.answer.quotes)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns, oldest first; the oldest are forgotten."""

    turns: tuple[Told, ...] = ()

    @property
    def newest(self) -> Told | None:
        """The last turn."""
        return self.turns[-1] if self.turns else None

    @property
    def history(self) -> tuple[Turn, ...]:
        """What a follow-up is understood from."""
        return tuple(told.turn for told in self.turns)

    def told(self, number: object) -> Told | None:
        """The turn of that number, if it is still here."""
        return next((told for told in self.turns if told.number == number), None)

    def asked(
        self, answer: Answer, nowhere: tuple[str, ...], asked_of: Filter = ALL
    ) -> Conversation:
        """With one more turn."""
        number = self.turns[-1].number + 1 if self.turns else 1
        return Conversation((*self.turns, Told(number, answer, nowhere, asked_of))[-KEPT:])

    def without_newest(self) -> Conversation:
        """As it was before the last question."""
        return Conversation(self.turns[:-1])
