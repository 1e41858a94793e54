"""Questions → what the network is shown: pairs of a question and a window of sentences.

Each question gives its own text and texts that do not answer it; lengths, places, spelling and
titles vary from one showing to the next, by a seed.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from examples import Examples, Question, Range, Text

WELL_KEPT = {"squad-v1-dev-shared", "squad-v2-dev", "squadshifts-new-wiki", "nq-qed-dev", "selqa"}
"""Sets whose questions are clear enough that a text without the answer does not answer."""
SHOWINGS = {
    "squad-v2-dev": 1.0, "squad-v1-dev-shared": 1.5, "disfl-qa": 0.6, "squadshifts-new-wiki": 1.0,
    "squadshifts-amazon": 0.35, "squadshifts-reddit": 0.35, "nq-qed-dev": 3.0, "selqa": 2.0,
}  # fmt: skip
"""How often a question of a set is shown in a round."""
_ENTITY = re.compile(r"(?<=[a-z,] )(?:[A-Z][\w'-]+(?: [A-Z][\w'-]+)*|\d[\d,.]*\d|\d)")


@dataclass(frozen=True)
class Pair:
    """relevant: the window answers. answers: (start, end) in `text`, of which one is drawn as the
    span. exact: they are words. sentences: (start, end) of each in `text`."""

    question: str
    title: str
    text: str
    sentences: tuple[Range, ...]
    answers: tuple[Range, ...]
    exact: bool

    @property
    def relevant(self) -> bool:
        return bool(self.answers)


def showings(examples: Examples, chance: random.Random) -> list[Question]:
    """The questions of one round in random order."""
    shown = []
    for question in examples.questions:
        times = SHOWINGS[question.set]
        shown += [question] * (int(times) + (chance.random() < times % 1))
    chance.shuffle(shown)
    return shown


def group(question: Question, examples: Examples, chance: random.Random) -> list[Pair]:
    """The pairs of one showing: the right window first if there is one."""
    own = examples.texts[question.text]
    asked = worn(question.question, chance)
    title = chance.random() < 0.7
    if not question.answers:
        pairs = [_pair(asked, own, _window(own, None, chance), question, title)]
        if chance.random() < 0.25 and question.near:
            pairs.append(_miss(asked, question, examples, chance, title))
        return pairs
    answer = chance.choice(question.answers)
    pairs = [_pair(asked, own, _window(own, answer, chance), question, title)]
    kept = question.set in WELL_KEPT
    kind = chance.random()
    if kept and kind < 0.25 and (without := _without_answer(own, question, chance)):
        pairs.append(_pair(asked, own, without, question, title))
    elif kept and kind < 0.40 and (other := swapped(question, examples, chance)):
        changed = Question(question.set, other, question.text, (), question.exact)
        pairs.append(_pair(other, own, _window(own, answer, chance), changed, title))
    elif question.near:
        pairs.append(_miss(asked, question, examples, chance, title))
    if kept and question.near and chance.random() < 0.4:
        pairs.append(_miss(asked, question, examples, chance, title))
    return pairs


def worn(question: str, chance: random.Random) -> str:
    """As people type: without capitals, question mark or care, now and then."""
    if chance.random() < 0.15:
        question = question.lower()
    if chance.random() < 0.15:
        question = question.rstrip(" ?")
    if chance.random() < 0.08 and len(question) > 12:
        place = chance.randrange(1, len(question) - 2)
        kinds = (
            question[:place] + question[place + 1 :],
            question[:place] + question[place + 1] + question[place] + question[place + 2 :],
            question[:place] + question[place] + question[place:],
        )
        question = chance.choice(kinds)
    return question


def swapped(question: Question, examples: Examples, chance: random.Random) -> str:
    """The question with a name or number of another one: near the text, without an answer there."""
    found = list(_ENTITY.finditer(question.question))
    if not found or not question.near:
        return ""
    place = chance.choice(found)
    is_number = place[0][0].isdigit()
    own = examples.texts[question.text].text
    for number in chance.sample(question.near, min(4, len(question.near))):
        others = [
            m[0]
            for m in _ENTITY.finditer(examples.texts[number].text)
            if m[0][0].isdigit() == is_number and m[0] not in own
        ]
        if others:
            start, end = place.span()
            return question.question[:start] + chance.choice(others) + question.question[end:]
    return ""


def _miss(
    asked: str, question: Question, examples: Examples, chance: random.Random, title: bool
) -> Pair:
    near = question.near[:6] if chance.random() < 0.7 else question.near
    text = examples.texts[chance.choice(near)]
    nothing = Question(question.set, asked, 0, (), question.exact)
    return _pair(asked, text, _window(text, None, chance), nothing, title)


def _window(text: Text, answer: Range | None, chance: random.Random) -> Range:
    """First and last + 1 of a run of sentences, with the answer's if there is one."""
    count = len(text.sentences)
    if chance.random() < 0.2 or count < 3:
        return 0, count
    size = min(count, chance.randint(2, 6))
    if answer is None:
        first = chance.randint(0, count - size)
        return first, first + size
    inside = [n for n, (s, e) in enumerate(text.sentences) if s < answer[1] and answer[0] < e]
    low, high = (inside[0], inside[-1]) if inside else (0, 0)
    size = max(size, high - low + 1)
    first = chance.randint(max(0, high - size + 1), min(low, count - size))
    return first, first + size


def _without_answer(text: Text, question: Question, chance: random.Random) -> Range | None:
    """The longer run of sentences on one side of everything that answers."""
    start = min(s for s, _ in question.answers)
    end = max(e for _, e in question.answers)
    before = [n for n, (_, e) in enumerate(text.sentences) if e <= start]
    after = [n for n, (s, _) in enumerate(text.sentences) if s >= end]
    side = max(before, after, key=len)
    if len(side) < 2:
        return None
    size = chance.randint(2, min(6, len(side)))
    first = chance.randint(side[0], side[-1] - size + 1)
    return first, first + size


def _pair(asked: str, text: Text, window: Range, question: Question, title: bool) -> Pair:
    first, last = window
    inside = text.sentences[first:last]
    start, end = inside[0][0], inside[-1][1]
    answers = tuple((s - start, e - start) for s, e in question.answers if start <= s and e <= end)
    return Pair(
        asked,
        text.title.replace(" / ", ". ") if title else "",
        text.text[start:end],
        tuple((s - start, e - start) for s, e in inside),
        answers,
        question.exact,
    )
