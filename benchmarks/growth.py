"""How an index grows: time, memory and disk from a thousand to a million passages.

    python tools/gather_text.py FOLDER... --out build/text      # from unpacked documentation
    python benchmarks/million.py build/text --out build/million # an hour or two
    python benchmarks/growth.py build/million > benchmarks/GROWTH.md

Prints a table in Markdown and draws benchmarks/growth.svg. Every figure is of a process of its
own: one that builds, one that asks, one that adds an article and opens what comes of it. Questions
are such as stand in the text, given as vectors; the first 50 are not counted. Recall is the share
of the ten nearest, found by comparing all, that are among the ten found. Memory is the process's
largest resident set, with the pages of mapped files that it touched.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from growth_index import add_index, build_index, open_index
from million import Million

from quoth.records import Floats, Ints
from quoth.vectors import SegmentVectors, write_vectors

K = 10
WARM = 50
ARTICLE = 20
"""Passages of the article that is added, the last of those there are."""
Search = Callable[[str, Floats], Sequence[int]]
"""A question and its vector (dimension,) → passage numbers from 0, best first."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured.

    build: (data, size, folder) makes an index of the first `size` passages in the folder.
    open: (folder) → how to search it.
    add: (data, size, folder) → what adds an article and looks it up, to be timed.
    exact: whether `search` is to find the nearest vectors, so that recall says something.
    """

    build: Callable[[Million, int, Path], None]
    open: Callable[[Path], Search]
    add: Callable[[Million, int, Path], Callable[[], None]]
    exact: bool


# -- the dense engine alone


def _write(data: Million, folder: Path, old: Path | None, first: int, last: int) -> None:
    write_vectors(
        folder,
        data.dimension,
        old=old,
        added=np.arange(first, last),
        removed=np.empty(0, np.int64),
        vectors=data.vectors_of,
    )


def build_dense(data: Million, size: int, folder: Path) -> None:
    _write(data, folder / "0", None, 0, size)


def open_dense(folder: Path) -> Search:
    engine = SegmentVectors.load(folder / "0")
    return lambda question, vector: engine.search(vector[None], K)[1][0].tolist()


def add_dense(data: Million, size: int, folder: Path) -> Callable[[], None]:
    """The `ARTICLE` passages that follow those."""

    def add() -> None:
        _write(data, folder / "1", folder / "0", size, size + ARTICLE)
        SegmentVectors.load(folder / "1")

    return add


SUBJECTS = {
    "dense": Subject(build_dense, open_dense, add_dense, exact=True),
    "index": Subject(build_index, open_index, add_index, exact=False),
}
"""By name, for --subject."""


# -- measuring, each in a process of its own


def measure_build(subject: Subject, data: Million, size: int, folder: Path) -> dict[str, Any]:
    started = time.perf_counter()
    subject.build(data, size - ARTICLE, folder)
    files = {file.stat().st_ino: file.stat().st_size for file in folder.rglob("*")}
    return {
        "build_s": time.perf_counter() - started,
        "build_mb": peak(),
        "disk_mb": sum(files.values()) / 1e6,
    }


def measure_ask(subject: Subject, data: Million, size: int, folder: Path) -> dict[str, Any]:
    questions, vectors = data.questions()
    started = time.perf_counter()
    search = subject.open(folder)
    search(questions[0], vectors[0])
    opened = time.perf_counter() - started
    times, found = [], []
    for question, vector in zip(questions, vectors, strict=True):
        started = time.perf_counter()
        found.append(list(search(question, vector)))
        times.append(1000 * (time.perf_counter() - started))
    p50, p95 = np.percentile(times[WARM:], [50, 95])
    return {"open_s": opened, "p50_ms": p50, "p95_ms": p95, "ask_mb": peak(), "found": found}


def measure_add(subject: Subject, data: Million, size: int, folder: Path) -> dict[str, Any]:
    add = subject.add(data, size - ARTICLE, folder)
    started = time.perf_counter()
    add()
    return {"add_s": time.perf_counter() - started}


MEASURES = {"build": measure_build, "ask": measure_ask, "add": measure_add}


def peak() -> float:
    """Megabytes that this process had resident at most."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def measured(name: str, data: Path, size: int) -> dict[str, Any]:
    """All figures of one size."""
    row: dict[str, Any] = {"size": size}
    with tempfile.TemporaryDirectory(dir=data) as folder:
        for measure in MEASURES:
            command = [sys.executable, __file__, str(data), "--subject", name]
            command += ["--sizes", str(size), "--measure", measure, "--folder", folder]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
            row |= json.loads(done.stdout)
    found = row.pop("found")
    if SUBJECTS[name].exact:
        row["recall"] = recall(found, nearest(Million(data), size - ARTICLE))
    return row


