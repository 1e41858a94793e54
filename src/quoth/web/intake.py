"""Files that are dropped on the app → copies in `uploads/` → articles of the index.

An article's text is in the index, but its file is kept too, in the folder `uploads` inside the
index's, so that quotes are checked against it and a PDF's pages can be shown. Its names are safe
(see `uploads.py`); `quoth add index/uploads` brings its articles in again.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from quoth.articles import LOADERS
from quoth.articles.finding import expected
from quoth.errors import StorageError
from quoth.freshness import file_sha256
from quoth.index import Changes, Index
from quoth.new_folder import remove_abandoned
from quoth.records import Progress
from quoth.text import one_line
from quoth.web.uploads import numbered, put, put_back, safe_name, same_bytes

FOLDER = "uploads"
Outcome = Literal["added", "updated", "unchanged", "failed", "removed"]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a file or an address. says: the reason, or what is worth knowing."""

    name: str
    outcome: Outcome
    says: str = ""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A file in its place. given: its name. aside: what it replaces is there; None if it stood
    there already."""

    given: str
    place: Path
    aside: Path | None

    def undo(self) -> bool:
        """Put back what was there before; whether there was anything."""
        had = self.aside is not None and self.aside.exists()
        if self.aside is not None:
            with suppress(OSError):
                put_back(self.place, self.aside)
        return had


def take_in(
    index: Index,
    folder: Path,
    files: Sequence[Path],
    *,
    replace: bool = False,
    progress: Progress | None = None,
) -> list[Result]:
    """Copy the files to `folder` and add their articles; what became of each, in order.

    For one user at a time. See `Stock.add_files`.
    """
    try:
        folder.mkdir(exist_ok=True)
        remove_abandoned(folder)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as spare:
            return _Intake(index, folder, Path(spare), replace).take(files, progress)
    except OSError as error:
        raise StorageError(
            f"cannot write the folder {str(folder)!r} ({error.strerror}): "
            "free some space or check its permissions"
        ) from error


def articles_from(index: Index, path: Path) -> list[str]:
    """The sources of the articles that came from this file."""
    with index.reading() as view:
        known = view.store.file(str(path))
        return sorted(view.store.owners([known.id])) if known else []


@dataclass(slots=True)
class _Intake:
    """One lot of files. spare: an empty folder beside their places."""

    index: Index
    folder: Path
    spare: Path
    replace: bool
    placed: list[_Placed] = field(default_factory=list)
    restored: list[Path] = field(default_factory=list)

    def take(self, files: Sequence[Path], progress: Progress | None) -> list[Result]:
        try:
            taken = [self._place(file) for file in files]
            changes = Changes()
            if self.placed:
                paths = [one.place for one in self.placed]
                changes = self.index.add(paths, may_be_empty=True, progress=progress)
        except BaseException:
            for one in self.placed:
                one.undo()
            raise
        told = [one if isinstance(one, Result) else self._told(one, changes) for one in taken]
        if self.restored:  # one that holds nothing has taken the articles of the older one away
            self.index.add(self.restored, may_be_empty=True)
        return told

    def _place(self, file: Path) -> _Placed | Result:
        """The file in its place, unless it is no article or is there already."""
        given = safe_name(file.name)
        if file.is_symlink() or not file.is_file():
            return Result(given, "failed", "this is not a file")
        if os.path.splitext(given)[1].lower() not in LOADERS:
            return Result(given, "failed", f"expected {expected(LOADERS)} files")
        for name in numbered(given):
            place = self.folder / name
            if same_bytes(file, place):
                return self._known(_Placed(given, place, None))
            if self._holds_elsewhere(name, file):
                return Result(given, "unchanged", "it is in the library already")
            if self._is_free(name, place):
                aside = self.spare / str(len(self.placed))
                put(file, place, aside)
                return self._known(_Placed(given, place, aside))
        raise AssertionError("names never end")

    def _known(self, placed: _Placed) -> _Placed:
        self.placed.append(placed)
        return placed

    def _is_free(self, name: str, place: Path) -> bool:
        """Whether a file may go there: what is there belongs to no article, or is to give way."""
        if any(one.place == place for one in self.placed):
            return False
        with self.index.reading() as view:
            if view.store.file(str(place)) is not None:
                return self.replace
            return view.store.origin(name) is None

    def _holds_elsewhere(self, name: str, file: Path) -> bool:
        """Whether the article of that name came from another file that holds the same."""
        with self.index.reading() as view:
            origin = view.store.origin(name)
        is_other = origin is not None and origin.path != str(self.folder / name)
        return is_other and origin is not None and origin.file_sha256 == file_sha256(file)

    def _told(self, one: _Placed, changes: Changes) -> Result:
        sources = articles_from(self.index, one.place)
        reason = _reason(one.place, changes)
        if reason or not sources:
            if one.undo():
                self.restored.append(one.place)
            return Result(one.given, "failed", reason or "it holds no article")
        return Result(
            one.given, outcome_of(changes, sources), _worth_knowing(one, sources, changes)
        )


def outcome_of(changes: Changes, sources: Sequence[str]) -> Outcome:
    """What a change did to articles."""
    if {*changes.updated} & {*sources}:
        return "updated"
    return "added" if {*changes.added} & {*sources} else "unchanged"


def _reason(place: Path, changes: Changes) -> str:
    """Why nothing came of it; "" where something did."""
    failed = dict(changes.failed).get(str(place), "")
    if failed:
        return one_line(failed.replace(str(place), place.name), 300)
    return next((one_line(why, 300) for path, why in changes.skipped if path == str(place)), "")


def _worth_knowing(one: _Placed, sources: Sequence[str], changes: Changes) -> str:
    parts = []
    if one.place.name != one.given:
        parts.append(f"as {one.place.name!r}, because there is another {one.given!r}")
    if len(sources) > 1:
        parts.append(f"{len(sources):,} articles")
    replaced = len({*changes.updated} & {*sources})
    if replaced and sources != [one.place.name]:
        parts.append(f"{replaced:,} replaced articles of the same name")
    return "; ".join(parts)
