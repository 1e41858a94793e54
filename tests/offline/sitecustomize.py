"""Blocks every socket but loopback, in whatever Python process imports this.

The tests' own process imports it from conftest.py; the processes they start find it through
PYTHONPATH, because Python imports a module named `sitecustomize` when it starts. Each attempt
raises and is noted in the file that $BLOCKED_LOG names, so that one which a library swallows is
seen too.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable
from functools import wraps
from typing import Any


class NetworkBlockedError(RuntimeError):
    """The program reached for something other than this machine."""


def is_local(host: object) -> bool:
    """Whether `host` is this machine: a loopback or unspecified address, or `localhost`."""
    name = host.decode("idna") if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(str(name).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def refuse(action: str, host: object) -> None:
    """Notes the attempt and raises."""
    if log := os.environ.get("BLOCKED_LOG"):
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{action} {host!r}\n")
    raise NetworkBlockedError(f"{action} to {host!r}: the tests allow loopback only")


def guard_address(original: Callable[..., Any]) -> Callable[..., Any]:
    """A socket's method that refuses the address, its last argument, if that is not local."""

    @wraps(original)
    def guarded(sock: socket.socket, *arguments: Any) -> Any:
        is_internet = sock.family in (socket.AF_INET, socket.AF_INET6)
        address = arguments[-1] if arguments else None
        if is_internet and isinstance(address, tuple) and not is_local(address[0]):
            refuse(original.__name__, address[0])
        return original(sock, *arguments)

    return guarded


def guard_name(original: Callable[..., Any]) -> Callable[..., Any]:
    """A resolving function that refuses names that are not local."""

    @wraps(original)
    def guarded(host: object, *arguments: Any, **options: Any) -> Any:
        if not is_local(host):
            refuse(original.__name__, host)
        return original(host, *arguments, **options)

    return guarded


def block() -> None:
    """Puts the guards in place, once."""
    if hasattr(socket.socket.connect, "__wrapped__"):
        return
    for method in ("connect", "connect_ex", "sendto", "sendmsg"):
        setattr(socket.socket, method, guard_address(getattr(socket.socket, method)))
    for function in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
        setattr(socket, function, guard_name(getattr(socket, function)))


block()
