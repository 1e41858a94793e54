"""A socket to serve at, and how its address is written."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from quoth.errors import UsageError


def address_of(place: socket.socket, prefix: str = "") -> str:
    """`http://127.0.0.1:7860/quoth/` of a bound socket and what comes before every path."""
    host, port = place.getsockname()[:2]
    shown = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}{prefix}/"


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket bound to the address, port 0 for a free one. Raises UsageError."""
    if not 0 <= port <= 65535:
        raise UsageError(f"port {port} does not exist: choose --port from 1 to 65535")
    try:
        place = _bound(host, port)
    except socket.gaierror as error:
        raise UsageError(f"host {host!r} is not known: give an address of this computer") from error
    except PermissionError as error:
        raise UsageError(f"port {port} may not be used by you: choose --port above 1023") from error
    except OSError as error:
        raise _unusable(host, port, error) from error
    with place:
        yield place


def _bound(host: str, port: int) -> socket.socket:
    """Listening, so that whoever tries the same port is told at once."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    place = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere it would let two listen at one port
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind(address)
        place.listen()
    except OSError:
        place.close()
        raise
    return place


def _unusable(host: str, port: int, error: OSError) -> UsageError:
    reason = error.strerror or "something else does"
    return UsageError(f"cannot listen at {host}:{port} ({reason}): choose another --port")
