"""Milvus's own server from its package, started and stopped as the processes that they are.

It listens on every address: to be run in a network namespace alone (`in_namespace.py`).
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ADDRESS = "http://127.0.0.1:19530"
_STARTS_IN = 120  # seconds
_STOPS_IN = 15
_CHANGES = (
    # Sessions of what was killed are over after 8 seconds instead of 60.
    (r"(?m)^    ttl: \d+", "    ttl: 8"),
    (r"gracefulStopTimeout: 1800", "gracefulStopTimeout: 5"),
    # A second node takes its share within seconds.
    (r"  autoBalance: false", "  autoBalance: true"),
    (r"balanceIntervalSeconds: 60", "balanceIntervalSeconds: 5"),
)


class MilvusServer:
    """One server, and further query nodes beside it, whose files and logs lie in `folder`."""

    def __init__(self, folder: Path) -> None:
        import milvus

        self._folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        config = milvus.MilvusServerConfig(data_dir=str(folder), etcd_port=2379)
        config.resolve()
        milvus._initialize_data_files(str(folder))
        text = (folder / "configs" / "milvus.yaml").read_text("utf-8")
        for old, new in _CHANGES:
            text, count = re.subn(old, new, text)
            assert count, f"{old} is not in Milvus's configuration"
        self._config = text

    def start(self) -> None:
        """Start the server; it answers afterwards."""
        self._start("standalone", "standalone", self._config, 9091, "STANDALONE")

    def start_node(self) -> None:
        """Start another query node, once a collection is loaded, and let it join."""
        config = self._config
        for old, new in (
            ("embed: true", "embed: false"), ("port: 21123", "port: 21133"),
            ("  type: rocksmq", "  type: pulsar"),
        ):  # fmt: skip
            assert old in config, f"{old} is not in Milvus's configuration"
            config = config.replace(old, new)
        self._start("node", "querynode", config, 9191, "CLUSTER")

    def kill(self, name: str = "standalone") -> None:
        """SIGKILL: the server, or the `node`."""
        process = self._processes.pop(name)
        process.kill()
        process.wait()

    def stop(self) -> None:
        """End all that runs."""
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(_STOPS_IN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    @property
    def process_ids(self) -> list[int]:
        """Of all that runs."""
        return [process.pid for process in self._processes.values()]

    def _start(self, name: str, role: str, config: str, port: int, mode: str) -> None:
        place = self._folder / f"configs-{name}"
        place.mkdir(exist_ok=True)
        (place / "milvus.yaml").write_text(config, "utf-8")
        (place / "glog.conf").write_bytes((self._folder / "configs" / "glog.conf").read_bytes())
        binaries = self._folder / "bin"
        environment = {
            **os.environ, "MILVUSCONF": str(place), "METRICS_PORT": str(port), "DEPLOY_MODE": mode,
            "LD_LIBRARY_PATH": str(binaries), "MILVUS_RUN_DIR": str(self._folder / f"run-{name}"),
        }  # fmt: skip
        with open(self._folder / f"{name}.log", "ab") as log:
            # The kernel ends it with this process, however that ends.
            self._processes[name] = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", str(binaries / "milvus"), "run", role],
                cwd=self._folder, env=environment, stdout=log, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        self._wait(name, f"http://127.0.0.1:{port}/healthz")

    def _wait(self, name: str, address: str) -> None:
        until = time.monotonic() + _STARTS_IN
        while time.monotonic() < until:
            status = self._processes[name].poll()
            assert status is None, f"Milvus ended with {status}: {self._folder / name}.log"
            try:
                with urllib.request.urlopen(address, timeout=2) as reply:
                    if b"OK" in reply.read():
                        return
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.1)
        raise AssertionError(f"Milvus does not answer after {_STARTS_IN} s: {name}")
