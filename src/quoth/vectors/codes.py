"""Short codes of many vectors, all of which are looked at for a question: FAISS's fast scan.

A vector is cut into pieces of four dimensions, and of each is kept which of 16 typical pieces is
nearest to it: half a byte (product quantisation, Jégou, Douze, Schmid 2011; looked up in registers,
André, Kermarrec, Le Scouarnec 2015). What seems nearest by these is compared by itself afterwards.

Measured on 160,000 passages of documentation and questions from them: an inverted file must look
into a half of its lists to hold 0.99 of the ten nearest, as questions lie elsewhere than passages;
this can look at as many in 4 ms, and is made in seconds.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from quoth.records import Floats, Ints
from quoth.vectors.exact import products
from quoth.vectors.rows import Rows

Mask = npt.NDArray[np.bool_]
SHARD = 1 << 19
"""Vectors that one thread looks through, for 384 dimensions in 2.5 ms; 21 MB of codes."""
_PIECE = (4, 3, 2, 1)
"""Dimensions of a piece: the first of these by which they can be divided."""
_LONG = 128
"""Dimensions from which on some are left out."""
_MANY = 100_000
"""Vectors from which on they are divided into lists."""
_LISTS = 256
_LOOKS = 0.65
"""Share of the lists, those around the centres nearest to a question, that is looked at. Of the ten
passages nearest to a question, of 680,000, 0.3 of the lists hold 0.976, 0.4 0.985, 0.5 0.990,
0.6 0.994, 0.7 0.997."""
_SAMPLE = 1 << 14
_FEWER = 1 << 12
"""Vectors that the typical pieces are taken from, where there are many and where there are not:
1.8 and 0.5 s."""
_SEED = 1234


def trained(rows: Rows) -> Any:
    """An empty FAISS index for codes of vectors like these."""
    import faiss

    count, _ = rows.shape
    size = min(count, _SAMPLE if count >= _MANY else _FEWER)
    chosen = np.random.default_rng(_SEED).choice(count, size, replace=False)
    sample = rows.take(np.sort(chosen))
    axes = _axes(sample)
    turned = np.ascontiguousarray(sample @ axes.T)
    codes = _codes(axes.shape[0], _LISTS if count >= _MANY else 1)
    least = max(codes.pq.ksub, codes.nlist)
    with _one_thread():
        codes.train(np.resize(turned, (max(len(turned), least), axes.shape[0])))
    turning: Any = faiss.LinearTransform(axes.shape[1], axes.shape[0])
    faiss.copy_array_to_vector(axes.ravel(), turning.A)
    turning.is_trained = True
    make: Any = faiss.IndexPreTransform  # its stub knows no arguments
    return make(turning, codes)


def _axes(sample: Floats) -> Floats:
    """(m, dimension), orthonormal: what of vectors is coded.

    Of long vectors the two thirds in which the sample varies most (principal components), turned at
    random so that each of them says as much.
    """
    dimension = sample.shape[1]
    if dimension < _LONG:
        return np.eye(dimension, dtype=np.float32)
    _, directions = np.linalg.eigh(sample.T.astype(np.float64) @ sample)
    kept = directions[:, -(dimension // 6 * 4) :]
    random = np.random.default_rng(_SEED).standard_normal((kept.shape[1], kept.shape[1]))
    return np.ascontiguousarray((kept @ np.linalg.qr(random)[0]).T, np.float32)


def _codes(dimension: int, lists: int) -> Any:
    """An untrained index. Also a single list, as only inverted files can be asked for some only."""
    import faiss

    piece = next(size for size in _PIECE if dimension % size == 0)
    make: Any = faiss.IndexIVFPQFastScan  # its stub knows no arguments
    centre = faiss.IndexFlatIP(dimension)
    index = make(centre, dimension, lists, dimension // piece, 4, faiss.METRIC_INNER_PRODUCT)
    index.by_residual = False
    for clustering in (index.cp, index.pq.cp):
        clustering.seed = _SEED
        clustering.niter = 10
        clustering.min_points_per_centroid = 1  # FAISS prints a warning below
        clustering.max_points_per_centroid = _SAMPLE
    return index


@contextmanager
def _one_thread() -> Iterator[None]:
    """FAISS in this thread alone: pieces are so small that two threads take seven times as long
    on two busy cores."""
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def read_codes(path: Path) -> Any:
    """The FAISS index in a file. Raises ValueError if it is none."""
    import faiss

    try:
        index = faiss.read_index(str(path))
    except (RuntimeError, MemoryError) as error:
        raise ValueError(f"FAISS cannot read {path.name}") from error
    if not isinstance(index, faiss.IndexPreTransform):
        raise ValueError(f"{path.name} holds no codes")
    return index


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
        if any(index.d != dimension for index in indexes):
            raise ValueError(f"codes of {[index.d for index in indexes]} dimensions")
        self._shards = list(map(_Shard, indexes))
        self._starts = np.cumsum([0, *(index.ntotal for index in indexes)]).tolist()
        threads = max(1, min(len(indexes), os.cpu_count() or 1) - 1)
        self._threads = ThreadPoolExecutor(threads, "codes", _use_one_thread)

    def __len__(self) -> int:
        return int(self._starts[-1])

    def only(self, mask: Mask) -> list[Any]:
        """For `search`: FAISS's filters for the places at which `mask` (n,) is true."""
        import faiss

        make: Any = faiss.IDSelectorBitmap
        parts = (mask[first:last] for first, last in pairwise(self._starts))
        return [make(np.packbits(part, bitorder="little")) for part in parts]

    def search(
        self, query: Floats, wanted: int, only: Sequence[Any] | None = None
    ) -> tuple[Floats, Ints]:
        """query (dimension,) → scores and places (n,), best first; all or `wanted` of them."""
        filters = only or [None] * len(self._shards)
        search = partial(_Shard.search, query=query, wanted=wanted)
        others = self._threads.map(search, self._shards[1:], filters[1:])
        with _one_thread():  # this one works as well: another would often get its core
            found = [search(self._shards[0], filters[0])]
        found += others
        scores = np.concatenate([one for one, _ in found])
        pairs = zip(found, self._starts, strict=False)
        places = np.concatenate([one + start for (_, one), start in pairs])
        best = np.argsort(-scores, kind="stable")[:wanted]
        return scores[best], places[best]


class _Shard:
    """What `trained` gives, taken apart: FAISS turns a question by threads that wait."""

    def __init__(self, index: Any) -> None:
        import faiss

        self._whole = index  # owns the others
        turning: Any = faiss.downcast_VectorTransform(index.chain.at(0))
        axes = faiss.vector_to_array(turning.A).reshape(turning.d_out, turning.d_in)
        self._axes: Floats = np.ascontiguousarray(axes, np.float32)
        self._codes: Any = faiss.downcast_index(index.index)

    def search(self, only: Any, query: Floats, wanted: int) -> tuple[Floats, Ints]:
        """Scores and places (n,), best first."""
        import faiss

        codes, looks = self._codes, self._codes.nlist
        make: Any = faiss.SearchParametersIVF  # its stub knows no arguments
        if only is None:
            chosen = make(nprobe=math.ceil(_LOOKS * looks))
        else:
            chosen = make(nprobe=looks, sel=only)
        turned = products(self._axes, query)[None]
        scores, places = codes.search(turned, min(wanted, codes.ntotal), params=chosen)
        there = (places[0] >= 0) & (places[0] < codes.ntotal)
        return scores[0][there], places[0][there]


def _use_one_thread() -> None:
    """Searching threads make no others."""
    import faiss

    faiss.omp_set_num_threads(1)
