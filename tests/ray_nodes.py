"""Nodes of a Ray cluster, each in namespaces of its own: network, processes and mounts.

Nothing of a node outlives its first process, which the kernel ends when the tests end, however
they do. Two nodes see each other by a pair of virtual cables and nobody else.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from needs import lacking

PORT = 6379
ADDRESS = f"10.77.0.1:{PORT}"
_OWN = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
_TOOLS = ("ip", "mount", "nsenter", "setpriv", "unshare")
_START_SECONDS = 120
_MEMORY = 100_000_000  # bytes of a node's store of objects; Ray takes no less than 75 MB


def require_namespaces() -> None:
    """Where they cannot be had the test is skipped, or fails where $CI is set."""
    missing = [name for name in _TOOLS if shutil.which(name) is None]
    reason = f"not installed: {', '.join(missing)} (iproute2, util-linux)" if missing else ""
    if not missing and subprocess.run(["unshare", *_OWN, "true"], capture_output=True).returncode:
        reason = "namespaces cannot be made: this takes root"
    if reason:
        lacking(reason)


@dataclass(slots=True)
class Node:
    """A node that runs. first: the process that all others of it end with."""

    holder: subprocess.Popen[bytes]
    first: int
    log: Path

    @classmethod
    def made(cls, number: int, place: Path, environment: dict[str, str]) -> Node:
        """number: the first is the head. place: a folder for all that Ray writes."""
        (place / "objects").mkdir(parents=True)
        own = f"10.77.0.{number}"
        joins = f"--head --port={PORT}" if number == 1 else f"--address={ADDRESS}"
        more = "--include-dashboard=false --temp-dir=/mnt" if number == 1 else ""
        # The paths of sockets are limited to 107 bytes: what Ray writes to /mnt lies in `place`.
        script = (
            "set -e; ip link set lo up\n"
            f"{'ip addr add 10.77.0.1/32 dev lo' if number == 1 else ':'}\n"
            f"mount --bind '{place}' /mnt; echo up; read\n"
            f"'{Path(sys.executable).parent / 'ray'}' start {joins} {more} --num-cpus=1 "
            f"--node-ip-address={own} --object-store-memory={_MEMORY} "
            "--plasma-directory=/mnt/objects --disable-usage-stats "
            f"> '{place / 'log'}' 2>&1 < /dev/null; exec sleep infinity"
        )
        holder = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", *_OWN, "bash", "-c", script],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment,
        )  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"up\n"
        return cls(holder, only_child(holder.pid), place / "log")

    def start(self) -> None:
        """Let Ray begin, now that the network is there."""
        assert self.holder.stdin is not None
        self.holder.stdin.write(b"\n")
        self.holder.stdin.flush()
        late = time.monotonic() + _START_SECONDS
        while not (self.log.exists() and "Ray runtime started" in self.log.read_text()):
            assert self.holder.poll() is None, self.log.read_text()
            assert time.monotonic() < late, "Ray does not start: " + self.log.read_text()
            time.sleep(0.1)

    def inside(self, *namespaces: str) -> list[str]:
        """What is put before a command so that it runs there."""
        return ["nsenter", "-t", str(self.first), *namespaces]

    def processes(self, *names: str) -> list[int]:
        """Those of its processes that have one of these names."""
        own, found = os.readlink(f"/proc/{self.first}/ns/pid"), []
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has ended
                if os.readlink(place / "ns/pid") == own:
                    found.append((int(place.name), (place / "comm").read_text().strip()))
        return [process for process, name in found if name in names]

    def kill(self) -> None:
        """SIGKILL for every process of it, at once, by the kernel."""
        self.holder.kill()
        self.holder.communicate()


def joined(head: Node, other: Node, number: int) -> None:
    """Lay a cable between two nodes; number: of the other.

    It goes with the other, so the head has its address elsewhere.
    """
    cable = f"to{number}"
    for node, command in (
        (head, f"link add {cable} type veth peer name cable netns {other.first}"),
        (other, f"addr add 10.77.0.{number}/24 dev cable"),
        (other, "link set cable up"),
        (head, f"link set {cable} up"),
        (head, f"route add 10.77.0.{number}/32 dev {cable} src 10.77.0.1"),
    ):
        subprocess.run([*node.inside("-n"), "ip", *command.split()], check=True)


def only_child(process: int) -> int:
    """The one process that another has started."""
    (child,) = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return int(child)


class Cluster:
    """A head and a second node, one CPU each."""

    def __init__(self, place: Path, environment: dict[str, str]) -> None:
        # Not the tests' own block of the network: from there nothing else can be reached.
        modules = [
            one for one in environment["PYTHONPATH"].split(os.pathsep) if "offline" not in one
        ]
        own = {"PYTHONPATH": os.pathsep.join(modules), "RAY_AUTH_MODE": "token"}
        own |= {"RAY_AUTH_TOKEN": secrets.token_hex(16), "RAY_health_check_period_ms": "1000"}
        own |= {"RAY_gcs_rpc_server_reconnect_timeout_s": "5"}  # of 60
        self.environment = environment | own
        self._place, self._made = place, 0
        self.nodes: list[Node] = []

    def __enter__(self) -> Cluster:
        try:
            self.nodes.append(self._node(1))
            self.nodes.append(self._node(2))
            joined(*self.nodes, 2)
            for node in self.nodes:
                node.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for node in self.nodes:
            node.kill()

    def renew(self) -> None:
        """A second node in the place of the one that was killed, as another that joins."""
        self._made += 1
        self.nodes[1] = self._node(2 + self._made)
        joined(self.nodes[0], self.nodes[1], 2 + self._made)
        self.nodes[1].start()

    def _node(self, number: int) -> Node:
        return Node.made(number, self._place / f"node{number}", self.environment)

    def quoth(self, *arguments: str | Path, first: str = "") -> subprocess.Popen[str]:
        """quoth, started on the head. first: a shell's line that only it sees the effects of."""
        words = [sys.executable, "-m", "quoth", *map(str, arguments)]
        if first:
            words = ["unshare", "--mount", "bash", "-c", f'set -e; {first}; exec "$@"', "-", *words]
        return self.started(words)

    def started(self, words: Sequence[str]) -> subprocess.Popen[str]:
        """A command, started on the head."""
        return subprocess.Popen(
            [*self.nodes[0].inside("-n", "-m", "-p"), *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environment,
        )  # fmt: skip
