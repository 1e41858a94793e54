"""Killed at any instant, an index answers as before the change or as after it.

About a dozen kills; QUOTH_KILLS=200 makes it as many.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_indexes import ARTICLES, Answers, answers, answers_at, build, opened, write

from quoth.errors import IndexMissingError

KILLS = int(os.environ.get("QUOTH_KILLS", "12"))
CHANGES = ("build", "add", "remove")
MORE = {
    **{f"{n}.txt": f"Note {n}\n\n" + f"Drone {n} saw a ferry. " * (n + 1) for n in range(8)},
    "wheat.txt": "Wheat\n\nThe wheat is gone, a lantern stands there.\n",
}

WORK = """
import sys
sys.path.insert(0, {tests!r})
from small_indexes import *
import quoth.building, quoth.index, faiss, tantivy
quoth.building._PASSAGES_AT_ONCE = 2
path, folder = Path({path!r}), Path({folder!r})
print("ready", flush=True)
sys.stdin.readline()
if {change!r} == "build":
    build(folder, path).close()
else:
    with opened(path) as index:
        index.add([folder]) if {change!r} == "add" else index.remove(["wheat.txt", "drones.txt"])
"""

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")


class Worker:
    """A process that has loaded all it needs, and waits to make one change."""

    def __init__(self, change: str, path: Path, folder: Path) -> None:
        values = {"change": change, "path": str(path), "folder": str(folder)}
        code = WORK.format(tests=str(Path(__file__).parent), **values)
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n"

    def work(self, seconds: float | None = None) -> float:
        """Make the change, killed after `seconds`; how long it took."""
        started = time.perf_counter()
        try:
            self.process.communicate(b"\n", timeout=seconds)
            assert self.process.returncode == 0
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.communicate()
        return time.perf_counter() - started


@pytest.fixture(params=CHANGES)
def change(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_kill_leaves_the_state_before_or_after(change: str, tmp_path: Path) -> None:
    old, new = write(tmp_path / "old"), write(tmp_path / "new", MORE)
    start, path, done = tmp_path / "start", tmp_path / "index", tmp_path / "done"
    build(old, start).close()
    shutil.copytree(start, done)
    seconds = Worker(change, done, new).work()
    states = [answers_at(start), answers_at(done)]
    assert states[0] != states[1]
    chance = random.Random(change)
    ended = [0, 0]
    for number in range(KILLS // len(CHANGES)):
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(start, path)
        worker = Worker(change, path, new)
        worker.work(chance.uniform(0, seconds))
        if number % 3 == 2:  # and once more, upon what the first left
            Worker(change, path, new).work(
                chance.uniform(0, seconds)
            ) if change == "build" else None
        ended[states.index(state_of(path))] += 1
        check_it_goes_on(path, old, states[0])
    assert sum(ended) == KILLS // len(CHANGES)


def state_of(path: Path) -> Answers:
    """The answers of an index that is whole, and the same again when it is opened again."""
    with opened(path) as index:
        found = answers(index)
        assert index.verify() == []
    assert answers_at(path) == found
    return found


def check_it_goes_on(path: Path, folder: Path, expected: Answers) -> None:
    """The next build works, and gives what it gives on a fresh index."""
    with build(folder, path) as index:
        assert len(index.articles()) == len(ARTICLES)
        assert index.verify() == []
        assert answers(index) == expected


def test_a_first_build_that_was_killed_is_told_or_whole(tmp_path: Path) -> None:
    folder, path = write(tmp_path / "new", MORE), tmp_path / "index"
    seconds = Worker("build", tmp_path / "done", folder).work()
    whole = answers_at(tmp_path / "done")
    chance = random.Random(0)
    for _ in range(max(1, KILLS // 6)):
        shutil.rmtree(path, ignore_errors=True)
        Worker("build", path, folder).work(chance.uniform(0, seconds))
        try:
            assert state_of(path) == whole
        except IndexMissingError as error:
            assert "run 'quoth build PATH" in str(error)  # noqa: PT017 - both ends are right
        build(folder, path).close()
        assert answers_at(path) == whole
