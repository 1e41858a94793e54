"""quoth's own networks: their files, and how a reader uses them.

The small one changes every layer of the packaged embedding model and is the reader; the large
one changes all-mpnet-base-v2 by products of low rank and reads, after the small one, what that
found most promising.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from quoth.embedding.files import (
    cache_folder,
    check_packaged,
    find_model,
    sha256_of,
    weights_sha256,
)
from quoth.embedding.prepared import start_request
from quoth.embedding.runtime import load_tokenizer
from quoth.errors import ModelError
from quoth.processor import has_fast_bytes
from quoth.reading.base_weights import completed
from quoth.reading.keeping import kept_request
from quoth.reading.large_base import large_base
from quoth.reading.network import Network, graph
from quoth.weights import (
    LARGE_READER,
    LARGE_SHA256,
    RANGES_SHA256,
    READER,
    READER_SHA256,
    Fitted,
)

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WEIGHTS = Path(__file__).with_name("reader.safetensors")
LARGE_WEIGHTS = Path(__file__).with_name("reader-large.safetensors")
RANGES = Path(__file__).with_name("reader-ranges.safetensors")
"""Of what the small network multiplies. The large one's relevance suffers from being rounded to 8
bits (correlation 0.96 with what it was, the small one's 0.999), so that it stays as it is."""
LARGE = "large"
_MOST_READ, _REACH = 12, 5.0
"""What the small network reads for a question: passages that `EmbeddingReader` ranks first, and of
them what it scores at most so many log-odds below the best sentence. On development data a reach
of 5 or 6 and none gave the same quotes, of 4 a little worse ones, in half of the time."""
_MOST_BEFORE_LARGE, _MOST_READ_LARGE = 16, 4
"""Passages that the small network reads for the large one, as far as they are within its reach, and
those that the large one reads of them, whole. On development data 16 found a little more than 8,
and 6 or 8 of them were no better than 4; a reach of 5 would halve its time and lose a point."""
_LOADING = threading.Lock()


class Shipped(NamedTuple):
    """A file of the package."""

    file: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A network, what it reads, and what is made of all features known after it.

    most_read: passages. reach: log-odds below the best sentence, by what was known before, down to
    which it reads others (`promising`).
    """

    network: Network
    fitted: Fitted
    most_read: int
    reach: float = math.inf


def own_stages(name: str | None = None) -> tuple[Stage, ...]:
    """The stages of quoth's reader, or of the "large" one. Raises ModelError."""
    if name is None:
        return (Stage(own_network(), READER, _MOST_READ, _REACH),)
    return (
        Stage(own_network(), READER, _MOST_BEFORE_LARGE, _REACH),
        Stage(large_network(), LARGE_READER, _MOST_READ_LARGE),
    )


def own_network() -> Network:
    """The small network, compiled once a process. Raises ModelError."""
    with _LOADING:
        weights = Shipped(WEIGHTS, READER_SHA256)
        return _network(weights, Shipped(RANGES, RANGES_SHA256), _packaged)


def large_network() -> Network:
    """As `own_network`, the large one."""
    with _LOADING:
        return _network(Shipped(LARGE_WEIGHTS, LARGE_SHA256), None, large_base)


@lru_cache(maxsize=2)
def _network(weights: Shipped, ranges: Shipped | None, base: Callable[[], Path]) -> Network:
    _check(weights)
    folder, key, given = base(), weights.sha256, None
    if ranges and has_fast_bytes():
        _check(ranges)
        key, given = f"{key}-bytes-{ranges.sha256[:12]}", ranges.file
    request = kept_request(key, lambda: graph_of(weights.file, folder, given))
    return Network(request, _tokenizer(folder))


def _packaged() -> Path:
    base = find_model(None)
    check_packaged(base, weights_sha256(base.path, cache_folder() / "sha256"))
    return base.path


def network_of(weights: Path, base: Path) -> Network:
    """The network of a file of learnt weights over the model folder that it was learnt from."""
    return Network(start_request(graph_of(weights, base)), _tokenizer(base))


def graph_of(weights: Path, base: Path, ranges: Path | None = None) -> object:
    """The same as an `openvino.Model`, with `ranges` in whole numbers of 8 bits."""
    from safetensors.numpy import load_file

    return graph(completed(load_file(weights), base), load_file(ranges) if ranges else None)


def _tokenizer(base: Path) -> Tokenizer:
    return load_tokenizer((base / "tokenizer.json").read_text(encoding="utf-8"))


def _check(shipped: Shipped) -> None:
    try:
        found = sha256_of(shipped.file)
    except OSError as error:
        raise ModelError(
            f"cannot read the reader's weights in '{shipped.file}': install quoth again"
        ) from error
    if found != shipped.sha256:
        raise ModelError(
            f"the reader's weights in '{shipped.file}' are not quoth's (sha256 {found[:12]}…): "
            "install quoth again"
        )
