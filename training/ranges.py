"""Measure how large what a network multiplies gets: python training/ranges.py DATA

For each linear layer of the encoder, the least and the most of each channel of its input over
windows of the train split, as the network says it in float32: what `quoth.reading.whole_numbers`
needs to multiply in whole numbers of 8 bits. Writes the file beside the weights, and its hash into
src/quoth/weights.py.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from batches import Encoder, Inputs, batches
from fit_reading import HOME
from network import Network, trained
from pairs import showings
from safetensors.numpy import save_file
from torch import Tensor, nn
from tqdm import tqdm

from examples import load
from quoth.embedding.files import find_model, sha256_of
from quoth.reading.own import RANGES, WEIGHTS
from quoth.reading.whole_numbers import PARTS


def main() -> None:
    chosen = _options()
    base, chance = find_model(None).path, random.Random(chosen.seed)
    examples = load(chosen.data, "train", chosen.cache)
    shown = showings(examples, chance)[: chosen.questions]
    given = batches(shown, examples, Encoder(base), None, chance)
    found = measured(trained(WEIGHTS, base, chosen.seed), (batch.inputs for batch in given))
    arrays = {name: pair.numpy() for name, pair in found.items()}
    save_file(arrays, RANGES, metadata={"weights": sha256_of(WEIGHTS)})
    RANGES.chmod(0o644)
    _write_hash(sha256_of(RANGES))


@torch.no_grad()
def measured(network: Network, windows: Iterator[Inputs]) -> dict[str, Tensor]:
    """Name of a linear layer → (2, channels) float16: the least and the most of each."""
    found: dict[str, Tensor] = {}
    for own in tqdm(windows, unit=" batches", disable=None):
        with _watched(network, own.mask, found):
            network(own.ids, own.types, own.mask)
    return {name: _outward(pair) for name, pair in found.items()}


@contextmanager
def _watched(network: Network, mask: Tensor, found: dict[str, Tensor]) -> Iterator[None]:
    def watch(name: str, module: nn.Module) -> object:
        def look(_: nn.Module, given: tuple[Tensor]) -> None:
            x = given[0][mask]  # (tokens, channels) of all windows
            now = torch.stack([x.amin(0), x.amax(0)])
            old = found.get(name, now)
            found[name] = torch.stack(
                [torch.minimum(old[0], now[0]), torch.maximum(old[1], now[1])]
            )

        return module.register_forward_pre_hook(look)

    watches = [
        watch(f"layers.{n}.{part}", getattr(layer, part))
        for n, layer in enumerate(network.layers)
        for part in PARTS
    ]
    try:
        yield
    finally:
        for one in watches:
            one.remove()


def _outward(pair: Tensor) -> Tensor:
    """In 16 bits, with a little room."""
    return (pair * 1.01).to(torch.float16)


def _write_hash(sha256: str) -> None:
    line = re.compile('^RANGES_SHA256 = ".*"$', re.MULTILINE)
    HOME.write_text(line.sub(f'RANGES_SHA256 = "{sha256}"', HOME.read_text("utf-8")), "utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("build/reader"))
    parser.add_argument("--questions", type=int, default=1000, help="that are shown")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
