"""Which articles a search is kept to: by a pattern of their sources, by their dates."""

from __future__ import annotations

import datetime
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from quoth.errors import UsageError

if TYPE_CHECKING:
    from quoth.state import View


def chosen_sources(
    view: View, pattern: str | None, after: str | None, before: str | None
) -> list[str] | None:
    """The sources that a search is kept to; None for all. Raises UsageError."""
    if pattern is None and after is None and before is None:
        return None
    first, end = checked_date(after, "after"), checked_date(before, "before")
    dated = view.store.dates() if first or end else dict.fromkeys(view.store.sources(), "")
    found = [
        source
        for source, date in dated.items()
        if (pattern is None or source == pattern or fnmatchcase(source, pattern))
        and is_dated(date, first, end)
    ]
    if not found:
        raise UsageError(_none_chosen(view, pattern, after, before))
    return found


def _none_chosen(view: View, pattern: str | None, after: str | None, before: str | None) -> str:
    dates = " and ".join(
        f"{name} {date}" for name, date in (("after", after), ("before", before)) if date
    )
    if not dates:
        near = get_close_matches(str(pattern), view.store.sources(), 1)
        hint = f"did you mean {near[0]!r}?" if near else "'quoth list' shows what is there"
        return f"no article's source matches {pattern!r}: {hint}"
    match = f" whose source matches {pattern!r}" if pattern else ""
    return f"no article{match} has a date {dates}: 'quoth list' shows the dates there are"


def is_dated(date: str, first: str | None, end: str | None) -> bool:
    """Whether something of an article's date lies from `first` on, and before `end`.

    All are ISO 8601: a day, a month or a year, of which the first day counts for a limit.
    """
    if first is None and end is None:
        return True
    if not date:
        return False
    earliest, latest = date + "-01-01"[len(date) - 4 :], date + "-12-31"[len(date) - 4 :]
    return (first is None or latest >= first) and (end is None or earliest < end)


def checked_date(date: str | None, name: str) -> str | None:
    """The day that an ISO date begins with, `2024-05-01` for `2024-05`. Raises UsageError."""
    if date is None:
        return None
    if not isinstance(date, str):
        raise UsageError(f"{name} is {date!r}: it must be a string such as '2024-05-17' or '2024'")
    day = date + "-01-01"[len(date) - 4 :] if len(date) in (4, 7) else date
    try:
        datetime.date.fromisoformat(day)
    except ValueError as error:
        raise UsageError(
            f"{name} is {date!r}: it must be a date such as 2024-05-17, 2024-05 or 2024"
        ) from error
    return day
