"""What all tests share: no network, one cache, one index of the seeds, and a runner of the CLI."""

from __future__ import annotations

import importlib
import os
import runpy
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from needs import lacking
from postgres_server import PostgresServer

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
OFFLINE = Path(__file__).parent / "offline"

SWITCHES = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE", "DO_NOT_TRACK")
SWITCHES += ("HF_HUB_DISABLE_TELEMETRY", "GRADIO_ANALYTICS_ENABLED", "NO_COLOR", "FORCE_COLOR")
"""Taken from the environment: quoth has to set what it needs by itself."""

# Started in a shell's background, this process ignores Ctrl-C, and so would all that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

runpy.run_path(str(OFFLINE / "sitecustomize.py"))

# Gradio's client, which tests use in this process, asks huggingface.co unless this was so when it
# was imported. What the tests start is given none of it.
with pytest.MonkeyPatch.context() as _patch:
    _patch.setenv("HF_HUB_OFFLINE", "1")
    importlib.import_module("huggingface_hub.constants")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def shared_cache(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One fresh folder for the whole run, also where processes run tests side by side.

    So converting the models (15 seconds) is covered by each run, and happens once in it. Models
    are put into it whole or not at all; a test that damages what is there needs one of its own.
    """
    base = tmp_path_factory.getbasetemp()
    is_one_of_several = hasattr(request.config, "workerinput")  # each with a base below the run's
    return (base.parent if is_one_of_several else base) / "cache"


@pytest.fixture(scope="session", autouse=True)
def environment(
    shared_cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The environment of this process and of all that it starts."""
    with pytest.MonkeyPatch.context() as patch:
        for switch in SWITCHES:
            patch.delenv(switch, raising=False)
        patch.setenv("XDG_CACHE_HOME", str(shared_cache))
        patch.setenv("BLOCKED_LOG", str(tmp_path_factory.mktemp("blocked") / "attempts"))
        inherited = [path for path in [os.environ.get("PYTHONPATH")] if path]
        patch.setenv("PYTHONPATH", os.pathsep.join([str(OFFLINE), str(ROOT / "src"), *inherited]))
        yield dict(os.environ)


@pytest.fixture(autouse=True)
def network_attempts(environment: dict[str, str]) -> Iterator[Path]:
    """Fails a test in which this or a started process reached for the network, even in secret."""
    log = Path(environment["BLOCKED_LOG"])
    log.unlink(missing_ok=True)
    yield log
    if log.exists():
        pytest.fail(f"reached for the network: {log.read_text('utf-8')}")


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The folder of the three articles."""
    return SEEDS


@pytest.fixture(scope="session")
def converted(environment: dict[str, str], shared_cache: Path) -> None:
    """The embedding model is in the cache: who comes first converts it, the others wait."""
    from quoth.embedding import load_embedder

    with FileLock(f"{shared_cache}.lock"):
        load_embedder()


@pytest.fixture(scope="session")
def seeds_index(converted: None, tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Path:
    """An index of the seeds, built once; for reading only."""
    import quoth

    path = tmp_path_factory.mktemp("seeds") / "index"
    quoth.Index.build([seeds], path).close()
    return path


@pytest.fixture
def own_index(seeds_index: Path, tmp_path: Path) -> Path:
    """A copy of the index of the seeds that a test may change."""
    return Path(shutil.copytree(seeds_index, tmp_path / "index"))


@pytest.fixture(scope="session")
def run_quoth(environment: dict[str, str]) -> Run:
    """Runs the real command line: `run_quoth("ask", "Why?", input=..., cwd=...)`."""

    def run(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "quoth", *map(str, arguments)]
        settings = {"timeout": 120, "encoding": "utf-8", "capture_output": True} | options
        return subprocess.run(command, check=False, **settings)  # type: ignore[call-overload,no-any-return]

    return run


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL server; each address that it gives is a schema of its own."""
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def run_here(environment: dict[str, str]) -> Run:
    """As `run_quoth`, in this process: for what holds in any, which takes a third of the time."""
    from cli_here import called

    return called


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    return found or lacking("a browser: install Debian's chromium")
