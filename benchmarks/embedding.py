"""Embedding beside sentence-transformers, in the same run: passages, single questions, the peak.

    python benchmarks/embedding.py [PATH ...] [--rounds 9]

Both embed the passages of PATH (default: seeds) and the project's questions one by one, turn about,
so that a busy machine is busy for both. sentence-transformers runs as it comes: torch, float32, all
cores, batches of 32. The peak is the fastest that torch multiplies matrices of the model's sizes
here in bfloat16 (float32 where the processor has none); the share is what of it the embedding
reaches, counting the products that its tokens need, not those of padding.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import quoth
from quoth.embedding.files import find_model
from quoth.embedding.runtime import unit
from quoth.records import Embedder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

QUESTIONS = Path(__file__).parent.parent / "seeds" / "questions.jsonl"
LAYERS, SIZE, WIDE = 6, 384, 1536
"""Of the packaged model."""
SHAPES = ((2560, SIZE, WIDE), (2560, WIDE, SIZE), (2560, SIZE, SIZE), (2048, 2048, 2048))
"""Rows, inner size, columns."""


def main() -> None:
    options = _options()
    passages, questions = _passages(options.paths), _questions()
    ours, theirs = quoth.load_embedder(), _sentence_transformer()
    times: dict[str, list[float]] = defaultdict(list)
    for turn in range(options.rounds + 1):
        _time(times["quoth passages"], lambda: ours.embed_passages(passages))
        _time(times["torch passages"], lambda: theirs.encode(passages, batch_size=32))
        for question in questions:
            asked = f"{question} {turn}"  # not one that is remembered
            _time(times["quoth question"], lambda asked=asked: ours.embed_questions([asked]))
            _time(times["torch question"], lambda asked=asked: theirs.encode([asked]))
        times["peak"].append(peak())
    for found in times.values():
        del found[: len(found) // (options.rounds + 1)]  # the first round warms up
    tokens = ours.count_tokens(passages)
    print(f"{len(passages)} passages, {np.mean(tokens):.0f} tokens each; {options.rounds} rounds")
    _report("passages/s", len(passages), times["quoth passages"], times["torch passages"])
    _report("questions/s", 1, times["quoth question"], times["torch question"])
    print(f"cosine to float32: least {_least_cosine(ours, theirs, passages):.5f}")
    rate = products(tokens) / np.median(times["quoth passages"])
    best = np.median(times["peak"])
    print(
        f"matrix products: {rate / 1e9:.0f} of {best / 1e9:.0f} GFLOP/s, {rate / best:.2f} of peak"
    )


def products(tokens: Sequence[int]) -> float:
    """Floating-point operations of the model's matrix products over texts of so many tokens."""
    each = np.asarray(tokens, np.float64) + 2  # and the two special ones
    weights = 4 * SIZE * SIZE + 2 * SIZE * WIDE
    return float(2 * LAYERS * (each * weights + 2 * each**2 * SIZE).sum())


def peak() -> float:
    """Floating-point operations a second of the fastest of `SHAPES`."""
    import torch

    kind = torch.bfloat16 if _has_bfloat16() else torch.float32
    rates = []
    for rows, inner, columns in SHAPES:
        one, other = torch.rand(rows, inner).to(kind), torch.rand(inner, columns).to(kind)
        _ = one @ other
        seconds: list[float] = []
        for _ in range(10):
            _time(seconds, lambda one=one, other=other: one @ other)
        rates.append(2 * rows * inner * columns / np.median(seconds))
    return float(max(rates))


def _has_bfloat16() -> bool:
    import openvino

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def _time(times: list[float], work: Callable[[], object]) -> None:
    start = time.perf_counter()
    work()
    times.append(time.perf_counter() - start)


def _report(what: str, count: int, ours: list[float], theirs: list[float]) -> None:
    """Medians, and the ratio of the times turn by turn with its quartiles."""
    ratios = np.array(theirs) / np.array(ours)
    low, middle, high = np.percentile(ratios, [25, 50, 75])
    print(
        f"{what:12} quoth {count / np.median(ours):8.1f}   torch float32 "
        f"{count / np.median(theirs):8.1f}   ratio {middle:.2f} [{low:.2f}, {high:.2f}]"
    )


def _least_cosine(ours: Embedder, theirs: SentenceTransformer, texts: list[str]) -> float:
    cosines = (ours.embed_passages(texts) * unit(theirs.encode(texts))).sum(axis=1)
    return float(cosines.min())


def _passages(paths: Sequence[str]) -> list[str]:
    """The texts of the passages that `quoth build` would cut."""
    with (
        tempfile.TemporaryDirectory() as folder,
        quoth.Index.build([Path(path) for path in paths], Path(folder) / "index") as index,
        index.reading() as view,
    ):
        stored = view.store.passages(view.store.passage_ids().tolist())
    return [passage.text for passage in stored.values()]


def _questions() -> list[str]:
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines][:20]


def _sentence_transformer() -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(find_model(None).path), device="cpu", local_files_only=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", default=["seeds"])
    parser.add_argument("--rounds", type=int, default=9)
    return parser.parse_args()


if __name__ == "__main__":
    main()
