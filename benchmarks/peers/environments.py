"""A virtual environment for each peer, in build/peers/environments, as requirements/ has it.

    python benchmarks/peers/environments.py [NAME ...] [--python PYTHON]

An environment is made anew where its requirements changed. NAME.txt is what the default
configuration needs, NAME-best.txt what the best needs beyond it. Needs a package index; what is
measured later needs no network.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements"
ENVIRONMENTS = HERE.parent.parent / "build" / "peers" / "environments"
PEERS = ("langchain", "llamaindex", "haystack", "txtai", "chroma")
_RECORD = "installed.json"


@dataclass(frozen=True, slots=True)
class Environment:
    """requirements: hex digest of its files. disk: bytes of what a configuration needs.
    versions: of all that is in it, name → version."""

    name: str
    requirements: str
    disk: dict[str, int]
    versions: dict[str, str]

    @property
    def python(self) -> Path:
        return ENVIRONMENTS / self.name / "bin" / "python"


def installed(name: str) -> Environment:
    """What was installed. Raises OSError where nothing was."""
    record = (ENVIRONMENTS / name / _RECORD).read_text("utf-8")
    return Environment(**json.loads(record))


def install(name: str, python: str) -> Environment:
    """Make the environment unless it is there as required."""
    wanted = _digest(name)
    try:
        found = installed(name)
    except (OSError, ValueError, TypeError):
        found = None
    return found if found and found.requirements == wanted else _made(name, python, wanted)


def disk(folder: Path) -> int:
    """Bytes of a folder's files, as `du` counts them: whole blocks, hard links once."""
    states = {file.lstat().st_ino: file.lstat().st_blocks * 512 for file in folder.rglob("*")}
    return sum(states.values())


def _made(name: str, python: str, wanted: str) -> Environment:
    folder = ENVIRONMENTS / name
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    files = [f"--requirement={each}.txt" for each in (name, f"{name}-best")]
    _pip(folder, "install", "-q", "--compile", "--constraint=constraints.txt", *files)
    # OpenVINO's export asks for it, nothing here uses it, and beside a CPU build of torch it fails.
    _pip(folder, "uninstall", "-q", "-y", "torchvision")
    made = _described(name, folder, wanted)
    (folder / _RECORD).write_text(json.dumps(asdict(made), indent=1), "utf-8")
    return made


def _described(name: str, folder: Path, wanted: str) -> Environment:
    default, best = _names(name), _names(f"{name}-best")
    python_here = folder / "bin" / "python"
    sizes = {"default": size(python_here, default), "best": size(python_here, default + best)}
    versions = {one["name"]: one["version"] for one in json.loads(_listed(folder))}
    return Environment(name, wanted, sizes, versions)


def size(python: Path, names: Sequence[str]) -> int:
    """Bytes of packages and of all that they need, in the environment of that Python."""
    command = [str(python.absolute()), str(HERE / "installed_size.py"), *names]
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def _names(requirements: str) -> list[str]:
    lines = (REQUIREMENTS / f"{requirements}.txt").read_text("utf-8").splitlines()
    return [line.partition("==")[0] for line in lines if line and not line.startswith("#")]


def _pip(folder: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [str(folder.resolve() / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    return subprocess.run(
        [*command, *arguments], check=True, cwd=REQUIREMENTS, text=True, **options
    )


def _listed(folder: Path) -> str:
    return _pip(folder, "list", "--format=json", stdout=subprocess.PIPE).stdout


def _digest(name: str) -> str:
    files = ("constraints.txt", f"{name}.txt", f"{name}-best.txt")
    whole = b"\0".join((REQUIREMENTS / file).read_bytes() for file in files)
    return hashlib.sha256(whole + sys.version.encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PEERS)}")
    parser.add_argument("--python", default=sys.executable)
    chosen = parser.parse_args()
    for name in chosen.names or PEERS:
        made = install(name, chosen.python)
        sizes = ", ".join(f"{each} {most / 1e6:.0f} MB" for each, most in made.disk.items())
        print(f"{name}: {len(made.versions)} packages, {sizes}", flush=True)


if __name__ == "__main__":
    main()
