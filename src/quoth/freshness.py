"""Whether an article's file still says what is stored."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from quoth.articles import ReadOptions, reread
from quoth.records import Check
from quoth.rows import Origin

_RACY_SECONDS = 2.0  # a file changed this recently may change again without its stamp showing it


def stamp(path: str, *, read_at: float | None = None) -> str:
    """Size and times of change of a file that was read at `read_at` (seconds; None is now).

    "" where it is gone, or was changed after that or so shortly before that another change may
    not show.
    """
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return ""
    changed = max(status.st_mtime, status.st_ctime)
    if changed > (time.time() if read_at is None else read_at) - _RACY_SECONDS:
        return ""
    return json.dumps([status.st_size, status.st_mtime_ns, status.st_ctime_ns])


class FileChecks:
    """Checks files against what is stored, reading each only when its stamp is new."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], Check] = {}

    def check(self, source: str, origin: Origin) -> Check:
        """`verified` if the file of `origin` still says what was stored, else `changed`."""
        now = stamp(origin.path)
        if not now:
            return _compare(source, origin)
        if now == origin.stamp:
            return "verified"
        known = (source, origin.sha256, now)
        if known not in self._known:
            self._known[known] = _compare(source, origin)
        return self._known[known]


def _compare(source: str, origin: Origin) -> Check:
    options = ReadOptions(encoding=origin.encoding)
    again = reread(Path(origin.path), source, options)
    return "verified" if again is not None and again.sha256 == origin.sha256 else "changed"