def recall(found: Sequence[Sequence[int]], wanted: Ints) -> float:
    """The share of `wanted` (questions, K) that was found."""
    pairs = zip(found, wanted.tolist(), strict=True)
    return float(np.mean([len(set(one) & set(other)) / len(other) for one, other in pairs]))


def nearest(data: Million, size: int) -> Ints:
    """The numbers of the K nearest of each question, by comparing all. (questions, K)."""
    _, queries = data.questions()
    scores = np.empty((len(queries), 0), np.float32)
    ids = np.empty((len(queries), 0), np.int64)
    for start in range(0, size, 20_000):
        numbers = np.arange(start, min(start + 20_000, size))
        scores = np.hstack([scores, queries @ data.vectors_of(numbers).T])
        ids = np.hstack([ids, np.broadcast_to(numbers, (len(queries), len(numbers)))])
        best = np.argpartition(-scores, K - 1, axis=1)[:, :K]
        scores = np.take_along_axis(scores, best, axis=1)
        ids = np.take_along_axis(ids, best, axis=1)
    return ids


# -- showing

HEAD = """\
# How an index grows

Made by `python benchmarks/growth.py DATA --subject {subject}` on {cores} cores of a machine shared
with others. What is measured, and how DATA is made, stands in that file.

![curves over the number of passages]({plot})

"""
COLUMNS = {
    "size": ("passages", "{:,}"),
    "build_s": ("build", "{:.1f} s"),
    "build_mb": ("memory of the build", "{:,.0f} MB"),
    "disk_mb": ("disk", "{:,.0f} MB"),
    "open_s": ("open and ask first", "{:.2f} s"),
    "p50_ms": ("question p50", "{:.2f} ms"),
    "p95_ms": ("p95", "{:.2f} ms"),
    "ask_mb": ("memory of asking", "{:,.0f} MB"),
    "add_s": ("add an article", "{:.2f} s"),
    "recall": ("recall@10", "{:.4f}"),
}


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows in Markdown."""
    shown = [name for name in COLUMNS if name in rows[0]]
    lines = [
        "| " + " | ".join(COLUMNS[name][0] for name in shown) + " |",
        "|---" * len(shown) + "|",
    ]
    lines += [
        "| " + " | ".join(COLUMNS[name][1].format(row[name]) for name in shown) + " |"
        for row in rows
    ]
    return "\n".join(lines)


PLOTS = {
    "build (s)": ("build_s",),
    "question (ms)": ("p50_ms", "p95_ms"),
    "open, add (s)": ("open_s", "add_s"),
    "memory (MB)": ("build_mb", "ask_mb"),
    "disk (MB)": ("disk_mb",),
}


def draw(rows: Sequence[dict[str, Any]], out: Path) -> None:
    """The rows as curves over the number of passages, both axes logarithmic."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "quoth", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(13, 2.8), layout="constrained")
        sizes = [row["size"] for row in rows]
        for axes, (title, names) in zip(figure.subplots(1, len(PLOTS)), PLOTS.items(), strict=True):
            for name in names:
                values = [row[name] for row in rows]
                axes.loglog(sizes, values, marker="o", label=COLUMNS[name][0])
            axes.set_title(title)
            axes.set_xlabel("passages")
            axes.grid(alpha=0.3)
            axes.legend(fontsize=7)
        figure.savefig(out, metadata={"Date": None})


def main() -> None:
    arguments = _arguments()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    if arguments.measure:
        measure = MEASURES[arguments.measure]
        subject, data = SUBJECTS[arguments.subject], Million(arguments.data)
        print(json.dumps(measure(subject, data, sizes[0], arguments.folder)))
        return
    rows = []
    for size in sizes:
        rows.append(measured(arguments.subject, arguments.data, size))
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    draw(rows, arguments.out)
    shown = HEAD.format(subject=arguments.subject, cores=os.cpu_count(), plot=arguments.out.name)
    print(shown + table(rows))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--subject", choices=SUBJECTS, default="dense")
    parser.add_argument("--sizes", default="1000,10000,100000,1000000")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("growth.svg"))
    parser.add_argument("--measure", choices=MEASURES, help="one figure, for a process of its own")
    parser.add_argument("--folder", type=Path, help="where --measure has its index")
    return parser.parse_args()


if __name__ == "__main__":
    main()
