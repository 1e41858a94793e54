"""quoth's own networks: their files, and how a reader uses them.

The small one changes every layer of the packaged embedding model and is the reader; the large
one changes all-mpnet-base-v2 by products of low rank and reads, after the small one, what that
found most promising.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

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
from quoth.reading.base_weights import completed
from quoth.reading.keeping import kept_request
from quoth.reading.large_base import large_base
from quoth.reading.network import Network, graph
from quoth.weights import LARGE_READER, LARGE_SHA256, READER, READER_SHA256, Fitted

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WEIGHTS = Path(__file__).with_name("reader.safetensors")
LARGE_WEIGHTS = Path(__file__).with_name("reader-large.safetensors")
LARGE = "large"
_MOST_READ = 8
"""Passages read for a question. Of those that `EmbeddingReader` ranks first, 4 gave what 16 gave
on development data (training/ablations.py); a user's words may differ more from the articles'."""
_MOST_READ_LARGE = 4  # of those; on development data as good as 6
_LOADING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Stage:
    """A network, how many passages it reads, and what is made of all features known after it."""

    network: Network
    fitted: Fitted
    most_read: int


def own_stages(name: str | None = None) -> tuple[Stage, ...]:
    """The stages of quoth's reader, or of the "large" one. Raises ModelError."""
    small = Stage(own_network(), READER, _MOST_READ)
    if name is None:
        return (small,)
    return small, Stage(large_network(), LARGE_READER, _MOST_READ_LARGE)


def own_network() -> Network:
    """The small network, compiled once a process. Raises ModelError."""
    with _LOADING:
        return _network(WEIGHTS, READER_SHA256, _packaged)


def large_network() -> Network:
    """As `own_network`, the large one."""
    with _LOADING:
        return _network(LARGE_WEIGHTS, LARGE_SHA256, large_base)


@lru_cache(maxsize=2)
def _network(weights: Path, sha256: str, base: Callable[[], Path]) -> Network:
    _check(weights, sha256)
    folder = base()
    request = kept_request(sha256, lambda: graph_of(weights, folder))
    return Network(request, _tokenizer(folder))


def _packaged() -> Path:
    base = find_model(None)
    check_packaged(base, weights_sha256(base.path, cache_folder() / "sha256"))
    return base.path


def network_of(weights: Path, base: Path) -> Network:
    """The network of a file of learnt weights over the model folder that it was learnt from."""
    return Network(start_request(graph_of(weights, base)), _tokenizer(base))


def graph_of(weights: Path, base: Path) -> object:
    """The same as an `openvino.Model`."""
    from safetensors.numpy import load_file

    return graph(completed(load_file(weights), base))


def _tokenizer(base: Path) -> Tokenizer:
    return load_tokenizer((base / "tokenizer.json").read_text(encoding="utf-8"))


def _check(file: Path, expected: str) -> None:
    try:
        found = sha256_of(file)
    except OSError as error:
        raise ModelError(
            f"cannot read the reader's weights in '{file}': install quoth again"
        ) from error
    if found != expected:
        raise ModelError(
            f"the reader's weights in '{file}' are not quoth's (sha256 {found[:12]}…): "
            "install quoth again"
        )
