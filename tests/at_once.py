"""Eight processes ask an index while two others add to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from changes import CONTEXT
from small_indexes import opened, write

from quoth import Index, Retriever
from quoth.records import Mode


@dataclass(frozen=True, slots=True)
class Seen:
    """states: the generations that its answers were of, sorted as text. wrong: the articles that
    were there, and those found, of each answer that was not of one whole state.
    """

    states: list[str]
    wrong: list[object]


def eight_ask_while_two_add(
    place: str,
    folder: Path,
    make: Callable[[Path, str], Index],
    *,
    each: int,
    modes: Sequence[Mode],
) -> list[Seen]:
    """What each of the eight saw.

    make: builds an index of a folder at a place. each: changes that either of the two makes.
    """

    def corpus(name: str) -> Path:
        """Two articles, which are there together or not at all."""
        lines = [
            json.dumps({"_id": f"{half}{name}", "title": "", "text": f"A lantern, {half} {name}."})
            for half in "xy"
        ]
        return write(folder / name, {f"{name}.jsonl": "\n".join(lines)})

    make(corpus("first"), place).close()
    ended, found = CONTEXT.Event(), CONTEXT.Queue()
    askers = [CONTEXT.Process(target=_ask, args=(place, modes, ended, found)) for _ in range(8)]
    work = [[corpus(f"{who}{n}") for n in range(each)] for who in "ab"]
    adders = [CONTEXT.Process(target=_keep_adding, args=(place, some)) for some in work]
    for process in askers:
        process.start()
    assert [found.get(timeout=100) for _ in askers] == ["begun"] * 8
    for process in adders:
        process.start()
    for process in adders:
        process.join()
        assert process.exitcode == 0
    ended.set()
    told = [found.get(timeout=100) for _ in askers]
    for process in askers:
        process.join()
    return [Seen(*one) for one in told]


def _ask(place: str, modes: Sequence[Mode], ended: Event, found: Any) -> None:
    """Tells that it has begun, and in the end what it saw: states, and what was wrong in them."""
    seen, wrong, is_last = set(), [], False
    with opened(place) as index:
        retriever = Retriever(index)
        while True:
            with index.reading() as view:
                listed = [info.source for info in index.articles()]
                hits = {
                    mode: {hit.source for hit in retriever.search("lantern", 99, mode=mode)}
                    for mode in modes
                }
                generation = view.settings["generation"]
            pairs = {name[1:] for name in listed}
            is_whole = sorted(f"{half}{pair}" for pair in pairs for half in "xy") == listed
            if not is_whole or any(some != set(listed) for some in hits.values()):
                wrong.append((listed, hits))
            if not seen:
                found.put("begun")
            seen.add(generation)
            if is_last:
                found.put((sorted(seen), wrong))
                return
            is_last = ended.wait(0.02)  # others need the processor too


def _keep_adding(place: str, folders: list[Path]) -> None:
    for folder in folders:
        with opened(place) as index:
            index.add([folder])
