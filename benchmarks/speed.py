"""Speed on this machine: cold start, questions, building, memory.

    python benchmarks/speed.py [PATH ...] [--runs 5]

Cold: a new process from start to the printed answer (`quoth ask`). Warm:
one process asking each question of seeds/questions.jsonl once, after ten uncounted ones. Build: a
new index of PATH (default: seeds) by a new process, reading, cutting, embedding and writing
included.
Peak memory is the largest resident set of the process. Encoder alone: what the model needs to embed
the same questions, so that the rest is quoth's own. Machines differ and are noisy: compare ratios.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

QUESTIONS = Path(__file__).parent.parent / "seeds" / "questions.jsonl"

WARM = """
import json, resource, sys, time
import quoth
index = quoth.Index.open(sys.argv[1])
answerer, times = quoth.Answerer(index), []
questions = [json.loads(line)["question"] for line in open(sys.argv[2], encoding="utf-8")]
for question in questions[:10]:
    answerer.ask(question)
searched = []
for question in questions[10:]:
    start = time.perf_counter()
    index.embedder.embed_questions([question + " "])
    encoded = time.perf_counter()
    answerer.ask(question)
    times.append((encoded - start, time.perf_counter() - encoded))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"times": times, "peak": peak}))
"""


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        index = str(Path(folder) / "index")
        run("build", *options.paths, "--index", index)  # prepares the model where it is not yet
        built = _build_seconds(options.paths, folder, options.runs)
        articles, passages = _size(index)
        print(f"build       {articles / built:8.1f} articles/s  {passages / built:.1f} passages/s")
        cold = [
            _seconds("ask", "Who supplies drones?", "--index", index) for _ in range(options.runs)
        ]
        print(f"cold ask    {np.median(cold):8.2f} s  (best {min(cold):.2f}, of {len(cold)})")
        _print_warm(index)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory {peak:8.0f} MB  of all processes")


def run(*arguments: str) -> str:
    """Run quoth in a new process; its standard output."""
    command = [sys.executable, "-m", "quoth", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _build_seconds(paths: list[str], folder: str, runs: int) -> float:
    return float(
        np.median(
            [_seconds("build", *paths, "--index", f"{folder}/index-{n}") for n in range(runs)]
        )
    )


def _seconds(*arguments: str) -> float:
    start = time.perf_counter()
    run(*arguments)
    return time.perf_counter() - start


def _size(index: str) -> tuple[int, int]:
    rows = json.loads(run("list", "--json", "--index", index))["articles"]
    return len(rows), sum(row["passages"] for row in rows)


def _print_warm(index: str) -> None:
    command = [sys.executable, "-c", WARM, index, str(QUESTIONS)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    encoder, ask = np.array(found["times"]).T * 1000
    print(f"warm ask    {np.median(ask):8.1f} ms p50  {np.percentile(ask, 95):.1f} ms p95")
    print(f"encoder     {np.median(encoder):8.1f} ms p50 for the question alone")
    print(f"ratio       {np.median(ask / encoder):8.1f} times the encoder alone, p50")
    print(f"warm memory {found['peak']:8.0f} MB")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="*", default=["seeds"])
    parser.add_argument("--runs", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    main()
