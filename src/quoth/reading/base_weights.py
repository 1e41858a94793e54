"""A packaged encoder under the names that the reader's network uses, and what was learnt over it.

Of a file of learnt weights each replaces the base's, or changes it by a product of low rank
(Hu et al. 2021): `up` @ `down` is added to `weight`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

Weights = Mapping[str, np.ndarray[Any, Any]]
_BERT = {
    "qkv": [f"attention.self.{part}" for part in ("query", "key", "value")],
    "out": ["attention.output.dense"],
    "norm1": ["attention.output.LayerNorm"],
    "wide": ["intermediate.dense"],
    "narrow": ["output.dense"],
    "norm2": ["output.LayerNorm"],
}
_MPNET = _BERT | {
    "qkv": [f"attention.attn.{part}" for part in "qkv"],
    "out": ["attention.attn.o"],
    "norm1": ["attention.LayerNorm"],
}
_EMBEDDED = {
    "words.weight": "embeddings.word_embeddings.weight",
    "positions.weight": "embeddings.position_embeddings.weight",
    "norm.weight": "embeddings.LayerNorm.weight",
    "norm.bias": "embeddings.LayerNorm.bias",
}
_TYPES = {"types.weight": "embeddings.token_type_embeddings.weight"}  # BERT's
_DISTANCES = {"distances.weight": "encoder.relative_attention_bias.weight"}  # MPNet's


def completed(learnt: Weights, base: Path) -> Weights:
    """The learnt weights and, of the model in `base`, those that were not: a whole network's."""
    from safetensors import safe_open

    weights = dict(learnt)
    with safe_open(base / "model.safetensors", framework="np") as stored:
        names = {name.removeprefix("mpnet."): name for name in stored.keys()}  # noqa: SIM118
        for name, parts in _sources(names).items():
            if name not in weights:
                found = [stored.get_tensor(names[part]) for part in parts]
                weights[name] = np.concatenate(found) if len(found) > 1 else found[0]
    for name in [name for name in weights if name.endswith(".down")]:
        changed = name.removesuffix("down")
        up, down = weights.pop(f"{changed}up"), weights.pop(name)
        product = up.astype(np.float32) @ down.astype(np.float32)
        weights[f"{changed}weight"] = weights[f"{changed}weight"] + product
    return weights


def _sources(names: Iterable[str]) -> dict[str, list[str]]:
    """Our name → the base's, of which some are three parts of one."""
    known = set(names)
    is_mpnet = _DISTANCES["distances.weight"] in known
    sources = {
        name: [own] for name, own in (_EMBEDDED | (_DISTANCES if is_mpnet else _TYPES)).items()
    }
    layers = {name.split(".")[2] for name in known if name.startswith("encoder.layer.")}
    for n in range(len(layers)):
        for name, parts in (_MPNET if is_mpnet else _BERT).items():
            for what in ("weight", "bias"):
                sources[f"layers.{n}.{name}.{what}"] = [
                    f"encoder.layer.{n}.{part}.{what}" for part in parts
                ]
    return sources
