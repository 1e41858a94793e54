"""Vectors on disk behind the interface of an engine in memory, to be tested as these are."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from unittest.mock import patch

import numpy as np

from quoth.records import Floats, Ints
from quoth.vectors import SegmentVectors, coded, planning, write_vectors


class OnDisk:
    """Writes a state at each change. limits: at which vectors are searched by their codes."""

    def __init__(self, dimension: int, *, limits: tuple[int, int, int] | None = None) -> None:
        self._folder = tempfile.mkdtemp()
        weakref.finalize(self, shutil.rmtree, self._folder)
        self._dimension = dimension
        self._limits = limits or (planning.EXACT, planning.TAIL, coded.FEW)
        self._states = 0
        self._change(np.empty(0, np.int64), np.empty(0, np.int64), {})

    def add(self, ids: Ints, vectors: Floats) -> None:
        rows = dict(zip(ids.tolist(), vectors, strict=True))
        self._change(np.sort(ids), np.empty(0, np.int64), rows)

    def remove(self, ids: Ints) -> None:
        self._change(np.empty(0, np.int64), ids, {})

    def search(self, queries: Floats, k: int, allowed: Ints | None = None) -> tuple[Floats, Ints]:
        with patch.object(coded, "FEW", self._limits[2]):
            return self._engine.search(queries, k, allowed)

    def __len__(self) -> int:
        return len(self._engine)

    def _change(self, added: Ints, removed: Ints, rows: dict[int, Floats]) -> None:
        old = self._path if self._states else None
        self._states += 1
        exact, tail, _ = self._limits
        with patch.object(planning, "EXACT", exact), patch.object(planning, "TAIL", tail):
            write_vectors(
                self._path,
                self._dimension,
                old=old,
                added=added,
                removed=removed,
                vectors=lambda ids: np.stack([rows[number] for number in ids.tolist()]),
            )
        self._engine = SegmentVectors.load(self._path)
        assert self._engine.problems() == []

    @property
    def _path(self) -> Path:
        return Path(self._folder) / str(self._states)
