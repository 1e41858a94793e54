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
        if not isinstance(value, str):
            raise UsageError(f"the filter {field} {operator} {value!r} is no text: give a string")
        if name in found:
            raise UsageError(f"the filter has {field} {operator} twice: give it once")
        found[name] = glob.escape(value) if name == "source" else value
    return kept_to(found)


def kept_to(given: Mapping[str, str | None]) -> Chosen:
    """What a search is kept to by `source`, `after` and `before`, as far as they are given."""
    return Chosen(source=given.get("source"), after=given.get("after"), before=given.get("before"))
