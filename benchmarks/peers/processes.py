"""One worker's process: started, asked by lines, its memory watched."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
import time
from pathlib import Path
from typing import IO, Any, cast

from peers.arms import Arm

CORES = 2
_PAGE = os.sysconf("SC_PAGE_SIZE")
_WATCHED_EVERY = 0.1  # seconds
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "LANGSMITH_TRACING": "false",
}
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")


class WorkerFailedError(Exception):
    """The process ended where it should have answered; with the last of what it said."""


class WorkerProcess:
    """`with WorkerProcess(arm, model, log) as worker:` it has been started, not waited for."""

    def __init__(self, arm: Arm, model: Path, log: Path) -> None:
        command = [str(arm.python), str(arm.worker), str(model), arm.configuration]
        self._arm, self._log = arm, log
        self._errors = log.open("w", encoding="utf-8")
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
            encoding="utf-8", env=environment(arm.is_own),
        )  # fmt: skip
        _keep_to_few_cores(self._process.pid)
        self._requests = cast(IO[str], self._process.stdin)
        self._replies = cast(IO[str], self._process.stdout)
        self._memory = Memory(self._process.pid)

    def ask(self, **request: Any) -> dict[str, Any]:
        """The worker's reply. Raises WorkerFailedError."""
        with contextlib.suppress(BrokenPipeError):
            self._requests.write(json.dumps(request) + "\n")
            self._requests.flush()
        line = self._replies.readline()
        if not line:
            raise WorkerFailedError(f"{self._arm.name}: {_end(self._log)}")
        return json.loads(line)

    def seconds(self) -> float:
        """Since the process was started."""
        return time.perf_counter() - self.started

    def peak(self) -> float:
        """The most megabytes that the process and those it started had resident together."""
        return self._memory.peak

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._memory.close()
        if kind is not None:
            self._process.kill()
        with contextlib.suppress(BrokenPipeError):
            self._requests.close()  # which ends the worker
        self._replies.close()
        self._process.wait()
        self._errors.close()


class Memory:
    """Resident memory of a process and all below it, looked at ten times a second."""

    def __init__(self, process: int) -> None:
        self._process, self._over, self._peak = process, threading.Event(), 0.0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    @property
    def peak(self) -> float:
        """Megabytes, the present included, and the most of the first process alone."""
        self._peak = max(self._peak, resident(self._process), _most(self._process))
        return self._peak

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(_WATCHED_EVERY):
            self._peak = max(self._peak, resident(self._process))


def resident(process: int) -> float:
    """Megabytes resident in the process and in those it started; 0 of one that is gone."""
    pages, rest = 0, [process]
    while rest:
        folder = Path("/proc") / str(rest.pop())
        with contextlib.suppress(OSError, IndexError):
            pages += int((folder / "statm").read_text().split()[1])
            for task in (folder / "task").iterdir():
                rest += map(int, (task / "children").read_text().split())
    return pages * _PAGE / 1e6


def _most(process: int) -> float:
    with contextlib.suppress(OSError, IndexError):
        status = Path(f"/proc/{process}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6
    return 0.0


def environment(is_own: bool = False) -> dict[str, str]:
    """For every worker alike: no network, no telemetry, as many threads as cores.

    A peer does not see what this process may have on its path. Compiled files are kept, or each
    start would compile all that it imports.
    """
    left_out = {"PYTHONDONTWRITEBYTECODE"} | (set() if is_own else {"PYTHONPATH"})
    inherited = {name: value for name, value in os.environ.items() if name not in left_out}
    threads = dict.fromkeys(_THREADS, str(min(CORES, os.cpu_count() or 1)))
    return {**inherited, **_OFFLINE, **threads, "PYTHONWARNINGS": "ignore"}


def _keep_to_few_cores(process: int) -> None:
    """From outside: code between fork and exec would wake what this process has of gRPC."""
    with contextlib.suppress(AttributeError, OSError):  # not everywhere there is
        os.sched_setaffinity(process, sorted(os.sched_getaffinity(0))[:CORES])


def _end(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").strip().splitlines() or ["it said nothing"]
    return f"{lines[-1]} ({log})"
