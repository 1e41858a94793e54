"""What is kept of the readers' graphs: used where it is whole, made again where it is not."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from quoth.embedding.files import cache_folder
from quoth.embedding.prepared import Compiled
from quoth.reading import own
from quoth.reading.keeping import _PROBE, kept_request
from quoth.weights import READER_SHA256


@pytest.fixture
def makes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[object]:
    """An empty cache; the graphs that were made."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return []


def kept(makes: list[object]) -> Compiled:
    def make() -> object:
        makes.append(own.graph_of(own.WEIGHTS, own._packaged()))
        return makes[-1]

    return kept_request(READER_SHA256, make)


def folder() -> Path:
    (found,) = (cache_folder() / "models").glob("reader-*")
    return found


def said(request: Compiled) -> np.ndarray:
    given = {"ids": _PROBE, "types": np.zeros_like(_PROBE), "mask": np.ones_like(_PROBE)}
    return np.array(request.infer(given)[0])


def test_the_second_start_makes_nothing_and_says_the_same(makes: list[object]) -> None:
    first, second = kept(makes), kept(makes)
    assert len(makes) == 1
    assert said(second) == pytest.approx(said(first), abs=0.01)


def other_probe(folder: Path) -> None:
    record = json.loads((folder / "prepared.json").read_text("utf-8"))
    record["probe"] = [value + 1 for value in record["probe"]]
    (folder / "prepared.json").write_text(json.dumps(record), "utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: os.truncate(folder / "model.bin", 1_000_000),
        lambda folder: (folder / "model.xml").unlink(),
        lambda folder: os.truncate(folder / "prepared.json", 100),
        other_probe,
    ],
    ids=["weights cut short", "no graph", "half the record", "says other things"],
)
def test_what_is_damaged_is_made_again(
    makes: list[object], damage: Callable[[Path], object]
) -> None:
    expected = said(kept(makes))
    damage(folder())
    assert said(kept(makes)) == pytest.approx(expected, abs=0.01)
    assert len(makes) == 2
    kept(makes)
    assert len(makes) == 2


def test_where_nothing_can_be_kept_it_runs_from_memory(makes: list[object], tmp_path: Path) -> None:
    (tmp_path / "quoth").write_text("in the way", "utf-8")
    assert np.isfinite(said(kept(makes))).all()
    assert len(makes) == 1
