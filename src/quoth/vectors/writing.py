"""From one state of the vectors to the next: what stays is linked, what is new is written."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from quoth.records import Floats, Ints, Progress
from quoth.vectors.codes import read_codes, shards, trained, write_codes
from quoth.vectors.files import File, NewFile, link
from quoth.vectors.manifest import Manifest, SegmentFiles, read_manifest, write_manifest
from quoth.vectors.planning import Plan, planned
from quoth.vectors.rows import Rows
from quoth.vectors.segment import Segment, open_segments

Vectors = Callable[[Ints], Floats]
"""ids (n,) → their vectors (n, dimension), rows of length 1."""
Part = tuple[Ints, Floats]
"""Some ids and their vectors."""
Codebook = tuple[Path, int]
"""A file of codes, and how many vectors its segment has."""
STAGE = "indexing vectors"
_AT_ONCE = 4096


def write_vectors(
    folder: Path,
    dimension: int,
    *,
    old: Path | None,
    added: Ints,
    removed: Ints,
    vectors: Vectors,
    progress: Progress | None = None,
    compact: bool = False,
) -> None:
    """Make `folder` hold what `old` holds, and `added`, but not `removed`.

    folder: not there yet. Its files are on the disk when this returns; when this fails, it is gone.
    added: ascending, each greater than any id before. removed: in any order; ids that are not
        there are left alone.
    vectors: asked for the added ones in parts.
    compact: also merge what earlier changes have left in parts. Costs nothing where there is
        little to merge, else as much as writing all anew.

    Raises IndexDamagedError where `old` is, ValueError for ids out of order or vectors of another
    shape, OSError where the disk is full or `folder` is there.
    """
    before = read_manifest(old) if old else Manifest(dimension)
    segments = open_segments(old, before, removed) if old else []
    try:
        _check(before, segments, added, dimension)
        folder.mkdir(parents=True)
        try:
            plan = planned([one.size for one in segments], len(added), compact=compact)
            new = _NewState(folder, before, _codebook(segments), progress)
            new.write(segments, plan, _given(added, vectors, dimension))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    finally:
        for segment in segments:
            segment.close()


def _check(before: Manifest, segments: Sequence[Segment], added: Ints, dimension: int) -> None:
    if before.dimension != dimension:
        raise ValueError(f"vectors of {before.dimension} dimensions, not {dimension}")
    last = [one.ids()[-1:] for one in segments]
    if (np.diff(np.concatenate([*last, added])) <= 0).any():
        raise ValueError("the added ids are not ascending, or not greater than those before")


class _NewState:
    """The state that is being written into `folder`."""

    def __init__(
        self,
        folder: Path,
        before: Manifest,
        codebook: Codebook | None,
        progress: Progress | None,
    ) -> None:
        self._folder = folder
        self._codebook = codebook
        self._dimension = before.dimension
        self._following = before.following
        self._progress = progress

    def write(self, segments: Sequence[Segment], plan: Plan, added: Iterator[Part]) -> None:
        """All of it, the manifest last. segments: those of the state before, after removals."""
        found: list[SegmentFiles] = []
        gone = [np.empty(0, np.int64)]
        for number, segment in enumerate(segments[: plan.first]):
            if number in plan.anew:
                found += self._segment(segment.parts(), segment.size.approximate)
            else:
                found.append(self._linked(segment))
                gone.append(segment.gone())
        merged = (part for segment in segments[plan.first :] for part in segment.parts())
        found += self._segment(chain(merged, added), plan.approximate)
        removed = self._removed(np.concatenate(gone))
        write_manifest(
            self._folder, Manifest(self._dimension, self._following, tuple(found), removed)
        )

    def _linked(self, segment: Segment) -> SegmentFiles:
        for file in segment.files.files:
            link(segment.folder / file.name, self._folder / file.name)
        return segment.files

    def _segment(self, parts: Iterable[Part], approximate: bool) -> list[SegmentFiles]:
        """A new segment of these vectors; none where there are none."""
        path = self._next("ids")
        with NewFile(path) as ids, NewFile(path.with_suffix(".rows")) as rows:
            count = 0
            for some, block in parts:
                ids.write(some.tobytes())
                rows.write(np.ascontiguousarray(block, np.float32).tobytes())
                count += len(some)
        if not count:
            ids.path.unlink()
            rows.path.unlink()
            return []
        codes = self._codes(rows.path, count) if approximate else ()
        return [SegmentFiles(count, ids.described, rows.described, codes)]

    def _codes(self, path: Path, count: int) -> tuple[File, ...]:
        rows = Rows(path, count, self._dimension, mapped=False)
        found = []
        try:
            index = self._empty(rows)
            for number, shard in enumerate(shards(rows, index, partial(self._report, count))):
                with NewFile(path.with_suffix(f".codes-{number}")) as file:
                    write_codes(shard, file.write)
                found.append(file.described)
        finally:
            rows.close()
        return tuple(found)

    def _empty(self, rows: Rows) -> Any:
        """An index to fill: trained before, on more vectors than these, or on these."""
        if self._codebook and self._codebook[1] >= rows.shape[0]:
            return read_codes(self._codebook[0])
        return trained(rows)

    def _removed(self, ids: Ints) -> File | None:
        if not len(ids):
            return None
        with NewFile(self._next("removed")) as file:
            file.write(ids.tobytes())
        return file.described

    def _report(self, total: int, done: int) -> None:
        if self._progress is not None:
            self._progress(STAGE, done, total)

    def _next(self, kind: str) -> Path:
        path = self._folder / f"{self._following:06}.{kind}"
        self._following += 1
        return path


def _codebook(segments: Sequence[Segment]) -> Codebook | None:
    """The first codes of the largest segment that has any."""
    coded = [
        (len(one), one.folder / one.files.codes[0].name) for one in segments if one.files.codes
    ]
    size, path = max(coded, default=(0, None))
    return (path, size) if path else None


def _given(ids: Ints, vectors: Vectors, dimension: int) -> Iterator[Part]:
    """The added vectors, in parts."""
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        rows = vectors(some)
        if rows.shape != (len(some), dimension):
            raise ValueError(f"vectors of shape {rows.shape}, not {(len(some), dimension)}")
        yield some, rows
