"""Tables for many passages, of what scale.py measured and what its reader assumes; pure."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from math import ceil, log
from typing import Any

GIGA, TERA, HOUR = 1e9, 1e12, 3600.0
HEAD = """\
# Plans for many passages

Made by `python benchmarks/scale.py plan benchmarks/scale.json`. *Measured* is what that machine
gave: two cores shared with others, one core for the forms of search, on generated vectors. All
below it is multiplied and extrapolated: nothing of that size was built. GPUs and machines are what
the options assume."""
OWN = "quoth"
"""The form whose vectors are mapped from a disk; all others are in memory."""
Figures = Mapping[str, Any]


def add_assumptions(parser: argparse.ArgumentParser) -> None:
    """What no measurement here can tell: machines, and what they cost whom."""
    for name, kind, value, told in (
        ("--passages", float, [1e8, 1e9], "how many"),
        ("--cores", int, 16, "of a node"),
        ("--memory", float, 64.0, "gigabytes of a node"),
        ("--disk", float, 4000.0, "gigabytes of a node"),
        ("--used", float, 0.7, "share of memory and disk that vectors may take"),
        ("--builders", int, 16, "nodes that embed"),
        ("--gpu-tflops", float, 100.0, "peak of a GPU in 16 bits; see its data sheet"),
        ("--gpu-share", float, 0.2, "of that peak that embedding reaches"),
        ("--copies", int, 2, "of each vector, so that a node may be lost"),
        ("--node-price", float, None, "of a node and hour, in your money"),
        ("--gpu-price", float, None, "of a GPU and hour, in your money"),
    ):
        more = {"nargs": "+"} if isinstance(value, list) else {}
        parser.add_argument(name, type=kind, default=value, help=f"{told} ({value})", **more)


def tables(figures: Figures, given: argparse.Namespace) -> str:
    """All of the plan, in Markdown."""
    parts = [("Measured", measured(figures)), ("Forms of search, measured", forms(figures))]
    for count in given.passages:
        parts += [
            (f"{count:.0e} passages: the store", store(figures, count, given)),
            (f"{count:.0e} passages: search", search(figures, count, given)),
            (f"{count:.0e} passages: building", building(figures, count, given)),
        ]
    return "\n\n".join([HEAD, *(f"## {name}\n\n{table}" for name, table in parts)])


def measured(figures: Figures) -> str:
    """What one passage takes, on this machine."""
    made, kept = figures["embedding"], figures["store"]
    held = ", ".join(f"{name} {value:,.0f}" for name, value in kept["bytes"].items())
    return _table(("what", "measured"), [
        ("vectors of a passage: its own, and one of each sentence", f"{made['vectors_each']:.1f}"),
        ("tokens embedded of a passage", f"{made['tokens_each']:,.0f}"),
        ("operations", f"{made['operations_each'] / GIGA:,.1f} billion"),
        ("embedded in a second", f"{made['passages_s']:,.1f} on {made['cores']} cores"),
        ("of the peak of these cores", f"{made['share_of_peak']:.0%}"),
        ("read, cut, staged and indexed in a second", f"{figures['writing']['passages_s']:,.0f}"),
        ("bytes of a passage", f"{held}; the file {kept['file']:,.0f}"),
        ("an answer, question embedded and passages read", f"{kept['answer_ms']:,.0f} ms"),
    ])  # fmt: skip


def forms(figures: Figures) -> str:
    """Dense search by form and number of vectors, one thread."""
    rows = [
        (one["form"], f"{one['size']:,}", f"{one['bytes']:,.0f}", f"{one['recall']:.3f}",
         f"{one['ms']:,.2f} ms", f"{one['build_s']:,.0f} s")
        for one in sorted(figures["forms"], key=lambda one: (_order(figures, one), one["size"]))
    ]  # fmt: skip
    heads = ("form", "vectors", "bytes each", "recall@10", "a question", "made in")
    return _table(heads, rows)


def store(figures: Figures, count: float, given: argparse.Namespace) -> str:
    """Disk that the truth takes: texts, passages and all vectors, in float32."""
    held = figures["store"]["bytes"] | {"whole file": figures["store"]["file"]}
    return _table(("what", "all"), [
        (name, f"{value * count / TERA:,.2f} TB") for name, value in held.items()
    ])  # fmt: skip


def search(figures: Figures, count: float, given: argparse.Namespace) -> str:
    """Memory, nodes, time and cost by form. Times are extrapolated from the two largest measured.

    Each node looks among its share for every question; questions come as fast as they can.
    """
    rows = []
    for name in dict.fromkeys(one["form"] for one in figures["forms"]):
        sizes = sorted((o for o in figures["forms"] if o["form"] == name), key=lambda o: o["size"])
        held = sizes[-1]["bytes"] * count
        nodes = ceil(held / ((given.disk if name == OWN else given.memory) * GIGA * given.used))
        alone = milliseconds(sizes, count / nodes)
        rate = given.copies * given.cores * 1000 / alone
        hours = nodes * given.copies / rate / HOUR * 1e6
        rows.append((
            name, f"{held / GIGA:,.0f} GB", f"{nodes * given.copies:,}", f"{count / nodes:.1e}",
            f"{alone / _threads(name, given):,.1f} ms", f"{rate:,.0f}",
            _price(hours, given.node_price), _price(nodes * given.copies * 24, given.node_price),
        ))  # fmt: skip
    heads = ("form", "all", "nodes", "vectors a node", "a question", "questions/s")
    unit = "node-hours" if given.node_price is None else "cost"
    return _table((*heads, f"{unit}, a million questions", f"{unit}, a day"), rows)


def milliseconds(measured: Sequence[Figures], size: float) -> float:
    """One thread's time at `size`, along a line through the last two that were measured.

    Over the number of vectors; over its logarithm for a graph.
    """
    if len(measured) == 1:
        return float(measured[0]["ms"])
    (x, left), (y, right) = ((one["size"], one["ms"]) for one in measured[-2:])
    if "HNSW" in measured[0]["form"]:
        x, y, size = log(x), log(y), log(size)
    return float(right + (right - left) / (y - x) * (size - y))


def building(figures: Figures, count: float, given: argparse.Namespace) -> str:
    """Hours of embedding, and of the one process that writes."""
    made = figures["embedding"]
    cpu = count / (made["passages_s"] / made["cores"]) / HOUR
    rate = given.gpu_tflops * 1e12 * given.gpu_share / made["operations_each"]
    gpu = count / rate / HOUR
    nodes, writing = cpu / given.cores, count / figures["writing"]["passages_s"] / HOUR
    told = "" if given.node_price is None else f"; cost {_price(nodes, given.node_price)}"
    gpu_told = "" if given.gpu_price is None else f"; cost {_price(gpu, given.gpu_price)}"
    return _table(("what", "hours"), [
        ("cores that embed, if twice as many embed twice as much", f"{cpu:,.0f}"),
        (f"nodes of {given.cores} cores that embed", f"{nodes:,.0f}{told}"),
        (f"{given.builders} such nodes at once", f"{nodes / given.builders:,.0f}"),
        ("GPUs that embed, by the peak and share that are assumed", f"{gpu:,.0f}{gpu_told}"),
        ("the one process that writes, which here cut as well", f"{writing:,.0f}"),
    ])  # fmt: skip


def _threads(name: str, given: argparse.Namespace) -> int:
    """What looks at all vectors is divided among the cores; a graph is walked by one."""
    return 1 if "HNSW" in name else given.cores


def _price(hours: float, price: float | None) -> str:
    """Hours, or what they cost."""
    return f"{hours * (1 if price is None else price):,.1f}"


def _order(figures: Figures, one: Figures) -> int:
    return [other["form"] for other in figures["forms"]].index(one["form"])


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
