"""Dense search: the nearest vectors by cosine.

In memory, `FaissVectors` and its reference `NumpyVectors`, both exact. On disk, `SegmentVectors`:
files that are never changed, which `write_vectors` makes for one state of an index out of those of
the state before, so that a change costs what it changes and a reader keeps the state it opened.

All keep `VectorEngine`'s promises on `search` (quoth.records): ids are unique int64, vectors have
length 1, results come best first and equal scores in order of id.

`exact` and `flat` are the engines in memory, `manifest` names and checks the files of a state,
`segment` is one set of vectors on disk, `approximate` the FAISS index over a large one, `segments`
searches all of them, `planning` says which are merged and `writing` writes them.
"""

from __future__ import annotations

from collections.abc import Callable

from quoth.records import VectorEngine
from quoth.vectors.exact import TIE_MARGIN, NumpyVectors, best_first, cut_through_ties
from quoth.vectors.flat import FaissVectors
from quoth.vectors.segments import SegmentVectors
from quoth.vectors.writing import write_vectors

__all__ = [
    "ENGINES",
    "TIE_MARGIN",
    "FaissVectors",
    "NumpyVectors",
    "SegmentVectors",
    "best_first",
    "cut_through_ties",
    "write_vectors",
]

ENGINES: dict[str, Callable[[int], VectorEngine]] = {"faiss": FaissVectors, "numpy": NumpyVectors}
"""Every engine in memory by name, made from a dimension; the tests run over all of them."""
