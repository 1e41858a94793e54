"""Paths → the article files in them: folders walked, links and ignored files left out.

Nothing is opened here but a folder's `.quothignore`.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from quoth.errors import ArticleError
from quoth.records import PathLike
from quoth.text import one_line

if TYPE_CHECKING:
    import pathspec

IGNORE_FILE = ".quothignore"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to read. `named` says that the user named it, not a folder that holds it."""

    path: Path
    source: str
    named: bool


def find_files(
    paths: Sequence[PathLike],
    skipped: list[tuple[str, str]],
    suffixes: Collection[str] = (".txt", ".md", ".markdown", ".jsonl"),
) -> Iterator[FoundFile]:
    """The files of these suffixes, each once however often it is named.

    Folders are walked in sorted order, links after files. What is left out of them is added to
    `skipped` with a reason, but for hidden files and those that `.quothignore` names.

    Raises:
        ArticleError: a path that is not there, cannot be listed, or has no known suffix.
    """
    seen: set[Path] = set()
    for path in paths:
        where = Path(path)
        is_folder = os.fspath(path) != "" and os.path.isdir(path)
        found = _in_folder(where, suffixes, skipped) if is_folder else [_named(path, suffixes)]
        for file in found:
            real = file.path.resolve()
            if real not in seen:
                seen.add(real)
                yield file


def expected(suffixes: Collection[str]) -> str:
    """`.txt, .md or .jsonl`."""
    *most, last = suffixes
    return f"{', '.join(most)} or {last}" if most else last


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
    try:
        siblings = sorted(one.name for one in path.absolute().parent.iterdir()) if name else []
    except (OSError, ValueError):
        siblings = []
    close = difflib.get_close_matches(path.name, siblings, n=1)
    return f": did you mean '{path.parent / close[0]}'?" if close else ": check the path"


def _in_folder(
    folder: Path, suffixes: Collection[str], skipped: list[tuple[str, str]]
) -> Iterator[FoundFile]:
    ignored = _ignored(folder)
    root = folder.resolve()
    for path in _walk(folder):
        source = path.relative_to(folder).as_posix()
        if ignored.match_file(source):
            continue
        reason = _reason_to_skip(path, source, root, suffixes)
        if reason:
            skipped.append((_printable(str(path)), reason))
        else:
            yield FoundFile(path, source, named=False)


def _walk(folder: Path) -> list[Path]:
    """All files below `folder` but hidden ones; links to folders are not followed.

    Links come last, so that a file keeps its own name where a link beside it leads to it.
    """
    found: list[Path] = []
    for parent, folders, names in os.walk(folder, onerror=_raise_unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(parent, name) for name in names if not name.startswith(".")]
    return sorted(found, key=lambda path: (path.is_symlink(), path.relative_to(folder).parts))


def _raise_unreadable(error: OSError) -> None:
    raise ArticleError(f"cannot read folder '{error.filename}': {error.strerror}") from error


def _ignored(folder: Path) -> pathspec.GitIgnoreSpec:
    import pathspec

    file = folder / IGNORE_FILE
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines() if file.is_file() else []
        return pathspec.GitIgnoreSpec.from_lines(lines)
    except (OSError, ValueError) as error:
        raise ArticleError(f"cannot read '{file}': {one_line(str(error), 200)}") from error


def _reason_to_skip(path: Path, source: str, root: Path, suffixes: Collection[str]) -> str:
    if path.is_symlink() and not path.resolve().is_relative_to(root):
        return "a link that leads out of the folder"
    if not path.is_file():
        return "not a file"
    if path.suffix.lower() not in suffixes:
        return f"not one of {expected(suffixes)}"
    if not _is_unicode(source):
        return "a name that is not utf-8"
    return ""


def _is_unicode(name: str) -> bool:
    return name == _printable(name)


def _printable(name: str) -> str:
    return name.encode("utf-8", "replace").decode()
