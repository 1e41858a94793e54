"""Prints requirements.lock: the closure of pyproject.toml's dependencies, as installed here.

    .venv/bin/python tools/lock.py > requirements.lock

Only what quoth and its extras need by their own metadata is pinned, so that packages that
were merely tried out never get in. The result is a constraints file: a platform whose torch needs
further packages still finds them.
"""

from __future__ import annotations

import tomllib
from importlib.metadata import distribution
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
HEADER = """\
# Every package that quoth and its extras need, pinned; `make install` and `make test` use it as
#
#     pip install -c requirements.lock .
#
# No hashes: the small CPU build of torch is another file in other places.
# Remade by `make lock` from what .venv holds. To renew it with the newest releases:
#
#     rm -rf .venv && python3 -m venv .venv && .venv/bin/pip install -e '.[test,docs]' && make lock
"""


def declared() -> list[Requirement]:
    """The requirements that pyproject.toml states, those of its extras among them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [project["dependencies"], *project["optional-dependencies"].values()]
    return [Requirement(line) for line in chain.from_iterable(lines)]


def applies(requirement: Requirement, extras: set[str]) -> bool:
    """Whether `requirement` holds on this platform for a package installed with `extras`."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras | {""})


def closure(requirements: list[Requirement]) -> dict[str, str]:
    """Canonical name → installed version, of `requirements` and all that they require."""
    pinned: dict[str, str] = {}
    waiting, seen = list(requirements), set()
    while waiting:
        requirement = waiting.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        found = distribution(requirement.name)
        pinned[canonicalize_name(requirement.name)] = Version(found.version).public
        further = (Requirement(line) for line in found.requires or ())
        waiting += [one for one in further if applies(one, requirement.extras)]
    return pinned


if __name__ == "__main__":
    pins = closure(declared())
    print(HEADER + "\n".join(f"{name}=={pins[name]}" for name in sorted(pins)))
