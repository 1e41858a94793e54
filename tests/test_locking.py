"""One writer at a time, and who it is."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from quoth.errors import IndexBusyError
from quoth.locking import locked


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quoth.locking.SECONDS", 0.05)


def refusal(folder: Path) -> str:
    """What another thread is told that wants the lock."""

    def lock() -> str:
        with pytest.raises(IndexBusyError) as error, locked(folder):
            pass
        return str(error.value)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lock).result()


def test_beside_the_lock_stands_who_holds_it(tmp_path: Path) -> None:
    with locked(tmp_path, "quoth add"):
        told = json.loads((tmp_path / "lock.json").read_text())
        assert (told["process"], told["doing"]) == (os.getpid(), "quoth add")
        assert refusal(tmp_path) == (
            f"process {os.getpid()} (quoth add, since {told['since']}) is writing to the index at "
            f"'{tmp_path}': wait until it has finished"
        )
    assert not (tmp_path / "lock.json").exists()


def test_what_a_killed_process_left_keeps_nobody_out(tmp_path: Path) -> None:
    left = {"process": 1, "doing": "quoth build", "since": "00:00:00"}
    (tmp_path / "lock.json").write_text(json.dumps(left))
    with locked(tmp_path, "quoth add"):
        assert json.loads((tmp_path / "lock.json").read_text())["doing"] == "quoth add"


@pytest.mark.parametrize("told", ["", "{", "[]", '{"process": "x"}', "null"])
def test_a_holder_that_cannot_be_read_is_another_process(told: str, tmp_path: Path) -> None:
    (tmp_path / "lock.json").write_text(told)
    with FileLock(tmp_path / "lock", thread_local=False):
        assert refusal(tmp_path).startswith("another process is writing to the index")
