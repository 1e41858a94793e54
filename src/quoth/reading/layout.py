"""What a reader's network is given: token ids of a question and a text, in windows; pure.

    [CLS] question [SEP] context text [SEP]

`context` is the title and section that the text stands under. Training uses the same layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from quoth.text import encodable

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WINDOW = 256
"""Tokens run as one, the question and all marks included."""
OVERLAP = 64
"""Tokens of a text that two windows after each other share."""
QUESTION_TOKENS = 64
CONTEXT_TOKENS = 32

_BERT = (["[CLS]"], ["[SEP]"], ["[SEP]"], ["[PAD]"])
_MPNET = (["<s>"], ["</s>", "</s>"], ["</s>"], ["<pad>"])
"""Marks before the question, after it, after the text, and what fills up."""

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Window:
    """A run of a text's tokens behind the question.

    ids, types: of all tokens; a type is 1 from the context on, where the model knows types.
    head: how many tokens stand before the text's.
    first: the number, in the text, of its first token here.
    """

    ids: tuple[int, ...]
    types: tuple[int, ...]
    head: int
    first: int

    @property
    def count(self) -> int:
        """How many of the text's tokens it holds."""
        return len(self.ids) - self.head - 1


@dataclass(frozen=True, slots=True)
class Laid:
    """A text laid out. offsets: (start, end) of each of its tokens, code points of the text."""

    offsets: tuple[Range, ...]
    windows: tuple[Window, ...]


class Layout:
    """Lays out pairs for one tokenizer. Safe to use from several threads."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """tokenizer: BERT's or MPNet's, which neither pads nor truncates."""
        self._tokenizer = tokenizer
        self.knows_types = tokenizer.token_to_id("[CLS]") is not None
        names = _BERT if self.knows_types else _MPNET
        first, between, last, padding = ([_id(tokenizer, one) for one in some] for some in names)
        self._first, self._between, self._last = first, between, last
        self.pad_id = padding[0]

    def __call__(self, question: str, context: str, text: str) -> Laid:
        """A text of no tokens gives one window of none."""
        asked, before, own = self._tokenizer.encode_batch(
            [encodable(question), encodable(context), encodable(text)], add_special_tokens=False
        )
        start = self._first + asked.ids[:QUESTION_TOKENS] + self._between
        head = start + before.ids[:CONTEXT_TOKENS]
        room = WINDOW - len(head) - 1
        windows = tuple(
            self._window(start, head, own.ids[first:last], first)
            for first, last in runs(len(own.ids), room, OVERLAP)
        )
        return Laid(tuple(own.offsets), windows)

    def _window(self, start: list[int], head: list[int], text: Sequence[int], first: int) -> Window:
        ids = (*head, *text, *self._last)
        types = (0,) * len(start) + (int(self.knows_types),) * (len(ids) - len(start))
        return Window(ids, types, len(head), first)


def _id(tokenizer: Tokenizer, mark: str) -> int:
    found = tokenizer.token_to_id(mark)
    if found is None:
        raise ValueError(f"the tokenizer knows no {mark}")
    return found


def runs(count: int, room: int, overlap: int) -> list[Range]:
    """(first, last + 1) of runs of at most `room` that cover `count` things, in order.

    Neighbours share at least `overlap`; at least one run, empty if there is nothing.
    """
    if count <= room:
        return [(0, count)]
    starts = [*range(0, count - room, room - overlap), count - room]
    return [(start, start + room) for start in starts]
