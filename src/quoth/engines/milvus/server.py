"""One Milvus server: reached quietly, asked with patience, its errors in our words."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from quoth.engines.base import StateGoneError
from quoth.engines.milvus.address import TOKEN, Address
from quoth.errors import EngineError, MissingExtraError
from quoth.text import one_line

if TYPE_CHECKING:
    from pymilvus import MilvusClient

PATIENCE = 20.0
"""Seconds for which a server that is not whole is asked again."""
_TIMEOUT = 10.0
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 2.0
_NO_COLLECTION = 100
_PASSING = {1, 2, 3, 4, 5, 8, 101, 103, 65535}
_LOST = range(500, 1000)
"""Codes of channels, segments and nodes that are not there; those above are of a server that is
not ready, has too much to do, has not loaded a collection yet, or gives no reason."""
_NOT_PERMITTED = (1400, 1401)  # Milvus's codes for a missing login, and a missing privilege
_ABOUT_TOKEN = re.compile(r"auth check fail|unauthenticated|permission.?denied", re.IGNORECASE)
_FUNCTIONS_SINCE = (2, 5)


class Patience:
    """Waits between tries, longer each time, until so many seconds are over."""

    def __init__(self, seconds: float | None = None) -> None:
        self._until = time.monotonic() + (PATIENCE if seconds is None else seconds)
        self._wait = _FIRST_WAIT

    def wait(self) -> bool:
        """Sleep; False, at once, where the time would be over."""
        if time.monotonic() + self._wait > self._until:
            return False
        time.sleep(self._wait)
        self._wait = min(2 * self._wait, _LONGEST_WAIT)
        return True


class Server:
    """The server at an address, connected on first use; safe to use from several threads."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._client: MilvusClient | None = None
        self._lock = threading.Lock()

    def call(self, method: str, *values: Any, timeout: float = _TIMEOUT, **options: Any) -> Any:
        """What `MilvusClient` has of that name, each try with a limit of `timeout` seconds.

        Tried again while the server is away, starting, or has lost a node, for `PATIENCE`; not
        where it refuses. Raises EngineError.
        """
        patience = Patience()
        while True:
            try:
                return getattr(self._connected(), method)(*values, timeout=timeout, **options)
            except _failures() as error:
                refusal = self._refusal(error)
                if refusal or not patience.wait():
                    raise refusal or self._silent(error) from error

    def has_functions(self) -> bool:
        """Whether it can rank by words (BM25), which is since 2.5."""
        version = str(self.call("get_server_version"))
        found = re.search(r"(\d+)\.(\d+)", version)
        return found is not None and (int(found[1]), int(found[2])) >= _FUNCTIONS_SINCE

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None

    def error(self, what: str) -> EngineError:
        """One that names the server."""
        return EngineError(f"Milvus at {self.address.uri!r} {what}")

    def _connected(self) -> MilvusClient:
        with self._lock:
            if self._client is None:
                module, address = library(), self.address
                options = {
                    "server_pem_path": address.certificates,
                    "server_name": address.server_name,
                }
                self._client = module.MilvusClient(
                    address.uri, token=address.token, timeout=_TIMEOUT, dedicated=True,
                    **{name: value for name, value in options.items() if value},
                )  # fmt: skip
            return self._client

    def _refusal(self, error: Exception) -> EngineError | None:
        """What trying again does not help against."""
        said, code = _said(error), getattr(error, "code", None)
        if code in _NOT_PERMITTED or _ABOUT_TOKEN.search(said):
            return self.error(
                f"does not accept the token: set {TOKEN} to user:password, or an API key"
            )
        if code == _NO_COLLECTION:
            return StateGoneError(
                f"Milvus at {self.address.uri!r} does not have that collection ({said}): "
                "run 'quoth repair'"
            )
        if isinstance(code, int) and code not in _PASSING and code not in _LOST:
            return self.error(f"refuses that ({said})")
        return None

    def _silent(self, error: Exception) -> EngineError:
        return self.error(f"does not answer ({_said(error)}): check that it runs, and its address")


def library() -> Any:
    """pymilvus, imported so that it reads no .env file and prints nothing.

    Raises MissingExtraError.
    """
    try:
        with _without_env_file():
            import pymilvus
    except ImportError as error:
        raise MissingExtraError(
            "the engine Milvus needs a package that is not installed: "
            "run pip install 'quoth[milvus]'"
        ) from error
    for name in ("pymilvus", "pymilvus.milvus_client", "pymilvus.bulk_writer"):
        logger = logging.getLogger(name)
        if not all(isinstance(one, logging.NullHandler) for one in logger.handlers):
            logger.handlers[:] = [logging.NullHandler()]
    return pymilvus


@contextmanager
def _without_env_file() -> Iterator[None]:
    name = "PYTHON_DOTENV_DISABLED"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _failures() -> tuple[type[Exception], ...]:
    import grpc

    # A channel that another thread has just replaced is a ValueError to gRPC.
    return library().MilvusException, grpc.RpcError, ValueError


def _said(error: Exception) -> str:
    """One line, short, of what Milvus says, or gRPC where that is the reason."""
    details = getattr(_first(error), "details", None)
    told = details() if callable(details) else getattr(error, "message", "")
    return one_line(str(told or error), 200)


def _first(error: BaseException) -> BaseException:
    """What it all began with. pymilvus raises errors from themselves."""
    before = error.__context__ if error.__cause__ in (None, error) else error.__cause__
    return error if before is None or before is error else _first(before)
