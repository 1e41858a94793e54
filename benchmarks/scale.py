"""What 10^8 and 10^9 passages would take: measured here on less, the rest by extrapolation.

    python benchmarks/scale.py measure > benchmarks/scale.json    # some 20 minutes on two cores
    python benchmarks/scale.py plan benchmarks/scale.json         # the tables, see --help

`measure` writes figures of this machine alone: bytes of a passage in the store by what they hold,
the rate of embedding and of writing, the time of reading an answer, and of each form of dense
search bytes of a vector, recall@10 and time by number of vectors, one thread. The vectors are
generated: of topics, along directions of falling weight, as embeddings are, and questions lie
beside what they ask for; recall on articles of your own is another, so measure it.

`plan` multiplies. What it takes beyond those figures are its options: change them to yours.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from embedding import peak, products
from scale_plan import add_assumptions, tables
from threadpoolctl import threadpool_limits

from quoth import Answerer, Index
from quoth.articles import read_articles
from quoth.building.embedding import passage_rows
from quoth.embedding import load_embedder
from quoth.passages import TARGET, embedding_text, vectors_of
from quoth.records import Embedder, Floats, Ints, Progress
from quoth.vectors import SegmentVectors, write_vectors

DIMENSION, K, ASKED = 384, 10, 100
BLOCK = 20_000
TOPICS = 2_000
ROUNDS = 5
SEEDS = Path(__file__).parent.parent / "seeds"


# -- vectors


def _directions() -> tuple[Floats, Floats]:
    """Weights of directions, falling as they do in embeddings, and the topics' centres."""
    weights = (np.arange(1, DIMENSION + 1, dtype=np.float32)) ** -0.5
    chance = np.random.default_rng(1)
    return weights, chance.standard_normal((TOPICS, DIMENSION)).astype(np.float32) * weights


def _points(seed: int, count: int) -> Floats:
    """count vectors of length 1, always the same for a seed."""
    weights, topics = _directions()
    chance = np.random.default_rng([2, seed])
    around = chance.standard_normal((count, DIMENSION)).astype(np.float32) * weights
    return _unit(topics[chance.integers(0, TOPICS, count)] + 0.8 * around)


