"""The reader's network in torch: a packaged encoder's layers under three small heads.

It computes what `quoth.reading.network` computes in OpenVINO, and is only used for training.
BERT (Devlin et al. 2019) and MPNet (Song et al. 2020), which differ in what is added to the
attention's scores: nothing, or a learnt bias for the distance of two tokens.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

HEADS = 12
TOKEN_HEADS = 3  # start, end, evidence


@dataclass(frozen=True)
class Output:
    """relevance (batch,), start, end and evidence (batch, tokens): all log-odds, float32."""

    relevance: Tensor
    start: Tensor
    end: Tensor
    evidence: Tensor


class Adapted(nn.Linear):
    """A linear layer that stays as it is, with a change of low rank that is learnt.

    Hu et al. 2021 (LoRA), scaled by 1.
    """

    def __init__(self, inputs: int, outputs: int, rank: int) -> None:
        super().__init__(inputs, outputs)
        self.weight.requires_grad_(False)
        self.down = nn.Parameter(torch.randn(rank, inputs) / math.sqrt(inputs))
        self.up = nn.Parameter(torch.zeros(outputs, rank))

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + functional.linear(functional.linear(x, self.down), self.up)


def linear(inputs: int, outputs: int, rank: int) -> nn.Linear:
    return Adapted(inputs, outputs, rank) if rank else nn.Linear(inputs, outputs)


class Layer(nn.Module):
    def __init__(self, size: int, inner: int, eps: float, rank: int) -> None:
        super().__init__()
        self.qkv = linear(size, 3 * size, rank)
        self.out = linear(size, size, rank)
        self.norm1 = nn.LayerNorm(size, eps)
        self.wide = linear(size, inner, rank)
        self.narrow = linear(inner, size, rank)
        self.norm2 = nn.LayerNorm(size, eps)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """x (batch, tokens, size); bias broadcasts to (batch, heads, tokens, tokens)."""
        batch, tokens, size = x.shape
        q, k, v = self.qkv(x).view(batch, tokens, 3, HEADS, size // HEADS).permute(2, 0, 3, 1, 4)
        # Plain products: the fused kernel's backward pass takes three times as long on CPUs.
        scores = q.mul(1 / math.sqrt(size // HEADS)) @ k.transpose(2, 3) + bias
        mixed = torch.softmax(scores, -1) @ v
        x = self.norm1(x + self.out(mixed.transpose(1, 2).reshape(batch, tokens, size)))
        return self.norm2(x + self.narrow(functional.gelu(self.wide(x))))


class Network(nn.Module):
    """`words` stays as the package has it; everything else may change.

    frozen: how many of the lower layers, and the embeddings under them, stay too.
    rank: of the changes to the linear layers of the others; 0 is any change.
    """

    def __init__(
        self,
        size: int,
        layers: int,
        vocabulary: int,
        positions: int,
        kind: str,
        frozen: int = 0,
        rank: int = 0,
    ) -> None:
        super().__init__()
        self.kind = kind
        eps = 1e-12 if kind == "bert" else 1e-5
        self.words = nn.Embedding(vocabulary, size)
        self.words.requires_grad_(False)
        self.positions = nn.Embedding(positions, size)
        self.types = nn.Embedding(2, size) if kind == "bert" else None
        self.distances = nn.Embedding(32, HEADS) if kind == "mpnet" else None
        self.norm = nn.LayerNorm(size, eps)
        self.layers = nn.ModuleList(
            Layer(size, 4 * size, eps, rank if n >= frozen else 0) for n in range(layers)
        )
        still = [self.positions, self.types, self.distances, self.norm] if frozen else []
        for part in [*still, *self.layers[:frozen]]:
            if part is not None:
                part.requires_grad_(False)
        self.pool = nn.Linear(size, size)
        self.relevance = nn.Linear(size, 1)
        self.tokens = nn.Linear(size, TOKEN_HEADS)
        self.dropout = 0.0

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> Output:
        """ids, types int64 and mask bool, each (batch, tokens)."""
        x = self.words(ids)
        shift = 2 if self.kind == "mpnet" else 0
        x = x + self.positions.weight[shift : shift + ids.shape[1]]
        if self.types is not None:
            x = x + self.types(types)
        x = functional.dropout(self.norm(x), self.dropout, self.training)
        bias = torch.where(mask, 0.0, -1e4)[:, None, None, :].to(x.dtype)
        if self.distances is not None:
            near = self.distances(buckets(ids.shape[1])).permute(2, 0, 1)[None]
            bias = bias + near.to(x.dtype)
        for layer in self.layers:
            x = layer(x, bias)
        relevance = self.relevance(torch.tanh(self.pool(x[:, 0])))[:, 0].float()
        start, end, evidence = self.tokens(x).float().unbind(-1)
        return Output(relevance, start, end, evidence)


def buckets(tokens: int) -> Tensor:
    """MPNet's 32 buckets of relative distance (as T5's): (tokens, tokens) int64."""
    place = torch.arange(tokens)
    distance = place[:, None] - place[None, :]
    half, exact = 16, 8
    found = (distance < 0).long() * half
    distance = distance.abs()
    far = exact + (
        torch.log(distance.clamp(min=1).float() / exact) / math.log(128 / exact) * (half - exact)
    ).long().clamp(max=half - 1 - exact)
    return found + torch.where(distance < exact, distance, far)


def from_package(folder: Path, seed: int, frozen: int = 0, rank: int = 0) -> Network:
    """A network with the weights of a sentence-transformers folder and fresh heads."""
    torch.manual_seed(seed)
    known = {
        name.removeprefix("mpnet."): t
        for name, t in load_file(folder / "model.safetensors").items()
    }
    kind = "mpnet" if "encoder.relative_attention_bias.weight" in known else "bert"
    words = known["embeddings.word_embeddings.weight"]
    positions = known["embeddings.position_embeddings.weight"]
    layers = len({name.split(".")[2] for name in known if name.startswith("encoder.layer.")})
    network = Network(words.shape[1], layers, len(words), len(positions), kind, frozen, rank)
    state = {
        "words.weight": words,
        "positions.weight": positions,
        "norm.weight": known["embeddings.LayerNorm.weight"],
        "norm.bias": known["embeddings.LayerNorm.bias"],
    }
    if kind == "bert":
        state["types.weight"] = known["embeddings.token_type_embeddings.weight"]
    else:
        state["distances.weight"] = known["encoder.relative_attention_bias.weight"]
    for n in range(layers):
        state |= _layer(known, f"encoder.layer.{n}.", f"layers.{n}.", kind)
    missing, unexpected = network.load_state_dict(state, strict=False)
    assert not unexpected
    fresh = {name for name in missing if not name.endswith((".down", ".up"))}
    assert {name.split(".")[0] for name in fresh} == {"pool", "relevance", "tokens"}
    for head in (network.pool, network.relevance, network.tokens):
        nn.init.normal_(head.weight, std=0.02)
        nn.init.zeros_(head.bias)
    return network


def _layer(known: dict[str, Tensor], old: str, new: str, kind: str) -> dict[str, Tensor]:
    if kind == "bert":
        parts = [f"attention.self.{p}" for p in ("query", "key", "value")]
        names = ("attention.output.dense", "attention.output.LayerNorm")
    else:
        parts = [f"attention.attn.{p}" for p in "qkv"]
        names = ("attention.attn.o", "attention.LayerNorm")
    pairs = {
        "out": names[0], "norm1": names[1], "wide": "intermediate.dense",
        "narrow": "output.dense", "norm2": "output.LayerNorm",
    }  # fmt: skip
    state = {}
    for what in ("weight", "bias"):
        state[f"{new}qkv.{what}"] = torch.cat([known[f"{old}{p}.{what}"] for p in parts])
        state |= {f"{new}{mine}.{what}": known[f"{old}{its}.{what}"] for mine, its in pairs.items()}
    return state
