"""Foreign formats are read in a process of their own, so that a bad file harms nobody.

One process serves file after file, each with the same chances: what fails in one that has read
others before is tried again in a fresh one. `quoth.articles.child` is its side, `wire` what
they say to each other.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import BinaryIO

from quoth.articles.deadline import Deadline
from quoth.articles.options import MEGABYTE, ReadOptions
from quoth.articles.wire import WireError, max_reply, receive, request, to_article
from quoth.errors import ArticleError
from quoth.records import Article
from quoth.text import one_line

_COMMAND = (sys.executable, "-P", "-c", "from quoth.articles.child import serve; serve()")
_KEPT = ("LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "PATH", "TZ")
_CLOSING_SECONDS = 1.0


class IsolatedReader:
    """Reads files in a process of its own, started when it is first needed.

    Several threads may use it; each file waits for the one before. command: what is started.
    """

    def __init__(self, *, command: Sequence[str] = _COMMAND) -> None:
        self._command = tuple(command)
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def read(self, data: bytes, suffix: str, source: str, options: ReadOptions) -> list[Article]:
        """The articles in the bytes of a file with this suffix.

        Raises:
            ArticleError: whatever is wrong with the file: malformed, too slow, too much memory,
                or its parser crashed.
        """
        with self._lock:
            if self._child is not None and self._child.is_usable():
                try:
                    return self._child.ask(data, suffix, source, options)
                except _CrashError:
                    pass  # perhaps of what an earlier file left behind
            self._end()
            self._child = _Child(self._command)
            try:
                return self._child.ask(data, suffix, source, options)
            except _CrashError as error:
                raise ArticleError(str(error)) from error

    def close(self) -> None:
        """End the process; the next file starts another."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


class _CrashError(Exception):
    """The process ended, or said what it must not, in the middle of a file."""


class _Child:
    """A running process, and the one conversation with it."""

    def __init__(self, command: Sequence[str]) -> None:
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(),
            )
        except OSError as error:
            raise ArticleError(f"the process that reads it cannot be started: {error}") from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests: BinaryIO = self._process.stdin  # type: ignore[assignment]
        self._replies: BinaryIO = self._process.stdout  # type: ignore[assignment]
        self._owner = os.getpid()
        self._deadline = Deadline(self._be_late)
        self._is_late = False
        self._is_busy = False

    def is_usable(self) -> bool:
        """Whether it waits for the next file, and of this process, not one that forked it."""
        is_spoilt = self._is_busy or self._is_late or self._owner != os.getpid()
        return not is_spoilt and self._process.poll() is None

    def ask(self, data: bytes, suffix: str, source: str, options: ReadOptions) -> list[Article]:
        """The articles of a file. Raises ArticleError, and _CrashError where it is done for."""
        self._is_busy = True  # until the last message: whatever is raised before it spoils the rest
        self._deadline.set(options.max_seconds)
        try:
            self._requests.write(request(suffix, source, options, len(data)))
            self._requests.write(data)
            self._requests.flush()
            return self._articles(source, options)
        except (OSError, ValueError, WireError, RecursionError) as error:
            raise self._failure(error, options) from error
        finally:
            self._deadline.clear()

    def _articles(self, source: str, options: ReadOptions) -> list[Article]:
        """The articles of the reply, which are all in memory at once: the process does not wait."""
        articles: list[Article] = []
        left = max_reply(options) + MEGABYTE
        while (message := receive(self._replies, left)) is not None:
            left -= len(message)
            name, value = _named_value(json.loads(message))
            if name == "article":
                articles.append(to_article(value, source))
                continue
            if name == "memory":
                raise _CrashError(one_line(str(value), 1_000))
            self._is_busy = False
            if name == "error":
                raise ArticleError(one_line(str(value), 1_000))
            return articles
        raise WireError("the stream ended")

    def _be_late(self) -> None:
        self._is_late = True
        self._process.kill()

    def _failure(self, error: Exception, options: ReadOptions) -> Exception:
        """What to raise for an `error` on the pipe."""
        if self._is_late:
            return ArticleError(f"reading it takes more than {options.max_seconds:g} seconds")
        code = _exit_code(self._process)
        if code is None:
            return _CrashError(f"its reader gave what cannot be understood: {error}")
        return _CrashError(f"its reader crashed ({signal_name(code)})")

    def end(self) -> None:
        """End it at once: it has nothing to lose. One of a process that forked this is let go."""
        if self._owner == os.getpid():
            self._deadline.stop()
            self._process.kill()
            self._process.wait()
        else:
            self._process.returncode = 0
        for stream in (self._requests, self._replies):
            with suppress(OSError):  # what was not yet written to it
                stream.close()


def _named_value(said: object) -> tuple[str, object]:
    """A message's one name and value. Raises WireError if it is none of those there are."""
    if isinstance(said, dict) and len(said) == 1:
        ((name, value),) = said.items()
        if name in ("article", "end", "error", "memory"):
            return name, value
    raise WireError("neither an article nor an end")


def _exit_code(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(_CLOSING_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def signal_name(code: int) -> str:
    """What a process ended with: a signal's name, or its exit code."""
    try:
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"
    except ValueError:
        return f"signal {-code}"


def environment() -> dict[str, str]:
    """What the process is told of this one's: where modules are, and no secrets."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    modules = os.pathsep.join(path for path in sys.path if os.path.isabs(path))
    return kept | {"PYTHONPATH": modules, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
