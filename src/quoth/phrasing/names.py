"""Pure: the names of a sentence that are not in the texts it leans on.

A name is a word with a capital in it, or one of a script that knows none; several in a row are one
name and must stand so in the text too. At the start of a sentence only common words are believed
to be none: see `words.COMMON`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from quoth.dates import dates
from quoth.differing import blanked
from quoth.phrasing.figures import plain
from quoth.phrasing.words import COMMON
from quoth.terms import STOP_WORDS, terms

_TOKEN = re.compile(r"[^\W_]+(?:[’'][^\W_]+)*")
_DOTTED = re.compile(r"\b(?:[A-Z]\.){2,}")
_HYPHENS = ("-", "–", "‑")
_OPENS = re.compile(r"(?:^|[.:!?…]\s|[“\"‘'(\[—–*_]\s?)\s*$")
_BEFORE = 8  # characters before a word that are looked at
_OF_PEOPLE = re.compile(r"(?:n|an|ian|ns|ans|ians|ese|i|is)")
_SAME = 4
"""Letters that "Iran" and "Iranian" share at least."""


@dataclass(frozen=True, slots=True)
class _Word:
    """start, end: in the text. folded: without its case, accents and possessive ending."""

    start: int
    end: int
    folded: str
    is_name: bool
    opens: bool


def unknown_name(sentence: str, texts: Sequence[str], question: str = "") -> str:
    """The first name of `sentence` that stands in none of `texts`; "" if there is none.

    question: words that it has in lower case are no names at the start of a sentence either.
    """
    written = _undated(sentence)
    sources = [_words_of(text) for text in texts]
    lower = {one.folded for some in sources for one in some if one.opens or not one.is_name}
    lower -= {one.folded for some in sources for one in some if one.is_name and not one.opens}
    lower |= {one.folded for one in _words_of(question) if not one.is_name}
    for name in _names(list(_words(written)), written, lower):
        if not any(_holds(source, name) for source in sources):
            return written[name[0].start : name[-1].end]
    return ""


def name_words(text: str) -> list[str]:
    """The words of the names in `text`, in order, without case, accents and possessive endings."""
    return [
        one.folded
        for one in _words_of(text)
        if one.is_name and not (one.opens and one.folded in COMMON)
    ]


@lru_cache(maxsize=64)  # the same quotes for each sentence of a reply
def _words_of(text: str) -> tuple[_Word, ...]:
    return tuple(_words(_undated(text)))


def _undated(text: str) -> str:
    text = _DOTTED.sub(lambda found: found[0].replace(".", "") + " ", plain(text))
    return blanked(text, (date.span for date in dates(text)))


def _words(text: str) -> Iterator[_Word]:
    for match in _TOKEN.finditer(text):
        folded = _folded(match[0])
        is_name = match[0] not in ("I", "A") and (
            match[0] != match[0].lower() or any(map(_has_no_case, match[0]))
        )
        opens = _OPENS.search(text[: match.start()][-_BEFORE:]) is not None
        yield _Word(match.start(), match.end(), folded, is_name, opens)


def _has_no_case(character: str) -> bool:
    return unicodedata.category(character) == "Lo"


def _folded(word: str) -> str:
    bare = re.sub(r"[’']s?$", "", word)
    parts = unicodedata.normalize("NFKD", bare.casefold())
    return "".join(one for one in parts if not unicodedata.combining(one))


def _names(words: Sequence[_Word], text: str, lower: set[str]) -> Iterator[list[_Word]]:
    """Runs of names that nothing but a blank stands between, with all that a hyphen joins."""
    run: list[_Word] = []
    for word in words:
        joint = text[run[-1].end : word.start] if run else ""
        joined = joint.strip() in _HYPHENS and len(joint) == 1
        if run and not (joined or (word.is_name and not joint.strip())):
            yield run
            run = []
        if joined or (word.is_name and (run or not _is_common(word, lower))):
            run.append(word)
    if run:
        yield run


def _is_common(word: _Word, lower: set[str]) -> bool:
    stems = {stem for one in lower for stem in terms(one)}
    return word.opens and (
        word.folded in COMMON
        or word.folded in lower
        or bool(stems.intersection(terms(word.folded)))
    )


def _holds(source: Sequence[_Word], name: Sequence[_Word]) -> bool:
    """Whether the words of the name stand in the source one behind the other."""
    places = range(len(source) - len(name) + 1)
    return any(all(map(_is_same, name, source[place : place + len(name)])) for place in places)


def _is_same(word: _Word, known: _Word) -> bool:
    if not known.is_name and known.folded in STOP_WORDS:
        return False  # "us" is not the US
    return word.folded == known.folded or _is_of_people(word.folded, known.folded)


def _is_of_people(one: str, other: str) -> bool:
    """Whether one is the other's people, "Ukrainian" of "Ukraine", or a plural of it."""
    short, long = sorted((one, other), key=len)
    if long == f"{short}s":
        return True
    stem = short[:-1] if short.endswith(("a", "e", "o")) else short
    if len(stem) < _SAME or not long.startswith(stem):
        return False
    return any(
        _OF_PEOPLE.fullmatch(long.removeprefix(base))
        for base in (short, stem)
        if long.startswith(base)
    )
