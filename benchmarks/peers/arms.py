"""What is compared: systems, each in its configurations."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from peers.environments import ENVIRONMENTS, PEERS

WORKERS = Path(__file__).parent / "workers"
DEFAULT, BEST = "default", "best"


@dataclass(frozen=True, slots=True)
class Arm:
    """One system in one configuration, and how its worker is started.

    index: the name of the index that it asks; arms of one name share it.
    gives_quotes: whether what it shows are quotes, not passages.
    """

    system: str
    configuration: str
    python: Path
    worker: Path
    index: str
    is_own: bool = False
    gives_quotes: bool = False

    @property
    def name(self) -> str:
        return f"{self.system} {self.configuration}"


def peers(names: Sequence[str] = PEERS) -> list[Arm]:
    """Each peer as it is by default and at its best."""
    return [_peer(name, configuration) for name in names for configuration in (DEFAULT, BEST)]


def own(python: Path = Path(sys.executable)) -> list[Arm]:
    """quoth's three forms, which share an index."""
    worker = WORKERS / "quoth_worker.py"
    return [
        Arm("quoth", each, python, worker, "quoth", is_own=True, gives_quotes=each != "search")
        for each in ("search", "ask, reader none", "ask")
    ]


def in_turns(others: Sequence[Arm], ours: Sequence[Arm], *, every: int, turn: int) -> Iterator[Arm]:
    """The others, begun elsewhere each turn, with one of ours before every so many of them.

    Ours come one after the other, each as often as the next, so that what drifts in the machine
    meets both sides.
    """
    begun = turn * 3 % max(1, len(others))
    rotated = [*others[begun:], *others[:begun]]
    count = -(-len(rotated) // every)
    count += -count % len(ours)
    for place in range(max(count, len(ours))):
        yield ours[(place + turn) % len(ours)]
        yield from rotated[place * every : (place + 1) * every]


def _peer(name: str, configuration: str) -> Arm:
    python = ENVIRONMENTS / name / "bin" / "python"
    worker = WORKERS / f"{name}_worker.py"
    return Arm(name, configuration, python, worker, f"{name}-{configuration}")
