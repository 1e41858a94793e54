"""Paths → the article files in them: folders walked, links and ignored files left out.

Nothing is opened here but a folder's `.quothignore`.
"""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from quoth.articles.loaders import LOADERS
from quoth.errors import ArticleError
from quoth.records import PathLike
from quoth.text import one_line

if TYPE_CHECKING:
    import pathspec

IGNORE_FILE = ".quothignore"
_IGNORE_BYTES = 2**20

Skipped = list[tuple[str, str]]
"""(path, reason) of what was left out."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to read. `named` says that the user named it, not a folder that holds it."""

    path: Path
    source: str
    named: bool


def find_files(
    paths: Sequence[PathLike], skipped: Skipped, suffixes: Collection[str] = LOADERS
) -> Iterator[FoundFile]:
    """The files of these suffixes, each once however often it is named.

    Folders are walked in sorted order while the files are asked for, links after files. What is
    left out of them is added to `skipped` with a reason, but for hidden files and those that
    `.quothignore` names.

    Raises:
        ArticleError: a path given is not there, cannot be listed, or has no known suffix.
    """
    seen: set[str] = set()
    for path in paths:
        is_folder = os.fspath(path) != "" and os.path.isdir(path)
        found = _in_folder(Path(path), suffixes, skipped) if is_folder else _alone(path, suffixes)
        for file, real in found:
            if real not in seen:
                seen.add(real)
                yield file


def expected(suffixes: Collection[str]) -> str:
    """`.txt, .md or .jsonl`."""
    *most, last = suffixes
    return f"{', '.join(most)} or {last}" if most else last


# --- A file that was named ---


def _alone(path: PathLike, suffixes: Collection[str]) -> list[tuple[FoundFile, str]]:
    file = _named(path, suffixes)
    return [(file, os.path.realpath(file.path))]


def _named(path: PathLike, suffixes: Collection[str]) -> FoundFile:
    name, where = os.fspath(path), Path(path)
    if not name or not os.path.exists(name):
        raise ArticleError(f"no file or folder '{one_line(name, 200)}'{_suggestion(where, name)}")
    if not where.is_file():
        raise ArticleError(f"'{name}' is neither a file nor a folder: name an article file")
    if where.suffix.lower() not in suffixes:
        raise ArticleError(f"cannot read '{name}': expected {expected(suffixes)} files")
    if not _is_unicode(where.name):
        raise ArticleError(f"the name of {name!a} is not utf-8: rename the file")
    return FoundFile(where, where.name, named=True)


def _suggestion(path: Path, name: str) -> str:
    if name and os.path.islink(name):
        return ": it is a link that leads nowhere"
    try:
        siblings = sorted(one.name for one in path.absolute().parent.iterdir()) if name else []
    except (OSError, ValueError):
        siblings = []
    close = difflib.get_close_matches(path.name, siblings, n=1)
    return f": did you mean '{path.parent / close[0]}'?" if close else ": check the path"


# --- The files of a folder ---


def _in_folder(
    folder: Path, suffixes: Collection[str], skipped: Skipped
) -> Iterator[tuple[FoundFile, str]]:
    """Each file with its real path, which for all but links follows from the folder's own."""
    ignored = _ignored(folder)
    root = os.path.realpath(folder)
    for entry, source in _walk(folder, skipped):
        if ignored is not None and ignored.match_file(source):
            continue
        is_link = entry.is_symlink()
        real = os.path.realpath(entry.path) if is_link else os.path.join(root, source)
        reason = _link_reason(entry, real, root) if is_link else ""
        reason = reason or _reason_to_skip(entry, source, suffixes)
        if reason:
            skipped.append((_printable(entry.path), reason))
        else:
            yield FoundFile(Path(entry.path), source, named=False), real


def _walk(folder: Path, skipped: Skipped) -> Iterator[tuple[os.DirEntry[str], str]]:
    """All entries below `folder` but folders and what is hidden, with their source; links last.

    So a file keeps its own name where a link beside it leads to it. Links to folders are not
    followed. Only one folder's names at a time, and the links, are held in memory.
    """
    links: list[tuple[os.DirEntry[str], str]] = []
    waiting = [(entry, "") for entry in reversed(_listed(folder))]
    while waiting:
        entry, above = waiting.pop()
        source = above + entry.name
        if entry.is_symlink():
            links.append((entry, source))
        elif entry.is_dir(follow_symlinks=False):
            below = _listed_or_skipped(entry.path, skipped)
            waiting += [(one, f"{source}/") for one in reversed(below)]
        else:
            yield entry, source
    yield from sorted(links, key=lambda link: link[1].split("/"))


def _listed(folder: PathLike) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            shown = [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        raise ArticleError(f"cannot read folder '{folder}': {error.strerror}") from error
    return sorted(shown, key=lambda entry: entry.name)


def _listed_or_skipped(folder: str, skipped: Skipped) -> list[os.DirEntry[str]]:
    try:
        return _listed(folder)
    except ArticleError as error:
        reason = error.__cause__.strerror if isinstance(error.__cause__, OSError) else str(error)
        skipped.append((_printable(folder), f"a folder that cannot be read: {reason}"))
        return []


def _ignored(folder: Path) -> pathspec.GitIgnoreSpec | None:
    file = folder / IGNORE_FILE
    if not file.is_file():
        return None
    import pathspec

    try:
        with file.open("rb") as opened:
            data = opened.read(_IGNORE_BYTES + 1)
        if len(data) > _IGNORE_BYTES:
            raise ArticleError(f"cannot read '{file}': it has more than 1 MiB")
        return pathspec.GitIgnoreSpec.from_lines(data.decode("utf-8-sig").splitlines())
    except (OSError, ValueError) as error:
        raise ArticleError(f"cannot read '{file}': {one_line(str(error), 200)}") from error


def _link_reason(entry: os.DirEntry[str], real: str, root: str) -> str:
    if not os.path.exists(entry.path):
        return "a link that leads nowhere"
    if not Path(real).is_relative_to(root):
        return "a link that leads out of the folder"
    return "a link to a folder" if os.path.isdir(real) else ""


def _reason_to_skip(entry: os.DirEntry[str], source: str, suffixes: Collection[str]) -> str:
    try:
        mode = entry.stat().st_mode
    except OSError as error:
        return error.strerror or str(error)
    if not stat.S_ISREG(mode):
        return "not a file"
    if os.path.splitext(entry.name)[1].lower() not in suffixes:
        return f"not one of {expected(suffixes)}"
    return "" if _is_unicode(source) else "a name that is not utf-8"


def _is_unicode(name: str) -> bool:
    return name == _printable(name)


def _printable(name: str) -> str:
    return name.encode("utf-8", "replace").decode()
