"""The readers' graphs in the cache: building one from its weights takes three times as long.

What is kept is known by the hash of the learnt weights, and so belongs to one base.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from quoth.embedding.files import cache_folder
from quoth.embedding.prepared import (
    Compiled,
    prepared_folder,
    read_graph,
    start_request,
    write_graph,
)
from quoth.new_folder import new_folder
from quoth.records import Floats

FORMAT = 2
"""Counted up when the graph of the same weights becomes another."""
_PROBE = np.arange(1000, 1032, dtype=np.int64)[None]  # tokens that both bases have
_TOLERANCE = 0.1
"""Of log-odds: more than two ways of computing in bfloat16 differ by, less than damage does."""


def kept_request(sha256: str, make: Callable[[], object]) -> Compiled:
    """The graph of the weights with that hash, ready to run; made and kept where it is not yet.

    Where it cannot be kept it runs from memory.
    """
    folder = prepared_folder(cache_folder(), f"reader-{sha256}", FORMAT)
    if (ready := _kept(folder)) is not None:
        return ready
    made = make()
    request = start_request(made)
    with contextlib.suppress(OSError), new_folder(folder) as temporary:
        write_graph(temporary, made, {"probe": _probe(request).tolist()})
    return _kept(folder) or request


def _kept(folder: Path) -> Compiled | None:
    try:
        request, record = read_graph(folder, cache_folder() / "sha256")
        expected = np.asarray(record["probe"], np.float32)
        return request if np.allclose(_probe(request), expected, atol=_TOLERANCE) else None
    except Exception:  # whatever a damaged file makes the libraries raise: it is made again
        return None


def _probe(request: Compiled) -> Floats:
    """(1 + 3 · tokens,) what the network says of a fixed window: relevance, then each token's."""
    given = {"ids": _PROBE, "types": np.zeros_like(_PROBE), "mask": np.ones_like(_PROBE)}
    outputs = request.infer(given)
    return np.concatenate([np.array(outputs[n], np.float32).ravel() for n in range(2)])
