"""Runs a command in a network namespace of its own, in which there is loopback and nothing else.

    python tests/in_namespace.py python -m pytest -m namespace

For servers that listen on every address: nothing outside can reach them there. Where the system
gives no namespace, the command runs outside of one, and the tests that need one say so.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence

_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1


def is_alone() -> bool:
    """Whether this process sees loopback and no other network."""
    return [name for _, name in socket.if_nameindex()] == ["lo"]


def main(command: Sequence[str]) -> None:
    """Become `command`, inside a namespace if one can be had."""
    if is_alone():
        _raise_loopback()
        os.execvp(command[0], command)
    kind = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    refused = _refusal([*kind, "true"])
    if not refused:
        os.execvp(kind[0], [*kind, sys.executable, __file__, *command])
    print(f"no network namespace here: {refused}", file=sys.stderr)
    os.execvp(command[0], command)


def _refusal(trial: Sequence[str]) -> str:
    """What the system says to this command; "" if it lets it run."""
    try:
        ended = subprocess.run(trial, check=False, capture_output=True, text=True)
    except OSError as error:
        return str(error)
    return "" if ended.returncode == 0 else ended.stderr.strip() or "refused"


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH22x", b"lo", 0)
        (flags,) = struct.unpack_from("H", fcntl.ioctl(any_socket, _GET_FLAGS, request), 16)
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH22x", b"lo", flags | _UP))


if __name__ == "__main__":
    main(sys.argv[1:])
