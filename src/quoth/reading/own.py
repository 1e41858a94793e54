"""The files of quoth's own network: its weights, and the packaged model's word embeddings."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

import numpy as np

from quoth.embedding.files import (
    cache_folder,
    check_packaged,
    find_model,
    sha256_of,
    weights_sha256,
)
from quoth.embedding.runtime import load_tokenizer
from quoth.errors import ModelError
from quoth.reading.network import Network
from quoth.weights import READER_SHA256

WEIGHTS = Path(__file__).with_name("reader.safetensors")
_LOADING = threading.Lock()
_WORDS = "embeddings.word_embeddings.weight"


def own_network() -> Network:
    """The network, compiled once a process. Raises ModelError if a file is not what it was."""
    with _LOADING:
        return _own_network()


@lru_cache(maxsize=1)
def _own_network() -> Network:
    weights = _checked(WEIGHTS, READER_SHA256)
    base = find_model(None)
    check_packaged(base, weights_sha256(base.path, cache_folder() / "sha256"))
    return network_of(weights, base.path)


def network_of(weights: Path, base: Path) -> Network:
    """The network of a file of weights over the word embeddings of a model folder."""
    from safetensors import safe_open
    from safetensors.numpy import load_file

    tensors = load_file(weights)
    with safe_open(base / "model.safetensors", framework="np") as stored:
        tensors["words.weight"] = stored.get_tensor(_WORDS).astype(np.float16)
    return Network(tensors, load_tokenizer((base / "tokenizer.json").read_text(encoding="utf-8")))


def _checked(file: Path, expected: str) -> Path:
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
    return file
