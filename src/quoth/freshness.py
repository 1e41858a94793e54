"""Whether an article's file still says what is stored."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

from quoth.articles import ReadOptions, reread
from quoth.records import Check
from quoth.rows import Origin

_RACY_SECONDS = 2.0  # a file changed this recently may change again without its stamp showing it
_LOADING = 1  # counts up when the same file and options would give other articles
_DECIDING = ("encoding", "text_column", "title_column")


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


def file_sha256(path: str | Path) -> str:
    """Hex digest of a file's bytes. Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def from_options(options: ReadOptions) -> str:
    """What of the options decides what is read, as it is stored."""
    told = {name: getattr(options, name) for name in _DECIDING}
    return json.dumps({"loading": _LOADING} | told)


def to_options(text: str) -> ReadOptions:
    """The options that were stored; the default ones where they cannot be read."""
    try:
        told = json.loads(text)
        return ReadOptions(**{name: told[name] for name in _DECIDING})
    except (ValueError, KeyError, TypeError):
        return ReadOptions()


def is_file(path: str) -> bool:
    """Whether an article of that origin came from a file: not from memory, nor from an address."""
    return bool(path) and "://" not in path


class FileChecks:
    """Checks files against what is stored, reading each only when its stamp is new."""

    def __init__(self, *, may_be_elsewhere: bool = False) -> None:
        """may_be_elsewhere: articles may come from files of other machines."""
        self._may_be_elsewhere = may_be_elsewhere
        self._known: dict[tuple[str, str, str], Check] = {}

    def check(self, source: str, origin: Origin) -> Check:
        """`verified` if the file of `origin` still says what was stored, else `changed`.

        Where there is no file, what is stored is all there is.
        """
        if not is_file(origin.path) or self._is_elsewhere(origin.path):
            return "verified"
        now = stamp(origin.path)
        if not now:
            return _compare(source, origin)
        if now == origin.stamp:
            return "verified"
        known = (source, origin.sha256, now)
        if known not in self._known:
            self._known[known] = _compare(source, origin)
        return self._known[known]

    def _is_elsewhere(self, path: str) -> bool:
        return self._may_be_elsewhere and not os.path.exists(path)


def _compare(source: str, origin: Origin) -> Check:
    """The file's bytes are the same, or what they say of this article is."""
    try:
        if origin.file_sha256 and file_sha256(origin.path) == origin.file_sha256:
            return "verified"
    except (OSError, ValueError):
        return "changed"
    again = reread(Path(origin.path), source, to_options(origin.options))
    return "verified" if again is not None and again.sha256 == origin.sha256 else "changed"
