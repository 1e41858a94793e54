"""The reader's network in torch: a packaged encoder's layers under three small heads.

It computes what `quoth.reading.network` computes in OpenVINO, and is only used for training.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.numpy import load_file
from torch import Tensor, nn
from torch.nn import functional

from quoth.reading.base_weights import completed
from quoth.reading.network import EPSILON, HEADS, MPNET_SHIFT, distance_buckets

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
        eps = EPSILON[kind]
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
        shift = MPNET_SHIFT if self.kind == "mpnet" else 0
        x = x + self.positions.weight[shift : shift + ids.shape[1]]
        if self.types is not None:
            x = x + self.types(types)
        x = functional.dropout(self.norm(x), self.dropout, self.training)
        bias = torch.where(mask, 0.0, -1e4)[:, None, None, :].to(x.dtype)
        if self.distances is not None:
            apart = torch.from_numpy(distance_buckets(ids.shape[1])).to(ids.device)
            near = self.distances(apart).permute(2, 0, 1)[None]
            bias = bias + near.to(x.dtype)
        for layer in self.layers:
            x = layer(x, bias)
        relevance = self.relevance(torch.tanh(self.pool(x[:, 0])))[:, 0].float()
        start, end, evidence = self.tokens(x).float().unbind(-1)
        return Output(relevance, start, end, evidence)


def from_package(folder: Path, seed: int, frozen: int = 0, rank: int = 0) -> Network:
    """A network with the weights of a sentence-transformers folder and fresh heads."""
    torch.manual_seed(seed)
    known = completed({}, folder)
    kind = "mpnet" if "distances.weight" in known else "bert"
    layers = len({name.split(".")[1] for name in known if name.startswith("layers.")})
    count, size = known["words.weight"].shape
    positions = len(known["positions.weight"])
    network = Network(size, layers, count, positions, kind, frozen, rank)
    state = {name: torch.from_numpy(array) for name, array in known.items()}
    missing, unexpected = network.load_state_dict(state, strict=False)
    assert not unexpected
    fresh = {name for name in missing if not name.endswith((".down", ".up"))}
    assert {name.split(".")[0] for name in fresh} == {"pool", "relevance", "tokens"}
    for head in (network.pool, network.relevance, network.tokens):
        nn.init.normal_(head.weight, std=0.02)
        nn.init.zeros_(head.bias)
    return network


def trained(weights: Path, base: Path, seed: int) -> Network:
    """The network of a file of learnt weights over the model folder that it was learnt from."""
    network = from_package(base, seed)
    learnt = completed(load_file(weights), base)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in learnt.items()})
    return network.float().eval()
