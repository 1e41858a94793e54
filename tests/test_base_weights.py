"""A base's weights under the network's names, and what was learnt over them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from quoth.reading.base_weights import Weights, completed

BERT = {
    "embeddings.word_embeddings.weight": (5, 4),
    "embeddings.position_embeddings.weight": (6, 4),
    "embeddings.token_type_embeddings.weight": (2, 4),
    "embeddings.LayerNorm.weight": (4,),
    "embeddings.LayerNorm.bias": (4,),
}
MPNET = {name: shape for name, shape in BERT.items() if "token_type" not in name} | {
    "encoder.relative_attention_bias.weight": (32, 12)
}
BERT_LAYER = {
    "attention.self.query": 4, "attention.self.key": 4, "attention.self.value": 4,
    "attention.output.dense": 4, "attention.output.LayerNorm": 0, "intermediate.dense": 8,
    "output.dense": 4, "output.LayerNorm": 0,
}  # fmt: skip
MPNET_LAYER = {
    "attention.attn.q": 4, "attention.attn.k": 4, "attention.attn.v": 4, "attention.attn.o": 4,
    "attention.LayerNorm": 0, "intermediate.dense": 8, "output.dense": 4, "output.LayerNorm": 0,
}  # fmt: skip
OURS = {"qkv", "out", "norm1", "wide", "narrow", "norm2"}


def write(folder: Path, top: dict[str, tuple[int, ...]], layer: dict[str, int]) -> Weights:
    """A model of two layers whose numbers all differ."""
    shapes = dict(top)
    for n in range(2):
        for name, rows in layer.items():
            size = 8 if name == "output.dense" else 4
            shapes[f"encoder.layer.{n}.{name}.weight"] = (rows, size) if rows else (4,)
            shapes[f"encoder.layer.{n}.{name}.bias"] = (rows or 4,)
    count = iter(range(10_000))
    weights = {
        name: np.array([next(count) for _ in range(int(np.prod(shape)))], np.float32).reshape(shape)
        for name, shape in shapes.items()
    }
    save_file(weights, folder / "model.safetensors")
    return weights


@pytest.mark.parametrize(
    ("top", "layer", "own", "value"),
    [
        (BERT, BERT_LAYER, "types.weight", "attention.self.value"),
        (MPNET, MPNET_LAYER, "distances.weight", "attention.attn.v"),
    ],
    ids=["bert", "mpnet"],
)
def test_a_base_alone_gives_all_but_the_heads(
    tmp_path: Path, top: dict[str, tuple[int, ...]], layer: dict[str, int], own: str, value: str
) -> None:
    stored = write(tmp_path, top, layer)
    found = completed({}, tmp_path)
    assert {name.split(".")[2] for name in found if name.startswith("layers.")} == OURS
    assert sum(array.size for array in found.values()) == sum(a.size for a in stored.values())
    assert own in found
    third = found["layers.1.qkv.weight"][8:]
    assert third.tolist() == stored[f"encoder.layer.1.{value}.weight"].tolist()


def test_what_was_learnt_takes_the_place_of_the_base(tmp_path: Path) -> None:
    write(tmp_path, BERT, BERT_LAYER)
    learnt = {"layers.0.out.bias": np.zeros(4, np.float16), "pool.bias": np.ones(4, np.float16)}
    found = completed(learnt, tmp_path)
    assert found["layers.0.out.bias"].tolist() == [0, 0, 0, 0]
    assert found["pool.bias"].tolist() == [1, 1, 1, 1]
    assert found["layers.1.out.bias"].any()


def test_a_change_of_low_rank_is_added(tmp_path: Path) -> None:
    write(tmp_path, BERT, BERT_LAYER)
    up = np.array([[1.0], [0.0], [0.0], [2.0]], np.float16)
    down = np.array([[0.0, 1.0, 0.0, 0.5]], np.float16)
    learnt = {"layers.0.out.up": up, "layers.0.out.down": down}
    changed = completed(learnt, tmp_path)
    whole = completed({}, tmp_path)
    assert changed.keys() == whole.keys()
    difference = changed["layers.0.out.weight"] - whole["layers.0.out.weight"]
    assert difference.tolist() == [[0, 1, 0, 0.5], [0] * 4, [0] * 4, [0, 2, 0, 1]]
    assert set(learnt) == {"layers.0.out.up", "layers.0.out.down"}
