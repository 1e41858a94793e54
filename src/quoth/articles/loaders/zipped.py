"""Zip archives that are articles (.docx, .odt, .epub): what is in them, within limits."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from quoth.articles.loaders.common import kind_of
from quoth.articles.options import MEGABYTE
from quoth.errors import ArticleError
from quoth.text import one_line

MAX_ENTRIES = 10_000
MAX_UNPACKED = 256 * MEGABYTE
MAX_RATIO = 200
_SMALL = 4 * MEGABYTE
"""Bytes up to which an entry may be packed however tightly: blank tables and the like."""


class Archive:
    """The files of an archive by name; entries whose names lead out of it are not there."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._entries = {one.filename: one for one in archive.infolist() if _leads_in(one.filename)}
        self._left = MAX_UNPACKED

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def read(self, name: str) -> bytes:
        """The bytes of a file.

        Raises:
            ArticleError: it is not there, encrypted, damaged, or unpacks to too much.
        """
        entry = self._entries.get(name)
        if entry is None:
            raise ArticleError(f"it has no '{one_line(name, 100)}': it is damaged, save it again")
        if entry.flag_bits & 1:
            raise ArticleError("it is encrypted: save it without a password")
        try:
            with self._archive.open(entry) as opened:
                data = opened.read(self._left + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as no:
            said = one_line(str(no), 100)
            raise ArticleError(f"'{one_line(name, 100)}' in it is damaged: {said}") from no
        self._left -= len(data)
        if self._left < 0:
            raise ArticleError(_too_much("more"))
        return data


@contextmanager
def opened_archive(file: BinaryIO, suffix: str) -> Iterator[Archive]:
    """The archive in `file`, once what it says of itself is within the limits.

    Raises:
        ArticleError: not a zip archive, too many entries, or too much to unpack.
    """
    start = file.read(1024)
    file.seek(0)
    found = kind_of(start)
    if found != "a zip archive":
        what = f"it is {found}" if found else "it is no zip archive"
        advice = "save it without a password" if "encrypted" in found else "rename it"
        raise ArticleError(f"{what}, not a {suffix}: {advice}")
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        said = one_line(str(error), 100)
        raise ArticleError(f"it is a damaged or truncated zip archive: {said}") from error
    with archive:
        _check(archive.infolist())
        yield Archive(archive)


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise ArticleError(f"it holds {len(entries):,} files, more than {MAX_ENTRIES:,}")
    total = sum(one.file_size for one in entries)
    if total > MAX_UNPACKED:
        raise ArticleError(_too_much(f"{total / MEGABYTE:,.0f} MiB, more"))
    for one in entries:
        if one.file_size > max(_SMALL, one.compress_size * MAX_RATIO):
            name = one_line(one.filename, 100)
            raise ArticleError(f"'{name}' in it unpacks to over {MAX_RATIO} times its size")


def _too_much(size: str) -> str:
    return f"it unpacks to {size} than {MAX_UNPACKED // MEGABYTE} MiB: split it"


def _leads_in(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return not name.startswith("/") and ".." not in parts and ":" not in parts[0]