def numbered_vectors(numbers: Ints) -> Floats:
    """numbers (n,), ascending → (n, DIMENSION)."""
    blocks = np.unique(numbers // BLOCK).tolist()
    return np.concatenate(
        [_points(one, BLOCK)[numbers[numbers // BLOCK == one] - one * BLOCK] for one in blocks]
    )


def questions(size: int) -> Floats:
    """(ASKED, DIMENSION), each beside one of the first `size` vectors."""
    chance = np.random.default_rng(3)
    chosen = numbered_vectors(np.sort(chance.choice(size, ASKED, replace=False)))
    weights, _ = _directions()
    return _unit(chosen + 0.25 * chance.standard_normal(chosen.shape).astype(np.float32) * weights)


def _unit(vectors: Floats) -> Floats:
    found: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return found.astype(np.float32)


# -- forms of dense search: (size, folder) → search, and the bytes that it keeps in memory or maps

Search = Callable[[Floats], Ints]


def _in_faiss(factory: str) -> Callable[[int, Path], tuple[Search, int]]:
    def made(size: int, folder: Path) -> tuple[Search, int]:
        index = faiss.index_factory(DIMENSION, factory, faiss.METRIC_INNER_PRODUCT)
        if not index.is_trained:
            index.train(numbered_vectors(np.arange(min(size, BLOCK // 2))))
        for start in range(0, size, BLOCK):
            index.add(numbered_vectors(np.arange(start, min(start + BLOCK, size))))
        if factory.startswith("HNSW"):
            index.hnsw.efSearch = 128
        if "Refine" in factory:
            index.k_factor = 50
        return lambda query: index.search(query[None], K)[1][0], len(faiss.serialize_index(index))

    return made


def _own(size: int, folder: Path) -> tuple[Search, int]:
    """Codes of half a byte for four dimensions, and the vectors themselves, mapped."""
    none = np.empty(0, np.int64)
    write_vectors(
        folder / "own", DIMENSION, old=None, added=np.arange(size), removed=none,
        vectors=numbered_vectors,
    )  # fmt: skip
    engine = SegmentVectors.load(folder / "own")
    held = sum(file.stat().st_size for file in (folder / "own").rglob("*") if file.is_file())
    return lambda query: engine.search(query[None], K)[1][0], held


FORMS: dict[str, tuple[Callable[[int, Path], tuple[Search, int]], int]] = {
    "float32": (_in_faiss("Flat"), 1_000_000),
    "SQ8": (_in_faiss("SQ8"), 1_000_000),
    "PQ 96 x 4": (_in_faiss("PQ96x4fs"), 1_000_000),
    "PQ 96 x 4, then SQ8": (_in_faiss("PQ96x4fs,Refine(SQ8)"), 1_000_000),
    "HNSW float32": (_in_faiss("HNSW16,Flat"), 100_000),
    "HNSW SQ8": (_in_faiss("HNSW16,SQ8"), 100_000),
    "quoth": (_own, 1_000_000),
}
"""Name → what makes it, and the most vectors that it is measured with."""


def measure_form(name: str, size: int, wanted: Ints) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        search, held = FORMS[name][0](size, Path(folder))
        built, times, found = time.perf_counter() - started, [], []
        for query in np.concatenate([questions(size)[:20], questions(size)]):
            started = time.perf_counter()
            found.append(search(query))
            times.append(1000 * (time.perf_counter() - started))
    pairs = zip(found[20:], wanted.tolist(), strict=True)
    recall = float(np.mean([len(set(one.tolist()) & set(other)) / K for one, other in pairs]))
    return {
        "form": name, "size": size, "bytes": held / size, "recall": recall,
        "ms": float(np.median(times[20:])), "build_s": built,
    }  # fmt: skip


def nearest(size: int) -> Ints:
    """The K nearest of each question, by comparing all: (ASKED, K)."""
    queries, scores, ids = questions(size), np.empty((ASKED, 0)), np.empty((ASKED, 0), np.int64)
    for start in range(0, size, BLOCK):
        numbers = np.arange(start, min(start + BLOCK, size))
        scores = np.hstack([scores, queries @ numbered_vectors(numbers).T])
        ids = np.hstack([ids, np.broadcast_to(numbers, (ASKED, len(numbers)))])
        best = np.argpartition(-scores, K - 1, axis=1)[:, :K]
        scores, ids = np.take_along_axis(scores, best, 1), np.take_along_axis(ids, best, 1)
    return ids


def forms(sizes: Sequence[int]) -> Iterator[dict[str, Any]]:
    """All that is measured of dense search, on one core."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with threadpool_limits(1):
        for size in sizes:
            wanted = nearest(size)
            for name in [one for one, (_, most) in FORMS.items() if size <= most]:
                yield (done := measure_form(name, size, wanted))
                print(json.dumps(done), file=sys.stderr, flush=True)


# -- passages


class Instant:
    """Random vectors at once, so that all but embedding is measured."""

    name, fingerprint, dimension, max_tokens = "instant", "instant", DIMENSION, 254

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        return np.full((len(texts), DIMENSION), DIMENSION**-0.5, np.float32)

    def embed_questions(self, texts: Sequence[str]) -> Floats:
        return self.embed_passages(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) * 4 // 3 for text in texts]


def measure_embedding(paths: Sequence[Path], embedder: Embedder) -> dict[str, Any]:
    """As `quoth build` embeds: each passage, and its sentences in it."""
    articles = read_articles(paths).articles
    rows = [row for one in articles for row in passage_rows(one, embedder, TARGET)]
    passages = [passage for passage, _ in rows]
    texts = [embedding_text(one, limit=embedder.max_tokens) for one in passages]
    tokens = embedder.count_tokens(texts)
    seconds = []
    for _ in range(ROUNDS + 1):
        started = time.perf_counter()
        vectors_of(passages, embedder)
        seconds.append(time.perf_counter() - started)
    rate = len(passages) / float(np.median(seconds[1:]))
    operations = products(tokens) / len(passages)
    return {
        "passages": len(passages),
        "vectors_each": 1 + sum(len(one.sentences) for one in passages) / len(passages),
        "tokens_each": sum(tokens) / len(passages), "operations_each": operations,
        "passages_s": rate, "cores": len(os.sched_getaffinity(0)),
        "share_of_peak": operations * rate / peak(),
    }  # fmt: skip


def measure_store(paths: Sequence[Path], embedder: Embedder) -> dict[str, Any]:
    """Bytes of a passage by what they hold, and a question read and answered, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        with Index.build(paths, folder, embedder=embedder) as index:
            passages, answerer, times = index.totals()[1], Answerer(index), []
            for number in range(30):
                asked = f"Who supplies the drones of number {number}?"
                started = time.perf_counter()
                answerer.ask(asked)
                times.append(1000 * (time.perf_counter() - started))
        words = sum(one.stat().st_size for one in Path(folder).glob("engines-*/words/*"))
        with closing(sqlite3.connect(Path(folder) / "quoth.sqlite")) as database:
            (own, text, cut) = database.execute(
                "select (select sum(length(data) + length(key)) from vector),"
                " (select sum(length(text) + length(blocks)) from article),"
                " (select sum(length(sentences) + length(section) + 60) from passage)"
            ).fetchone()
        file = (Path(folder) / "quoth.sqlite").stat().st_size
    held = {"vectors": own, "texts": text, "passages": cut, "words": words}
    return {"bytes": {name: value / passages for name, value in held.items()}} | {
        "file": file / passages, "answer_ms": float(np.median(times[5:])),
    }  # fmt: skip


def measure_writing(count: int) -> dict[str, Any]:
    """Files read, cut, staged and indexed without the time of embedding, by one process."""
    texts = [one.text for one in read_articles([SEEDS]).articles]
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder) / "articles"
        articles.mkdir()
        for number in range(count):
            (articles / f"{number}.txt").write_text(f"Note {number}\n\n{texts[number % 3]}")
        started = time.perf_counter()
        with Index.build([articles], Path(folder) / "index", embedder=Instant()) as index:
            seconds = time.perf_counter() - started
            return {"passages": index.totals()[1], "passages_s": index.totals()[1] / seconds}


def measure(options: argparse.Namespace) -> None:
    embedder = load_embedder()
    print(json.dumps({
        "embedding": measure_embedding(options.paths, embedder),
        "store": measure_store(options.paths, embedder),
        "writing": measure_writing(options.files),
        "forms": list(forms([int(size) for size in options.sizes.split(",")])),
    }, indent=1))  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    measuring = commands.add_parser("measure")
    measuring.add_argument("paths", nargs="*", type=Path, default=[SEEDS])
    measuring.add_argument("--sizes", default="10000,100000,1000000")
    measuring.add_argument("--files", type=int, default=300)
    measuring.set_defaults(do=measure)
    planning = commands.add_parser("plan")
    planning.add_argument("figures", type=Path)
    add_assumptions(planning)
    planning.set_defaults(
        do=lambda options: print(tables(json.loads(options.figures.read_text()), options))
    )
    options = parser.parse_args()
    options.do(options)


if __name__ == "__main__":
    main()
