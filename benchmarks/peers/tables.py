"""Figures → Markdown: what each took, ratios, quality, and in words where a peer is ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np

from peers.corpora import Corpus
from peers.figures import Figures
from peers.ratios import Floats, Interval, difference, median, p95, ratio

Cell = Callable[[Figures], str]


@dataclass(frozen=True, slots=True)
class Cost:
    """Something of which less is better. of: the values of an arm, (rounds, questions)."""

    name: str
    of: Callable[[Figures], Floats]
    statistic: Callable[[Floats], float] = median


def _single(value: float) -> Floats:
    return np.array([[value]])


ASKING = (
    Cost("cold start", lambda one: one.cold),
    Cost("p50", lambda one: one.ms),
    Cost("p95", lambda one: one.ms, p95),
    Cost("memory asking", lambda one: one.memory),
)
INDEXING = (
    Cost("time to index", lambda one: one.index_seconds),
    Cost("memory indexing", lambda one: one.index_memory),
    Cost("disk of the index", lambda one: _single(one.disk)),
    Cost("disk of the environment", lambda one: _single(one.environment)),
)
ABOVE = "above 1 the peer takes more, quoth is ahead"
PASSAGES = ("hit@1", "hit@5", "hit@10")
TEXTS = ("quote@1", "quote@3", "within 500", "within 1000", "within 2000")


def part(corpus: Corpus, found: Sequence[Figures]) -> str:
    """All that is told of one corpus."""
    megabytes = sum(map(len, corpus.texts().values())) / 1e6
    count = len(corpus.texts())
    kinds = f"{count:,} articles, {megabytes:.2f} million characters; "
    kinds += f"{len(corpus.questions)} questions"
    blocks = [f"## {corpus.title}", f"{kinds}.", *_speed(found, count, megabytes)]
    if corpus.judged:
        blocks += _quality(found)
    blocks += ["### Where a peer is ahead", "\n".join(ahead(found))]
    failed = [f"- {one.arm.name} failed: {one.error}" for one in found if one.error]
    lost = [
        f"- {one.arm.name}: {one.unplaced:.1%} of the texts shown stand in no article as shown"
        for one in found
        if one.unplaced
    ]
    return "\n\n".join([*blocks, *(["\n".join(failed + lost)] if failed + lost else [])])


def _speed(found: Sequence[Figures], articles: int, megabytes: float) -> Iterator[str]:
    ran = [one for one in found if not one.error]
    asking: dict[str, Cell] = {
        "cold start, s": lambda one: f"{median(one.cold):.2f}",
        "question p50, ms": lambda one: f"{median(one.ms):.1f}",
        "p95, ms": lambda one: f"{p95(one.ms):.1f}",
        "memory, MB": lambda one: f"{median(one.memory):.0f}",
    }
    indexing: dict[str, Cell] = {
        "index, s": lambda one: f"{median(one.index_seconds):.1f}",
        "articles/s": lambda one: f"{articles / median(one.index_seconds):.2f}",
        "passages": lambda one: f"{one.passages:,}",
        "passages/s": lambda one: f"{one.passages / median(one.index_seconds):.1f}",
        "MB of text/s": lambda one: f"{megabytes / median(one.index_seconds):.4f}",
        "tokens that the model reads": lambda one: f"{one.seen:.0%}",
        "memory, MB": lambda one: f"{median(one.index_memory):.0f}",
        "index, MB": lambda one: f"{one.disk:.1f}",
        "environment, MB": lambda one: f"{one.environment:.0f}",
    }
    yield "### Asking"
    yield table(ran, asking)
    for own in _own(ran):
        yield f"Ratios to quoth {own.arm.configuration}: {ABOVE}."
        yield table(_peers(ran), _ratios(ASKING, own))
    yield "### Indexing"
    yield table([*_peers(ran), *_own(ran)[:1]], indexing)
    for own in _own(ran)[:1]:
        yield f"Ratios to quoth: {ABOVE}."
        yield table(_peers(ran), _ratios(INDEXING, own))


def _ratios(costs: Sequence[Cost], own: Figures) -> dict[str, Cell]:
    return {cost.name: lambda one, cost=cost: str(_ratio(cost, one, own)) for cost in costs}  # type: ignore[misc]


def _ratio(cost: Cost, theirs: Figures, ours: Figures) -> Interval:
    return ratio(cost.of(theirs), cost.of(ours), cost.statistic)


def _quality(found: Sequence[Figures]) -> Iterator[str]:
    ran = [one for one in found if one.values]
    if not ran:
        return
    count = len(next(iter(ran[0].values.values())))
    yield "### Quality"
    yield f"Of the {count} questions that the articles answer."
    columns = {name: lambda one, name=name: _mean(one, name) for name in (*PASSAGES, *TEXTS)}  # type: ignore[misc]
    yield table(ran, columns)
    for own in _own(ran):
        yield f"quoth {own.arm.configuration} less the peer: above 0 quoth is better."
        yield table(_peers(ran), _differences(own))


def _differences(own: Figures) -> dict[str, Cell]:
    names = [name for name in (*PASSAGES, *TEXTS) if name in own.values]
    return {
        name: lambda one, name=name: str(difference(own.values[name], one.values[name]))  # type: ignore[misc]
        for name in names
    }


def _mean(one: Figures, name: str) -> str:
    return f"{one.values[name].mean():.3f}" if name in one.values else "–"


def ahead(found: Sequence[Figures]) -> list[str]:
    """A line for each thing in which a peer is ahead of a form of quoth, and how surely."""
    ran = [one for one in found if not one.error]
    lines = [
        line
        for own in _own(ran)
        for one in _peers(ran)
        for line in (*_cheaper(one, own, own is _own(ran)[0]), *_better(one, own))
    ]
    return [line for line in lines if line] or ["- Nowhere in this run."]


def _cheaper(peer: Figures, own: Figures, with_index: bool) -> Iterator[str]:
    """with_index: also what all forms of quoth share."""
    for cost in (*ASKING, *(INDEXING if with_index else ())):
        form = f"quoth {own.arm.configuration}" if cost in ASKING else "quoth"
        yield _behind(cost.name, peer, _ratio(cost, peer, own), 1, f"{{}} of what {form} takes")


def _better(peer: Figures, own: Figures) -> Iterator[str]:
    for name in own.values:
        less = difference(own.values[name], peer.values[name])
        yield _behind(name, peer, less, 0, f"quoth {own.arm.configuration} less it: {{}}")


def _behind(name: str, peer: Figures, figure: Interval, bound: float, told: str) -> str:
    if isnan(figure.value) or figure.value >= bound:
        return ""
    if isnan(figure.high):
        sure = " (one run)"
    else:
        sure = "" if figure.is_below(bound) else " (the interval does not exclude the contrary)"
    return f"- {name}: {peer.arm.name}, {told.format(figure)}{sure}"


def table(rows: Sequence[Figures], columns: dict[str, Cell]) -> str:
    """A row an arm."""
    head = ["", *columns]
    lines = [head, ["---"] * len(head)]
    lines += [[one.arm.name, *(cell(one) for cell in columns.values())] for one in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _own(found: Sequence[Figures]) -> list[Figures]:
    return [one for one in found if one.arm.is_own]


def _peers(found: Sequence[Figures]) -> list[Figures]:
    return [one for one in found if not one.arm.is_own]
