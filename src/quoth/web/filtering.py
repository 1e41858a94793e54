"""Which articles a visitor asks: one, those of a pattern, those of a time. It is theirs alone."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import NamedTuple

from quoth.errors import UsageError
from quoth.filters import checked_date, chosen_sources
from quoth.index import Index
from quoth.text import one_line

NO_FILTER = "All articles are asked"
_WILD = "*?["


class Filter(NamedTuple):
    """What `Answerer.ask` takes: a pattern of sources and dates, or None."""

    source: str | None = None
    after: str | None = None
    before: str | None = None


Given = tuple[object, object, object]
"""What was typed as source, after and before."""


ALL = Filter()
"""Every article is asked."""


def chosen_filter(index: Index, source: object, after: object, before: object) -> Filter:
    """What a visitor has typed, as a filter. Raises UsageError for what matches nothing."""
    words, first, end = _texts(source, after, before)
    for date, name in ((first, "from"), (end, "before")):
        checked_date(date or None, name)
    return Filter(_pattern(index, words) if words else None, first or None, end or None)


def searched(index: Index, asked_of: Filter) -> int:
    """How many articles are asked. Raises UsageError for none."""
    with index.reading() as view:
        chosen = chosen_sources(view, *asked_of)
        return index.totals()[0] if chosen is None else len(chosen)


def filter_label(source: object, after: object, before: object) -> str:
    """The filter in words."""
    given = _texts(source, after, before)
    names = (f"“{one_line(given[0], 60)}”", f"from {given[1]}", f"before {given[2]}")
    parts = [name for name, one in zip(names, given, strict=True) if one]
    return f"Only articles {', '.join(parts)} are asked" if parts else NO_FILTER


def _pattern(index: Index, words: str) -> str:
    """The pattern of sources that these words mean."""
    with index.reading() as view:
        if view.store.origin(words) is not None or any(one in words for one in _WILD):
            return words
        found = index.articles(2, containing=words)
        if len(found) == 1:
            return found[0].source
        pattern = f"*{''.join(_either(one) for one in words)}*"
        if any(fnmatchcase(source, pattern) for source in index.sources()):
            return pattern
    if not found:
        raise UsageError(f"no article has “{one_line(words, 60)}” in its title or its file’s name")
    raise UsageError(
        f"several articles have “{one_line(words, 60)}” in their titles: "
        "choose “Ask only this” beside one of them in the library"
    )


def _either(letter: str) -> str:
    """A pattern of the letter, large or small."""
    both = {letter.lower(), letter.upper()}
    plain = len(both) == 2 and all(len(one) == 1 for one in both)
    return f"[{''.join(sorted(both))}]" if plain else letter


def _texts(*given: object) -> list[str]:
    return [one.strip() if isinstance(one, str) else "" for one in given]
