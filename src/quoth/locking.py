"""One writer at a time to a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from quoth.errors import IndexBusyError, StorageError

SECONDS = 10.0
"""How long a writer waits for another."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, making the folder where it is missing.

    The system lets go of it when the process ends, however it ends. Raises IndexBusyError if
    another holds it for longer than SECONDS, StorageError if the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock")
        lock.acquire(timeout=SECONDS)
    except Timeout as error:
        raise IndexBusyError(
            f"another process is writing to the index at {str(folder)!r}: "
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
        yield
    finally:
        lock.release()
