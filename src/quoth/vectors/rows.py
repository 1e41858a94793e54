"""The vectors of a segment, read from their file."""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from quoth.records import Floats, Ints

_AT_ONCE = 4096
"""Rows: 6 MB of 384 dimensions."""


class Rows:
    """float32 (count, dimension) in a file; goes on when the file's name is removed.

    Mapped into memory, or, where there are more than one would keep there, read when asked for:
    pages of a map count as the process's memory once they were touched, and a few rows of a
    question would touch 64 KB for each.
    """

    def __init__(self, path: Path, count: int, dimension: int, *, mapped: bool) -> None:
        """Raises OSError and ValueError if the file is not there or too short."""
        self.shape = (count, dimension)
        self._map: Floats | None = None
        if count and (mapped or not hasattr(os, "preadv")):
            self._map = np.memmap(path, np.float32, "r", shape=self.shape)
        else:
            self._descriptor = os.open(path, os.O_RDONLY)
            self._closing = weakref.finalize(self, os.close, self._descriptor)

    def take(self, places: Ints) -> Floats:
        """The rows at `places` (n,), ascending → (n, dimension)."""
        if self._map is not None:
            return np.asarray(self._map[places])
        found = np.empty((len(places), self.shape[1]), np.float32)
        for row, place in zip(found, places.tolist(), strict=True):
            os.preadv(self._descriptor, [row.data], place * row.nbytes)
        return found

    def blocks(self) -> Iterator[tuple[int, Floats]]:
        """All rows, some at a time, each with the place of its first."""
        for start in range(0, self.shape[0], _AT_ONCE):
            size = min(_AT_ONCE, self.shape[0] - start)
            if self._map is not None:
                yield start, np.asarray(self._map[start : start + size])
            else:
                yield start, self._read(start, size)

    def close(self) -> None:
        """Give the file back; done of itself when nobody holds the rows any more."""
        if self._map is None:
            self._closing()
            self._descriptor = -1
        else:
            self._map = self._map[:0]

    def _read(self, start: int, size: int) -> Floats:
        width = 4 * self.shape[1]
        data = os.pread(self._descriptor, size * width, start * width)
        return np.frombuffer(data, np.float32).reshape(-1, self.shape[1])
