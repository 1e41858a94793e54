"""Pure: the frameworks' filters as what a search of quoth's can be kept to."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from quoth.adapters.library import Chosen
from quoth.errors import UsageError


class Condition(NamedTuple):
    """One comparison of a framework's filter, `date >= 2024-05`."""

    field: str
    operator: str
    value: object


_MEANS = {
    ("source", "=="): "source",
    ("date", ">="): "after",
    ("date", "<"): "before",
}


def chosen(conditions: Iterable[Condition]) -> Chosen:
    """What a search is kept to where all of `conditions` hold.

    `source ==` names one article, whatever signs of a pattern stand in its name. `date >=` and
    `date <` take a day, a month or a year. Raises UsageError for any other comparison, for a value
    that is no text, and for two conditions of one kind.
    """
    found: dict[str, str] = {}
    for field, operator, value in conditions:
        name = _MEANS.get((field.removeprefix("meta."), operator))
        if name is None:
            raise UsageError(
                f"quoth cannot filter by {field} {operator} {value!r}: choose from source ==, "
                "date >= and date <, all of which must hold"
            )
        if name in found:
            raise UsageError(f"the filter has {field} {operator} twice: give it once")
        if not isinstance(value, str):
            raise _no_text(name, value)
        found[name] = glob.escape(value) if name == "source" else value
    return kept_to(found)


def kept_to(given: Mapping[str, object]) -> Chosen:
    """What a search is kept to by `source`, `after` and `before`, as far as they are given.

    Raises UsageError for one that is no text, as a date in YAML is without quotation marks.
    """
    for name, value in given.items():
        if not isinstance(value, str | None):
            raise _no_text(name, value)
    texts = {name: str(value) for name, value in given.items() if value is not None}
    return Chosen(source=texts.get("source"), after=texts.get("after"), before=texts.get("before"))


def _no_text(name: str, value: object) -> UsageError:
    return UsageError(f"the filter {name} is {value!r}, which is no text: give a string")
