"""One writer at a time to an index."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from quoth.database import Address
from quoth.errors import IndexBusyError, StorageError
from quoth.records import Progress

SECONDS = 10.0
"""How long a writer waits for another on the same machine."""
_HOLDER = "lock.json"
Guard = Callable[[], None]
"""Raises StorageError where the lock was lost meanwhile."""


def locked(
    place: Path | Address, doing: str = "write", progress: Progress | None = None
) -> AbstractContextManager[Guard]:
    """Hold the lock of a folder, made where it is missing, or of a store that machines share.

    doing: what for, told to others who wait in vain. The system, or the server, lets go of the
    lock when the process ends, however it ends. Another who holds a folder is waited for SECONDS;
    another machine as long as it lives, which `progress` is told. Raises IndexBusyError, which
    names the holder, if it was waited for in vain; StorageError if the place cannot be written.
    """
    if isinstance(place, Path):
        return _folder_locked(place, doing)
    return _address_locked(place, doing, progress)


@contextmanager
def _address_locked(address: Address, doing: str, progress: Progress | None) -> Iterator[Guard]:
    from quoth.database.advisory import held  # brings psycopg, which is an extra

    def waiting(holder: str) -> None:
        if progress:
            progress(f"waiting for {holder}", 0, 1)

    with held(address, doing, waiting) as guard:
        yield guard


@contextmanager
def _folder_locked(folder: Path, doing: str) -> Iterator[Guard]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock")
        lock.acquire(timeout=SECONDS)
    except Timeout as error:
        raise IndexBusyError(
            f"{_holder(folder)} is writing to the index at {str(folder)!r}: "
            "wait until it has finished"
        ) from error
    except (FileExistsError, NotADirectoryError) as error:
        raise StorageError(
            f"cannot make the folder {str(folder)!r}, a file is there: choose another --index"
        ) from error
    except OSError as error:
        raise StorageError(
            f"cannot write the index at {str(folder)!r} ({error.strerror}): "
            "free some space, check its permissions or choose another --index"
        ) from error
    try:
        with _told(folder, doing):
            yield lambda: None  # a file's lock is lost with the process only
    finally:
        lock.release()


@contextmanager
def _told(folder: Path, doing: str) -> Iterator[None]:
    """Beside the lock stands who holds it; only a hint, so that nothing fails for its sake."""
    path = folder / _HOLDER
    holder = {"process": os.getpid(), "doing": doing, "since": time.strftime("%H:%M:%S")}
    with suppress(OSError):
        path.write_text(json.dumps(holder), "utf-8")
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _holder(folder: Path) -> str:
    """`process 4711 (quoth build, since 12:01:33)`, or `another process` where that is unknown."""
    try:
        told = json.loads((folder / _HOLDER).read_text("utf-8"))
        return f"process {int(told['process'])} ({told['doing']}, since {told['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
