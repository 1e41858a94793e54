"""What an index is made with, and what a change did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from quoth.passages import TARGET
from quoth.records import Embedder
from quoth.store.schema import FORMAT

EMBEDDING, LOOSE = "embedding", "loose"
"""Settings that are there while vectors are stored, and after that was interrupted."""
CUTTING = "3"  # counts up when passages or what is embedded of them change


@dataclass(frozen=True, slots=True)
class Changes:
    """What a build, add, remove or sync did; sources in order.

    skipped: (path, reason) of what is no article. failed: (path, reason) of files that could not
    be read; of those, what the index held before it still holds.
    """

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


def made_with(embedder: Embedder, target: int) -> dict[str, str]:
    """What an index is made with: if any of it changes, all articles are cut and embedded anew.

    target: tokens that a passage should have.
    """
    return {
        "passage_tokens": str(target),
        "format": FORMAT,
        "cutting": CUTTING,
        "model": embedder.name,
        "fingerprint": embedder.fingerprint,
        "dimension": str(embedder.dimension),
    }


def made_from(settings: Mapping[str, str]) -> dict[str, str]:
    """What an index with these settings was made with, as `made_with` told it."""
    names = ("passage_tokens", "format", "cutting", "model", "fingerprint", "dimension")
    return {name: settings[name] for name in names}


def target_of(settings: Mapping[str, str]) -> int:
    """The tokens that a passage of the index should have."""
    return int(settings.get("passage_tokens", TARGET))


def is_made_otherwise(settings: Mapping[str, str], made: Mapping[str, str]) -> bool:
    """Whether the index was made with anything else, or not made yet."""
    return any(settings.get(name) != value for name, value in made.items())
