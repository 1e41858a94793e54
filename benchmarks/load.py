"""Many users at once: `quoth serve` in a process of its own, asked over loopback.

    python benchmarks/load.py [--users 50] [--questions 2000] [--reader none]

Every question is about a keeper of its own, of whom one sentence of the articles tells something;
the answer to it must repeat the question and begin with that sentence. One that does not is asked
again alone when the others are done: if it is answered otherwise then, the first was mixed. Users
ask one question after the other, without a pause, each with a session of their own, by the requests
that the page and gradio_client send. Printed: errors, mixed answers, seconds from question to whole
answer (p50, p95, most), questions a second, the server's resident memory after each quarter.
Ends with 1 if there was an error or a mixed answer, or if memory grew by more than a tenth after
the first quarter.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import numpy as np

Asking = Callable[[str], Awaitable[dict]]
GROWTH = 0.1
_SYLLABLES = ("ba", "do", "fi", "gu", "ke", "lo", "mi", "nu", "pa", "ro", "se", "ti", "vu", "za")
_FACTS = (
    "was born in {} and never left the island",
    "repairs {} boats each winter",
    "counts {} seals from the tower",
    "writes {} letters a year to the harbour office",
    "has climbed {} steps since spring",
)


@dataclass(slots=True)
class Measured:
    """seconds: of each answer. doubtful: answers by their questions' numbers that do not begin with
    the sentence. memory: MB of the server at each quarter."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    doubtful: dict[int, dict] = field(default_factory=dict)
    memory: list[float] = field(default_factory=list)
    took: float = 0.0

    @property
    def has_grown(self) -> bool:
        """Whether memory went up by more than GROWTH after the first quarter."""
        return bool(self.memory) and self.memory[-1] > self.memory[0] * (1 + GROWTH)


def main() -> int:
    parser = argparse.ArgumentParser(description="Many users at once.")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--questions", type=int, default=2_000)
    parser.add_argument("--reader", default="none", help="as for quoth serve; own: quoth's")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index = prepare(Path(folder), options.questions)
        with served(index, options.reader) as (address, process):
            measured = asyncio.run(load(address, process, options.users, options.questions))
    tell(measured, options.users)
    return int(bool(measured.errors or measured.mixed or measured.has_grown))


def prepare(folder: Path, questions: int) -> Path:
    """An index of a sentence for each question, fifty to an article."""
    articles = folder / "articles"
    articles.mkdir()
    for number, first in enumerate(range(0, questions, 50)):
        lines = [sentence(n) for n in range(first, min(first + 50, questions))]
        text = f"Keepers of coast {number}\n\n" + "\n\n".join(lines) + "\n"
        (articles / f"coast-{number:03}.txt").write_text(text, "utf-8")
    index = folder / "index"
    subprocess.run(
        [sys.executable, "-m", "quoth", "build", str(articles), "--index", str(index)],
        check=True, capture_output=True,
    )  # fmt: skip
    return index


def name(number: int) -> str:
    """A keeper's name, like no other's: three syllables, then three."""
    number, picked = number * 7919 + 13, []  # so that neighbours are not alike
    for _ in range(6):
        number, digit = divmod(number, len(_SYLLABLES))
        picked.append(_SYLLABLES[digit])
    return f"{''.join(picked[:3])} {''.join(picked[3:])}".title()


def sentence(number: int) -> str:
    """What the articles tell of that keeper."""
    return f"The keeper {name(number)} {_FACTS[number % 5].format(1000 + number)}."


def question(number: int) -> str:
    return f"What is told of the keeper {name(number)}?"


@contextmanager
def served(index: Path, reader: str) -> Iterator[tuple[str, int]]:
    """The server's address and its process."""
    options = [] if reader == "own" else ["--reader", reader]
    command = [sys.executable, "-m", "quoth", "serve", "--index", str(index), "--port", "0"]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, encoding="utf-8") as server:
        found = re.search(r"http://\S+/", server.stdout.readline() if server.stdout else "")
        if found is None:
            raise SystemExit("the server did not start")
        try:
            yield found.group(), server.pid
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)


async def load(address: str, process: int, users: int, questions: int) -> Measured:
    """All users ask until there is no question left."""
    measured, waiting = Measured(), iter(range(questions))
    quarters = {questions * quarter // 4 for quarter in (1, 2, 3, 4)}
    limits = httpx.Limits(max_connections=2 * users)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=600) as client:
        function = await function_of(client)

        async def user(session: str) -> None:
            for number in waiting:
                await _one(partial(ask, client, session, function), number, measured)
                if len(measured.seconds) + len(measured.errors) in quarters:
                    measured.memory.append(resident(process))

        start = time.perf_counter()
        await asyncio.gather(*(user(f"load-{each}") for each in range(users)))
        measured.took = time.perf_counter() - start
        for number, answer in measured.doubtful.items():
            alone = await ask(client, "alone", function, question(number))
            if told(alone) != told(answer):
                measured.mixed.append(f"{told(answer)} but alone {told(alone)}")
    return measured


def told(answer: dict) -> dict:
    """The answer without how long it took."""
    return {name: value for name, value in answer.items() if name != "elapsed_ms"}


async def _one(asking: Asking, number: int, measured: Measured) -> None:
    start = time.perf_counter()
    try:
        answer = await asking(question(number))
    except (httpx.HTTPError, ValueError) as error:
        measured.errors.append(f"{question(number)}: {type(error).__name__} {error}")
        return
    measured.seconds.append(time.perf_counter() - start)
    found = [*answer["quotes"], *answer["nearest"]]
    if answer["question"] != question(number) or not found or found[0]["text"] != sentence(number):
        measured.doubtful[number] = answer


async def ask(client: httpx.AsyncClient, session: str, function: int, asked: str) -> dict:
    """The answer. Raises HTTPError, and ValueError for the line of an error."""
    body = {"data": [asked, 1, None], "fn_index": function, "session_hash": session}
    event = (await client.post("gradio_api/queue/join", json=body)).raise_for_status().json()
    place = f"gradio_api/queue/data?session_hash={session}"
    async with client.stream("GET", place) as stream:
        async for line in stream.aiter_lines():
            message = json.loads(line.removeprefix("data: ") or "{}")
            if message.get("event_id") == event["event_id"] and "success" in message:
                if message["success"]:
                    return message["output"]["data"][0]
                raise ValueError(line)
    raise ValueError("no answer came")


async def function_of(client: httpx.AsyncClient) -> int:
    """The number of /ask among the app's functions."""
    functions = (await client.get("config")).raise_for_status().json()["dependencies"]
    return next(each["id"] for each in functions if each["api_name"] == "ask")


def resident(process: int) -> float:
    """MB of the process that are in memory; 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{process}/status").read_text("utf-8")
    except OSError:
        return 0.0
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def tell(measured: Measured, users: int) -> None:
    """Print the figures, and the first of what went wrong."""
    seconds = np.array(measured.seconds or [np.nan])
    p50, p95 = np.percentile(seconds, [50, 95])
    print(f"{len(measured.seconds):,} answers to {users} users in {measured.took:.0f} s", end="")
    print(f", {len(measured.seconds) / measured.took:.1f} a second")
    print(f"seconds  p50 {p50:.2f}  p95 {p95:.2f}  most {seconds.max():.2f}")
    print(f"errors   {len(measured.errors)}")
    print(f"mixed    {len(measured.mixed)}")
    print("memory  ", " ".join(f"{each:.0f}" for each in measured.memory), "MB, by quarters")
    for line in itertools.chain(measured.errors[:5], measured.mixed[:5]):
        print(line)


if __name__ == "__main__":
    raise SystemExit(main())
