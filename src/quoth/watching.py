"""Folders watched for changes, with watchfiles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from quoth.records import PathLike

_WAIT_MS = 200  # between two looks
_GATHER_MS = 1000  # changes that follow each other so closely are one


def changes_in(folder: PathLike) -> Iterator[None]:
    """Once at once, then after each change in the folder; changes meanwhile are not missed.

    Ends by KeyboardInterrupt.
    """
    from watchfiles import watch

    is_first = True
    for changes in watch(
        Path(folder), watch_filter=None, debounce=_GATHER_MS, rust_timeout=_WAIT_MS,
        yield_on_timeout=True, raise_interrupt=True,
    ):  # fmt: skip
        if is_first or changes:
            is_first = False
            yield None
