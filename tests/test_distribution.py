"""Wheel and sdist: what is in them, and that the wheel works where there is no checkout."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from needs import lacking
from web_servers import serving

import quoth

ROOT = Path(__file__).parent.parent
OFFLINE = Path(__file__).parent / "offline"
MOST_BYTES = 45_000_000
SENTENCE = "The hall was opened in 1931 by the mayor of Rowington."
QUESTION = "When was the hall opened?"

Installed = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was made from it."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        capture_output=True, encoding="utf-8", check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(made: Path) -> Path:
    return made / f"quoth-{quoth.__version__}-py3-none-any.whl"


@pytest.fixture(scope="module")
def sources(made: Path) -> dict[str, int]:
    """Path in the sdist → size."""
    with tarfile.open(made / f"quoth-{quoth.__version__}.tar.gz") as archive:
        return {one.name.partition("/")[2]: one.size for one in archive.getmembers()}


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of a fresh environment that has the wheel, and sees this one's other packages."""
    folder = tmp_path_factory.mktemp("fresh environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    found = folder / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", found, "install", "-q", "--no-deps", "--no-index",
         "--no-compile", wheel],
        check=True, timeout=120,
    )  # fmt: skip
    inside = next(folder.glob("lib/python*/site-packages"))
    (inside / "others.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return found


@pytest.fixture(scope="module")
def installed(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Runs a command of the fresh environment in a folder that holds one note, and no checkout."""
    folder = tmp_path_factory.mktemp("some where")
    (folder / "notes").mkdir()
    (folder / "notes" / "hall.txt").write_text(f"The hall\n\n{SENTENCE}\n", "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(OFFLINE)}

    def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python.parent / name, *arguments], cwd=folder, env=environment, capture_output=True,
            encoding="utf-8", check=False, timeout=120,
        )  # fmt: skip

    assert run("quoth", "build", "notes").returncode == 0
    return run


def package_files() -> set[str]:
    """The files of src/quoth, as paths in a wheel."""
    files = (path for path in (ROOT / "src" / "quoth").rglob("*") if path.is_file())
    return {p.relative_to(ROOT / "src").as_posix() for p in files if p.suffix != ".pyc"}


def test_the_wheel_holds_the_package_and_its_papers_alone(wheel: Path) -> None:
    """All of src/quoth: weights, styles, scripts, templates, py.typed."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        papers = {name.partition("/")[2] for name in set(archive.namelist()) - names}
    assert names == package_files()
    suffixes = {Path(name).suffix for name in names}
    assert {".safetensors", ".css", ".js", ".svg", ".jinja", ".typed"} <= suffixes
    assert papers == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}


def test_the_wheel_is_of_40_megabytes(wheel: Path) -> None:
    """Nearly all of it weights."""
    assert 35_000_000 < wheel.stat().st_size < MOST_BYTES


def test_nothing_in_the_wheel_names_this_machine(wheel: Path) -> None:
    """No path of this checkout, of its environment, or of whoever built it."""
    paths = {str(ROOT), sys.prefix, str(Path.home())} - {"/"}
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            text = archive.read(name)
            assert not [path for path in paths if path.encode() in text], name
            assert not name.startswith(("/", "..")), name


def test_the_sdist_holds_all_that_git_holds_of_its_folders(sources: dict[str, int]) -> None:
    """And nothing else: nothing that was generated."""
    if (ROOT / "PKG-INFO").exists():
        pytest.skip("these tests are an sdist's own: what git holds is known in a checkout alone")
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        lacking("git, or what it knows of this folder: clone the repository")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    kept = {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}
    assert set(sources) == {name for name in kept if not name.startswith(".ci/")} | {"PKG-INFO"}


def test_the_commands_run_from_any_folder(installed: Installed) -> None:
    """`quoth build` was run there; the index is found without being named."""
    version, answer = installed("quoth", "--version"), installed("quoth", "ask", QUESTION)
    assert (version.stdout, version.stderr) == (f"quoth {quoth.__version__}\n", "")
    assert (answer.returncode, answer.stderr) == (0, "")
    lines = [line.strip() for line in answer.stdout.splitlines()]
    assert lines[0] == f"1. {SENTENCE}"
    assert lines[1].endswith(f"hall.txt:10-{10 + len(SENTENCE)}")


def test_python_finds_the_installed_package(installed: Installed, python: Path) -> None:
    program = (
        "import quoth\n"
        "answer = quoth.Answerer(quoth.Index.open()).ask('When was the hall opened?')\n"
        "print(quoth.__file__, answer.status, len(quoth.Index.open().articles()))\n"
    )
    done = installed("python", "-W", "error", "-c", program)
    assert done.stderr == ""
    file, status, articles = done.stdout.rsplit(maxsplit=2)
    assert Path(file).is_relative_to(python.parent.parent)
    assert (status, articles) == ("answered", "1")


def test_the_app_is_served_from_the_wheel(
    installed: Installed, python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Health, and the page with its own styles in it."""
    folder = Path(installed("python", "-c", "import os; print(os.getcwd())").stdout.strip())
    monkeypatch.setenv("PYTHONPATH", str(OFFLINE))
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.chdir(folder)
    with serving(folder / "index") as server:
        with urllib.request.urlopen(f"{server.address}health", timeout=30) as answer:
            health = json.load(answer)
        with urllib.request.urlopen(server.address, timeout=30) as answer:
            page = answer.read().decode()
    assert health == {
        "status": "ok", "articles": 1, "passages": 1, "version": quoth.__version__,
    }  # fmt: skip
    assert "mark.chosen" in page


def test_the_changelog_is_of_this_version() -> None:
    """Its newest version is the package's, below what is not yet released."""
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert headings[0] in ("Unreleased", quoth.__version__)
    released = [heading for heading in headings if heading != "Unreleased"]
    assert not released or released[0] == quoth.__version__


def test_the_version_is_written_once_more_only() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == quoth.__version__
