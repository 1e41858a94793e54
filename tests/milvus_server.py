"""Milvus's own server from its package, started and stopped as the processes that they are.

It listens on every address: to be run in a network namespace alone (`in_namespace.py`).
"""

from __future__ import annotations

import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

URI, TOKEN = "https://localhost:19530", "root:Milvus"
ENDS_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL")
"""The kernel ends what this runs with the thread that started it, however that ends."""
_STARTS_IN = 120  # seconds
_CHANGES = (
    # Sessions of what was killed are over after 8 seconds instead of 60.
    (r"(?m)^    ttl: \d+", "    ttl: 8"),
    (r"gracefulStopTimeout: 1800", "gracefulStopTimeout: 5"),
    # A second node takes its share within seconds.
    (r"  autoBalance: false", "  autoBalance: true"),
    (r"balanceIntervalSeconds: 60", "balanceIntervalSeconds: 5"),
)


class MilvusServer:
    """One server, and further query nodes beside it, whose files and logs lie in `folder`.

    It wants TLS and a token, as servers do that others can reach. certificates: what to trust.
    """

    def __init__(self, folder: Path) -> None:
        import milvus

        self._folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.certificates = folder / "authority.pem"
        config = milvus.MilvusServerConfig(data_dir=str(folder), etcd_port=2379)
        for name, value in self._secured().items():
            config.set(name, value)
        config.resolve()
        milvus._initialize_data_files(str(folder))
        text = (folder / "configs" / "milvus.yaml").read_text("utf-8")
        for old, new in _CHANGES:
            text, count = re.subn(old, new, text)
            assert count, f"{old} is not in Milvus's configuration"
        self._config = text

    @property
    def environment(self) -> dict[str, str]:
        """What quoth needs in its environment to use this server."""
        return {"QUOTH_ENGINE_TOKEN": TOKEN, "QUOTH_ENGINE_CA": str(self.certificates)}

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
        for name in list(self._processes):
            self.kill(name)

    @property
    def process_id(self) -> int:
        """Of the server."""
        return self._processes["standalone"].pid

    def _secured(self) -> dict[str, str | bool | int]:
        """Settings for TLS, with certificates made for it, and for tokens."""
        import trustme

        authority = trustme.CA()
        own = authority.issue_cert("localhost")
        key, chain = self._folder / "server.key", self._folder / "server.pem"
        own.private_key_pem.write_to_path(key)
        own.cert_chain_pems[0].write_to_path(chain)
        authority.cert_pem.write_to_path(self.certificates)
        return {
            "authorization_enabled": True, "tls_mode": 1, "server_pem_path": str(chain),
            "server_key_path": str(key), "ca_pem_path": str(self.certificates),
        }  # fmt: skip

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
            self._processes[name] = subprocess.Popen(
                [*ENDS_WITH_PARENT, str(binaries / "milvus"), "run", role],
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
