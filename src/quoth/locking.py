"""One writer at a time to a folder."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from quoth.errors import IndexBusyError, StorageError

SECONDS = 10.0
"""How long a writer waits for another."""
_HOLDER = "lock.json"


@contextmanager
def locked(folder: Path, doing: str = "write") -> Iterator[None]:
    """Hold the folder's lock, making the folder where it is missing.

    doing: what for, told to others who wait in vain. The system lets go of the lock when the
    process ends, however it ends. Raises IndexBusyError, which names the holder, if another holds
    it for longer than SECONDS; StorageError if the folder cannot be written.
    """
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
            yield
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
