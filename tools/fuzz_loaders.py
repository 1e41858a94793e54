"""Looks by coverage (atheris) for bytes that a loader does not stand.

    PYTHONPATH=src python tools/fuzz_loaders.py SUFFIX [SECONDS] [FOLDER]

One format a run: `.pdf`, `.docx`. Starts from the valid files of `tests/article_files.py` and
from FOLDER (`build/fuzz/SUFFIX`), where it keeps what reached new code, so that a later run goes
on from there. What fails `tests/fuzz_loaders.py`'s rules is kept under `tests/cases/`, with which
the tests try every loader. Office files are broken inside their archive, not in its bytes.

Needs atheris (Apache 2.0; Linux, Python up to 3.13), which quoth does not install.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main(suffix: str, seconds: int, folder: Path) -> None:
    import atheris

    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # before this file's folder
    with atheris.instrument_imports(include=["quoth.articles", "quoth.blocks", "email", "csv"]):
        import article_files as files
        import fuzz_loaders as fuzz

    inside = suffix in (".docx", ".odt", ".epub")
    names, around = parts_of(files, fuzz, suffix) if inside else ([], {})
    write_seeds(folder, [around[name] for name in names] if inside else made(fuzz, suffix), inside)

    def one_file(data: bytes) -> None:
        if inside:
            name = names[data[0] % len(names)] if data else names[0]
            data = files.zipped({**around, name: data[1:]})
        try:
            fuzz.checked(suffix, data)
        except BaseException:
            keep(fuzz.CASES, suffix, data)
            raise

    limits = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=3000", "-max_len=20000"]
    limits += [f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], str(folder), *limits], one_file)
    atheris.Fuzz()


def made(fuzz: object, suffix: str) -> list[bytes]:
    return [make() for make in fuzz.SEEDS[suffix]]  # type: ignore[attr-defined]


def parts_of(files: object, fuzz: object, suffix: str) -> tuple[list[str], dict[str, bytes]]:
    """The XML files of an archive by name, and all that is in it."""
    around = files.unzipped(made(fuzz, suffix)[0])  # type: ignore[attr-defined]
    wanted = (".xml", ".xhtml", ".opf", ".rels")
    return sorted(name for name in around if name.endswith(wanted)), around


def write_seeds(folder: Path, seeds: list[bytes], inside: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        first = bytes([number]) if inside else b""
        (folder / f"seed-{number}").write_bytes(first + seed)


def keep(cases: Path, suffix: str, data: bytes) -> None:
    import hashlib

    cases.mkdir(exist_ok=True)
    (cases / f"{hashlib.sha256(data).hexdigest()[:12]}{suffix}").write_bytes(data)


if __name__ == "__main__":
    chosen = sys.argv[1]
    duration = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    where = Path(sys.argv[3]) if len(sys.argv) > 3 else Path("build/fuzz") / chosen.lstrip(".")
    main(chosen, duration, where)
