"""The driver as a process, and what it tells until it has told all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from quoth.articles.deadline import Deadline
from quoth.building.on_ray.messages import Message, from_table
from quoth.errors import ClusterError
from quoth.text import one_line

_COMMAND = (sys.executable, "-P", "-c", "from quoth.building.on_ray.driver import main; main()")
_BEGIN_SECONDS = 60.0
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0"}
_KEPT = "what was done is kept, run it again to go on"


@contextmanager
def driver(asked: Mapping[str, Any], known: bytes) -> Iterator[Iterator[Message]]:
    """What the driver tells of what it is asked, until it has told all.

    asked: see `driver.main`. known: keys of passages that have vectors, sorted, one after the
    other. Where QUOTH_DEBUG is set, Ray says all that it has to say on standard error.
    Raises ClusterError.
    """
    errors = None if os.environ.get("QUOTH_DEBUG") else subprocess.DEVNULL
    process = subprocess.Popen(
        _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=_environment()
    )
    try:
        yield _messages(process, asked, known)
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def _environment() -> dict[str, str]:
    modules = os.pathsep.join(path for path in sys.path if os.path.isabs(path))
    return {**os.environ, **_QUIET, "PYTHONPATH": modules}


def _messages(
    process: subprocess.Popen[bytes], asked: Mapping[str, Any], known: bytes
) -> Iterator[Message]:
    import pyarrow

    address, began = str(asked["address"]), False
    deadline = Deadline(process.kill)
    deadline.set(_BEGIN_SECONDS)
    try:
        _ask(process, asked, known)
        for batch in pyarrow.ipc.open_stream(process.stdout):
            for message in from_table(batch):
                if message.name == "end":
                    return
                if message.name in ("refused", "lost"):
                    raise _error(message, address, began)
                if message.name == "began":
                    began = True
                    deadline.clear()
                else:
                    yield message
    except (OSError, pyarrow.ArrowInvalid):
        pass  # it was ended in the middle of something
    finally:
        deadline.stop()
    raise _error(Message("lost", "Ray ended the connection"), address, began)


def _ask(process: subprocess.Popen[bytes], asked: Mapping[str, Any], known: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps({**asked, "known": len(known)}).encode() + b"\n")
    process.stdin.write(known)
    process.stdin.flush()


def _error(message: Message, address: str, began: bool) -> ClusterError:
    named, said = repr(one_line(address, 200)), str(message.about)
    if message.name == "refused":
        return ClusterError(
            f"a node of the Ray cluster at {named} cannot take part: {said}: "
            "install the same quoth and model on every node"
        )
    if began:
        return ClusterError(f"the Ray cluster at {named} was lost: {said}; {_KEPT}")
    return ClusterError(
        f"no Ray cluster at {named} that can be used: {said}: "
        "start one with 'ray start --head', or name another"
    )
