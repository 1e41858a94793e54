"""The process that talks to Ray: items out to the nodes, their messages in and on to its parent.

Ray ends the process that it lives in when its node goes down, prints to its standard error and
changes its signals: so it has one of its own, and what builds the index has nothing of it.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from quoth.building.on_ray.messages import Message, schema, to_table
from quoth.text import one_line

if TYPE_CHECKING:
    import pyarrow

LOCAL = "local"
CPUS_EACH = 4
"""Most CPUs of one worker: threads of one model gain little beyond."""
ITEMS_EACH = 16
"""Items for each worker, if they are neither too small nor too large: so all end together."""
LEAST_BYTES, MOST_BYTES = 16 * 1024, 16 * 1024 * 1024
"""Of the files of one item. What is smaller embeds badly, what is larger costs much when lost."""
ALONE_SECONDS = 30.0
"""How long there may be no node that can work, before it is given up."""
_LOOK_SECONDS = 2.0
_CONNECT_SECONDS = 5.0


def main() -> None:
    """Do what is asked for on standard input, tell of it on standard output, and end with either.

    A line of JSON (address, made, version, reading, files), then the keys that are known.
    """
    requests, replies = _own_streams()
    about = json.loads(requests.readline())
    known = np.frombuffer(requests.read(about["known"]), np.uint8)
    threading.Thread(target=_end_with, args=(requests,), daemon=True).start()
    import pyarrow

    with pyarrow.ipc.new_stream(replies, schema()) as out:
        try:
            for table in _tables(about, known):
                out.write_table(table)
                replies.flush()
            last = Message("end", None)
        except Exception as error:  # whatever Ray makes of it
            last = Message("lost", _reason(error))
        out.write_table(to_table([last]))
    replies.close()
    os._exit(0)  # the parent has all that it waits for: no need to wait for Ray


class NoClusterError(Exception):
    """There is no cluster, or none that can work."""


def _own_streams() -> tuple[BinaryIO, BinaryIO]:
    """The pipes, moved away from descriptors 0 and 1, which Ray and what it starts may use."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "r+b", buffering=0) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is interrupted too, and decides
    return requests, replies


def _end_with(requests: BinaryIO) -> None:
    requests.read()
    os._exit(1)


def _tables(about: Mapping[str, Any], known: np.ndarray[Any, Any]) -> Iterator[pyarrow.Table]:
    ray = _connected(about["address"])
    cpus, workers = _shares(_nodes(ray))
    yield to_table([Message("began", workers)])
    items = grouped(about["files"], workers)
    given = {name: about[name] for name in ("made", "version", "reading")}
    found = ray.data.from_items(
        [{"files": json.dumps(item)} for item in items], override_num_blocks=len(items)
    ).map_batches(
        _worker(),
        fn_constructor_args=(given, [ray.put(known)]),
        batch_size=None,
        batch_format="pyarrow",
        num_cpus=cpus,
        compute=ray.data.ActorPoolStrategy(size=workers),
    )
    batches = found.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=1)
    yield from watched(batches, lambda: any(can >= cpus for can in _nodes(ray)))


def _worker() -> type:
    """What runs on a node. It is sent by value, so that it can tell where there is no quoth."""

    class Worker:
        def __init__(self, given: dict[str, Any], known: list[Any]) -> None:
            self.refusal = ""
            try:
                from quoth.building.on_ray.worker import UnfitError, Work
            except ImportError as error:
                self.refusal = f"it has no quoth of this kind ({error})"
                return
            try:
                self.work = Work(**given)
            except UnfitError as error:
                self.refusal = str(error)
                return
            import ray

            self.known = ray.get(known[0])

        def __call__(self, items: Any) -> Iterator[Any]:
            import json
            import socket

            import pyarrow

            if self.refusal:
                told = json.dumps(f"{socket.gethostname()}: {self.refusal}")
                yield pyarrow.table({"name": ["refused"], "about": [told], "data": [b""]})
                return
            from quoth.building.on_ray.messages import to_table

            for files in items["files"].to_pylist():
                for message in self.work.messages(json.loads(files), self.known):
                    yield to_table([message])

    return Worker


def _connected(address: str) -> Any:
    """Ray, connected to the cluster. Raises NoClusterError."""
    _require_listener(address)
    import ray
    import ray.data

    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address == LOCAL:
        ray.init(include_dashboard=False, **quiet)
    else:
        ray.init(address=address, **quiet)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    logging.getLogger("ray").setLevel(logging.ERROR)
    return ray


def _require_listener(address: str) -> None:
    """Ray itself asks an address where nobody is for minutes."""
    host, colon, port = address.rpartition(":")
    if not (colon and port.isdigit() and "/" not in host):
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise NoClusterError(str(error)) from error


def _nodes(ray: Any) -> list[float]:
    """The CPUs of each node that is there."""
    return [one["Resources"].get("CPU", 0) for one in ray.nodes() if one["Alive"]]


def _shares(nodes: Sequence[float]) -> tuple[int, int]:
    """The CPUs of a worker, and how many workers there are room for."""
    whole = [int(cpus) for cpus in nodes if cpus >= 1]
    if not whole:
        raise NoClusterError("none of its nodes has a CPU for such work")
    each = min(CPUS_EACH, *whole)
    return each, sum(cpus // each for cpus in whole)


def grouped(files: Sequence[Mapping[str, Any]], workers: int) -> list[list[Mapping[str, Any]]]:
    """Files (size: bytes) in items of about the same size, in order; what is large alone."""
    total = sum(file["size"] for file in files)
    room = min(max(total // (ITEMS_EACH * workers), LEAST_BYTES), MOST_BYTES)
    items: list[list[Mapping[str, Any]]] = []
    left = 0
    for file in files:
        if not items or file["size"] > left:
            items.append([])
            left = room
        items[-1].append(file)
        left -= max(file["size"], 1)
    return items


def watched(
    batches: Iterable[Any], can_work: Callable[[], bool], alone: float = ALONE_SECONDS
) -> Iterator[Any]:
    """`batches`, as they come. Raises NoClusterError when for `alone` seconds none can come."""
    found: queue.Queue[Any] = queue.Queue(maxsize=4)
    ended = object()

    def fetch() -> None:
        try:
            for batch in batches:
                found.put(batch)
            found.put(ended)
        except Exception as error:
            found.put(error)

    threading.Thread(target=fetch, daemon=True).start()
    waited = 0.0
    while True:
        try:
            batch = found.get(timeout=_LOOK_SECONDS)
        except queue.Empty:
            waited = 0.0 if can_work() else waited + _LOOK_SECONDS
            if waited >= alone:
                raise NoClusterError("all nodes that could work are gone") from None
            continue
        if batch is ended:
            return
        if isinstance(batch, Exception):
            raise batch
        waited = 0.0
        yield batch


def _reason(error: Exception) -> str:
    """Ray's errors hold whole tracebacks, whose last line says what happened."""
    print(error, file=sys.stderr)
    lines = [line for line in str(error).splitlines() if line.strip()]
    return one_line(lines[-1] if lines else type(error).__name__, 300)
