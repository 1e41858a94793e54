"""Search by codes: what it finds of the nearest, and that it is the same each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from quoth.records import Floats, Ints
from quoth.vectors import NumpyVectors, SegmentVectors, coded, codes, planning, write_vectors

DIMENSION = 192
COUNT = 12_000


def unit(vectors: Floats) -> Floats:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def some(count: int, seed: int) -> Floats:
    """Vectors around 60 centres, as passages lie around topics."""
    centres = np.random.default_rng(0).normal(size=(60, DIMENSION))
    random = np.random.default_rng(seed)
    noise = random.normal(size=(count, DIMENSION))
    return unit(centres[random.integers(0, 60, count)] + 0.7 * noise)


VECTORS, QUESTIONS = some(COUNT, 1), some(50, 2)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if 12,000 were many."""
    monkeypatch.setattr(planning, "EXACT", 1000)
    monkeypatch.setattr(planning, "TAIL", 500)
    monkeypatch.setattr(coded, "FEW", 100)
    monkeypatch.setattr(codes, "_MANY", 4000)
    monkeypatch.setattr(codes, "_LISTS", 32)
    monkeypatch.setattr(codes, "SHARD", 5000)


@pytest.fixture
def exact() -> NumpyVectors:
    engine = NumpyVectors(DIMENSION)
    engine.add(np.arange(COUNT), VECTORS)
    return engine


NONE: Ints = np.empty(0, np.int64)


def change(
    folder: Path, old: Path | None, added: Ints, removed: Ints = NONE, *, compact: bool = False
) -> SegmentVectors:
    write_vectors(
        folder,
        DIMENSION,
        old=old,
        added=added,
        removed=removed,
        vectors=lambda ids: VECTORS[ids],
        compact=compact,
    )
    return SegmentVectors.load(folder)


def recall(engine: SegmentVectors, exact: NumpyVectors, allowed: Ints | None = None) -> float:
    found, wanted = (one.search(QUESTIONS, 10, allowed)[1] for one in (engine, exact))
    return float(
        np.mean([len(np.intersect1d(*pair)) / 10 for pair in zip(found, wanted, strict=True)])
    )


def test_it_finds_the_nearest(tmp_path: Path, exact: NumpyVectors) -> None:
    engine = change(tmp_path / "1", None, np.arange(COUNT))
    assert sorted(path.name for path in (tmp_path / "1").glob("*codes*")) == [
        "000001.codes-0",
        "000001.codes-1",
    ]
    assert recall(engine, exact) > 0.98


@pytest.mark.parametrize("share", [0.95, 0.5, 0.05, 0.005])
def test_it_finds_the_nearest_of_those_allowed(
    share: float, tmp_path: Path, exact: NumpyVectors
) -> None:
    engine = change(tmp_path / "1", None, np.arange(COUNT))
    allowed = np.flatnonzero(np.random.default_rng(3).random(COUNT) < share)
    assert recall(engine, exact, allowed) > 0.98


def test_it_finds_the_nearest_of_what_was_added_in_parts(
    tmp_path: Path, exact: NumpyVectors
) -> None:
    """Small changes make coded segments of their own, by the codebook of the largest."""
    engine = change(tmp_path / "0", None, np.arange(9000))
    for number, start in enumerate(range(9000, COUNT, 300)):
        added = np.arange(start, start + 300)
        engine = change(tmp_path / str(number + 1), tmp_path / str(number), added)
    assert len(list((tmp_path / "10").glob("*codes-0"))) > 3
    assert (len(engine), engine.problems()) == (COUNT, [])
    assert recall(engine, exact) > 0.98
    whole = change(tmp_path / "11", tmp_path / "10", NONE, compact=True)
    assert len(list((tmp_path / "11").glob("*.rows"))) == 2
    assert recall(whole, exact) > 0.98


def test_it_finds_none_of_what_was_removed(tmp_path: Path, exact: NumpyVectors) -> None:
    change(tmp_path / "1", None, np.arange(COUNT))
    nearest = np.unique(exact.search(QUESTIONS, 10)[1])
    engine = change(tmp_path / "2", tmp_path / "1", NONE, nearest)
    exact.remove(nearest)
    assert not np.isin(engine.search(QUESTIONS, 10)[1], nearest).any()
    assert recall(engine, exact) > 0.98


def test_scores_are_exact(tmp_path: Path) -> None:
    engine = change(tmp_path / "1", None, np.arange(COUNT))
    scores, ids = engine.search(QUESTIONS, 10)
    expected = np.einsum("qd,qkd->qk", QUESTIONS, VECTORS[ids])
    np.testing.assert_allclose(scores, expected, atol=1e-6)


def test_the_same_vectors_give_the_same_files_and_answers(tmp_path: Path) -> None:
    one, other = (change(tmp_path / name, None, np.arange(COUNT)) for name in "ab")
    for mine, theirs in zip(one.search(QUESTIONS, 20), other.search(QUESTIONS, 20), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_a_question_is_answered_alike_alone_and_with_others(tmp_path: Path) -> None:
    engine = change(tmp_path / "1", None, np.arange(COUNT))
    scores, ids = engine.search(QUESTIONS, 10)
    for row, question in enumerate(QUESTIONS):
        alone, found = engine.search(question[None], 10)
        np.testing.assert_array_equal(found[0], ids[row])
        np.testing.assert_array_equal(alone[0], scores[row])


def test_as_many_are_found_as_there_are(tmp_path: Path) -> None:
    engine = change(tmp_path / "1", None, np.arange(2000))
    assert engine.search(QUESTIONS[:2], 5000)[1].shape == (2, 2000)
