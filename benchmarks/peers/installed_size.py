"""Bytes of packages and all that they need: run by the environment's own Python.

    PYTHON installed_size.py NAME[EXTRA] ...

Compiled files (.pyc) are not counted: which there are depends on what was imported.
"""

from __future__ import annotations

import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name


def main() -> None:
    names = closure([Requirement(name) for name in sys.argv[1:]])
    print(sum(_size(found) for name in names if (found := _installed(name))))


def closure(wanted: list[Requirement]) -> set[str]:
    """The names of what is needed, extras followed."""
    names: set[str] = set()
    followed: set[tuple[str, str]] = set()
    while wanted:
        one = wanted.pop()
        name = canonicalize_name(one.name)
        names.add(name)
        for extra in {"", *one.extras}:
            if (name, extra) not in followed:
                followed.add((name, extra))
                wanted += _needed(name, extra)
    return names


def _needed(name: str, extra: str) -> list[Requirement]:
    found = _installed(name)
    needed = [Requirement(line) for line in (found.requires if found else None) or ()]
    return [each for each in needed if not each.marker or each.marker.evaluate({"extra": extra})]


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None  # needed only elsewhere


def _size(found: Distribution) -> int:
    places = (found.locate_file(file) for file in found.files or () if file.suffix != ".pyc")
    return sum(place.stat().st_size for place in places if place.is_file())  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
