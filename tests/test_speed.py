"""Speed as ratios to a plain reference in the same process: no slow machine fails, slow code does.

Both sides take turns, and the best turn of each counts: what else runs on the machine only ever
makes a turn longer. The limits leave room of about a half to what was measured.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from small_vectors import OnDisk

import quoth
from quoth.embedding.files import find_model
from quoth.embedding.runtime import unit
from quoth.timing import timings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

pytestmark = pytest.mark.alone
TURNS = 7


def best_times(*works: Callable[[int], object], turns: int = TURNS) -> list[float]:
    """Seconds that each work takes at best; it is told the number of the turn."""
    best = [float("inf")] * len(works)
    for turn in range(-1, turns):  # the first one warms up
        for n, work in enumerate(works):
            start = time.perf_counter()
            work(turn)
            best[n] = min(best[n], time.perf_counter() - start) if turn >= 0 else best[n]
    return best


@pytest.fixture(scope="module")
def index(seeds_index: Path) -> Iterator[quoth.Index]:
    with quoth.Index.open(seeds_index) as opened:
        yield opened


@pytest.fixture(scope="module")
def torch_model() -> SentenceTransformer:
    """As it comes: float32, all cores."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(str(find_model(None).path), device="cpu", local_files_only=True)


@pytest.fixture(scope="module")
def questions(seeds: Path) -> list[str]:
    lines = (seeds / "questions.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines]


def has_bfloat16() -> bool:
    import openvino

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def test_passages_are_embedded_faster_than_by_torch(
    index: quoth.Index, torch_model: SentenceTransformer, seeds: Path
) -> None:
    text = index.text(index.sources()[0])
    passages = [text[start : start + 700] for start in range(0, 8_400, 700)]
    ours, theirs = best_times(
        lambda turn: index.embedder.embed_passages(passages),
        lambda turn: torch_model.encode(passages, batch_size=32),
        turns=3,
    )
    assert theirs / ours > (1.7 if has_bfloat16() else 0.7)


def test_a_question_is_embedded_faster_than_by_torch(
    index: quoth.Index, torch_model: SentenceTransformer, questions: list[str]
) -> None:
    ours, theirs = best_times(
        lambda turn: index.embedder.embed_questions([f"{questions[0]} {turn}"]),
        lambda turn: torch_model.encode([f"{questions[0]} {turn}"]),
    )
    assert theirs / ours > 1.2


def test_a_dense_search_takes_little_longer_than_one_product() -> None:
    """Among 10,000 vectors, all of which are compared."""
    vectors = unit(np.random.default_rng(0).normal(size=(10_000, 384)).astype(np.float32))
    engine, query = OnDisk(384), vectors[7:8]
    engine.add(np.arange(len(vectors)), vectors)
    ours, plain = best_times(
        lambda turn: engine.search(query, 10),
        lambda turn: np.argpartition(-(vectors @ query[0]), 10)[:10],
    )
    assert ours < 3 * plain


def test_a_search_takes_little_longer_than_embedding_its_question(
    index: quoth.Index, questions: list[str]
) -> None:
    retriever = quoth.Retriever(index)
    whole, embedding = best_times(
        lambda turn: retriever.search(questions[turn]),
        lambda turn: index.embedder.embed_questions([f"{questions[turn]} "]),
    )
    assert whole < 3 * embedding


def test_an_answer_takes_little_longer_than_reading_does(
    index: quoth.Index, questions: list[str]
) -> None:
    answerer = quoth.Answerer(index)
    shares = []
    for question in questions[:TURNS]:
        with timings() as taken:
            answerer.ask(question)
        shares.append(taken["reading"] / sum(taken.values()))
    assert max(shares) > 0.7
