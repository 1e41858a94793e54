"""Which of the files that were found are new: by stamp first, then by hash."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from quoth.articles import FoundFile
from quoth.freshness import file_sha256, stamp
from quoth.records import Progress
from quoth.store import Store, StoredFile


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to read. path: absolute. size: bytes. stamp, sha256: before it is read."""

    found: FoundFile
    path: str
    stamp: str
    sha256: str
    size: int


@dataclass(slots=True)
class Compared:
    """What was found, against what is stored.

    same: ids of stored files that have not changed; stamps: new ones of those that were touched.
    failed: (path, reason) of those that cannot be read.
    """

    new: list[NewFile] = field(default_factory=list)
    same: list[int] = field(default_factory=list)
    stamps: dict[int, str] = field(default_factory=dict)
    failed: list[tuple[str, str]] = field(default_factory=list)


def compare(
    store: Store,
    files: Sequence[FoundFile],
    options: str,
    *,
    read_at: float,
    anew: bool,
    progress: Progress | None,
) -> Compared:
    """Which of `files` are new or changed since they were stored, or were read with other options.

    read_at: when reading begins, in seconds. anew: take all for new.
    """
    compared = Compared()
    known = {} if anew else store.files([absolute(found.path) for found in files])
    for number, found in enumerate(files, 1):
        try:
            _compare(known.get(absolute(found.path)), found, options, read_at, compared)
        except OSError as error:
            compared.failed.append((str(found.path), error.strerror or str(error)))
        if progress:
            progress("comparing", number, len(files))
    return compared


def absolute(path: Path) -> str:
    """The path as it is stored; links are not followed."""
    return os.path.abspath(path)


def _compare(
    known: StoredFile | None, found: FoundFile, options: str, read_at: float, compared: Compared
) -> None:
    path = absolute(found.path)
    mark = stamp(path, read_at=read_at)
    fits = known is not None and (known.options, known.source) == (options, found.source)
    if known is not None and fits and mark and mark == known.stamp:
        compared.same.append(known.id)
        return
    size = os.stat(path).st_size
    sha256 = file_sha256(path)
    if known is not None and fits and sha256 == known.sha256:
        compared.same.append(known.id)
        if mark != known.stamp:
            compared.stamps[known.id] = mark
        return
    compared.new.append(NewFile(found, path, mark, sha256, size))
