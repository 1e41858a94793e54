"""Short codes of many vectors, all of which are looked at for a question: FAISS's fast scan.

A vector is cut into pieces of four dimensions, and of each piece is kept which of 16 typical pieces
is nearest to it: half a byte (product quantisation, Jégou, Douze, Schmid 2011; looked up in
registers, André, Kermarrec, Le Scouarnec 2015). What seems nearest by these is then compared by the
vectors themselves. Nothing is left out by where it lies, as an inverted file or a graph does, which
questions, unlike passages, suffer from: see RESULTS.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from quoth.records import Floats, Ints
from quoth.vectors.rows import Rows

SHARD = 1 << 17
"""Vectors that one thread looks through; 6 MB of codes for 384 dimensions."""
_PIECE = (4, 3, 2, 1)
"""Dimensions of a piece: the first of these by which they can be divided."""
_SAMPLE = 1 << 14
"""Vectors that the typical pieces are taken from."""
_SEED = 1234


def trained(rows: Rows) -> Any:
    """An empty FAISS index for codes of vectors like these."""
    import faiss

    count, dimension = rows.shape
    piece = next(size for size in _PIECE if dimension % size == 0)
    index: Any = faiss.IndexPQFastScan(dimension, dimension // piece, 4, faiss.METRIC_INNER_PRODUCT)
    index.pq.cp.seed = _SEED
    index.pq.cp.min_points_per_centroid = 1  # FAISS prints a warning below
    index.pq.cp.max_points_per_centroid = _SAMPLE
    chosen = np.random.default_rng(_SEED).choice(count, min(_SAMPLE, count), replace=False)
    sample = rows.take(np.sort(chosen))
    index.train(np.resize(sample, (max(len(sample), index.pq.ksub), dimension)))
    return index


def read_codes(path: Path) -> Any:
    """The FAISS index in a file. Raises ValueError if it is none."""
    import faiss

    try:
        return faiss.read_index(str(path))
    except (RuntimeError, MemoryError) as error:
        raise ValueError(f"FAISS cannot read {path.name}") from error


def shards(rows: Rows, index: Any, advance: Callable[[int], None]) -> Iterator[Any]:
    """The codes of `rows`, in FAISS indexes of `SHARD` vectors each: the same one, filled anew.

    index: what is trained, emptied first. advance: called with the number of rows so far.
    """
    index.reset()
    for start, block in rows.blocks():
        index.add(np.ascontiguousarray(block))
        advance(start + len(block))
        if index.ntotal >= SHARD:
            yield index
            index.reset()
    if index.ntotal:
        yield index


def write_codes(index: Any, write: Callable[[bytes], object]) -> None:
    """Write a FAISS index. Raises what `write` raises, as FAISS's own writer does not."""
    import faiss

    faiss.write_index(index, faiss.PyCallbackIOWriter(write))  # type: ignore[attr-defined]


class Codes:
    """All codes of a state, in the order of their files."""

    def __init__(self, indexes: Sequence[Any], dimension: int) -> None:
        """indexes: from `read_codes`. Raises ValueError if they have other dimensions."""
        import faiss

        if any(index.d != dimension for index in indexes):
            raise ValueError(f"codes of {[index.d for index in indexes]} dimensions")
        make: Any = faiss.IndexShards  # its stub knows no arguments
        self._index: Any = make(dimension, True, True)  # threads; places go on from one to the next
        for index in indexes:
            self._index.add_shard(index)
        self._indexes = indexes  # FAISS does not keep them

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, query: Floats, wanted: int) -> tuple[Floats, Ints]:
        """query (dimension,) → scores and places (n,), best first, n = min(wanted, len(self))."""
        scores, places = self._index.search(query[None], min(wanted, len(self)))
        there = (places[0] >= 0) & (places[0] < len(self))
        return scores[0][there], places[0][there]
