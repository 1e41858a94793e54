"""Dense search: every engine against values worked out by hand, and against NumPy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from small_vectors import OnDisk
from vector_trials import AXES, EXACT, Trial, equals_found, filled, ints, trials

from quoth.errors import IndexDamagedError
from quoth.records import Floats, VectorEngine
from quoth.vectors import ENGINES, FaissVectors, NumpyVectors, best_first

Make = Callable[[int], VectorEngine]
EVERY = {**ENGINES, "segments": OnDisk, "coded segments": partial(OnDisk, limits=(0, 0, 0))}
each_engine = pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)


@each_engine
def test_the_nearest_come_first_with_their_cosine(make: Make) -> None:
    vectors: Floats = np.array([[0.6, 0.8], [1, 0], [0.8, 0.6]], np.float32)
    scores, ids = filled(make, [7, 8, 9], vectors).search(vectors[1:2], 3)
    assert ids.tolist() == [[8, 9, 7]]
    np.testing.assert_allclose(scores, [[1.0, 0.8, 0.6]], atol=1e-5)
    assert (scores.dtype, ids.dtype) == (np.float32, np.int64)


@each_engine
def test_each_question_has_its_own_row(make: Make) -> None:
    _, ids = filled(make, [1, 2, 3, 4], AXES).search(AXES[[2, 0]], 1)
    assert ids.tolist() == [[3], [1]]


@each_engine
@pytest.mark.parametrize("k", [1, 3, 4, 5, 1000])
def test_no_more_are_found_than_there_are(make: Make, k: int) -> None:
    scores, ids = filled(make, [1, 2, 3, 4], AXES).search(AXES[:2], k)
    assert scores.shape == ids.shape == (2, min(k, 4))


@each_engine
def test_an_empty_engine_finds_nothing(make: Make) -> None:
    scores, ids = make(4).search(AXES[:2], 5)
    assert scores.shape == ids.shape == (2, 0)


@each_engine
def test_only_allowed_ids_are_found(make: Make) -> None:
    engine = filled(make, [1, 2, 3, 4], AXES)
    assert engine.search(AXES[:1], 9, ints(4, 2))[1].tolist() == [[2, 4]]


@each_engine
def test_allowed_ids_that_are_not_there_are_no_hits(make: Make) -> None:
    engine = filled(make, [1, 2, 3, 4], AXES)
    assert engine.search(AXES[:1], 9, ints(99, 3, 98))[1].tolist() == [[3]]
    assert engine.search(AXES[:1], 9, ints(99))[1].shape == (1, 0)
    assert engine.search(AXES[:1], 9, ints())[1].shape == (1, 0)


@each_engine
def test_what_was_removed_is_not_found(make: Make) -> None:
    engine = filled(make, [1, 2, 3, 4], AXES)
    engine.remove(ints(1, 3, 99))
    engine.remove(ints())
    assert len(engine) == 2
    assert engine.search(AXES[:1], 9)[1].tolist() == [[2, 4]]


@each_engine
def test_adding_nothing_changes_nothing(make: Make) -> None:
    engine = filled(make, [1, 2, 3, 4], AXES)
    engine.add(ints(), np.empty((0, 4), np.float32))
    assert len(engine) == 4


@each_engine
@pytest.mark.parametrize("k", [1, 5, 40, 199])
def test_equal_scores_come_in_order_of_id_however_many(make: Make, k: int) -> None:
    """Ids are shuffled, and k cuts through equal vectors."""
    assert equals_found(make, k) == list(range(1, k + 1))


@settings(max_examples=60, deadline=None)
@given(trial=trials)
def test_every_engine_finds_what_numpy_finds(trial: Trial) -> None:
    for make in EVERY.values():
        assert trial.differences(NumpyVectors(4), make(4)) == []


def test_faiss_scores_real_vectors_as_numpy_does() -> None:
    random = np.random.default_rng(1)
    vectors = random.normal(size=(500, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    ids = random.permutation(10_000)[:500]
    for rows in (1, 30):  # FAISS takes another path for many questions at once
        one, other = (filled(make, ids, vectors).search(vectors[:rows], 20) for make in
                      (FaissVectors, NumpyVectors))  # fmt: skip
        np.testing.assert_array_equal(one[1], other[1])
        np.testing.assert_allclose(one[0], other[0], atol=1e-5)


def test_a_saved_engine_answers_as_before(tmp_path: Path) -> None:
    engine = FaissVectors(4)
    engine.add(ints(5, 3, 9, 1), AXES)
    engine.save(tmp_path / "vectors.faiss")
    loaded = FaissVectors.load(tmp_path / "vectors.faiss")
    assert sorted(loaded.ids().tolist()) == [1, 3, 5, 9]
    for mine, saved in zip(engine.search(EXACT, 4), loaded.search(EXACT, 4), strict=True):
        np.testing.assert_array_equal(mine, saved)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_an_os_error(tmp_path: Path) -> None:
    engine = FaissVectors(384)
    engine.add(np.arange(2000), np.zeros((2000, 384), np.float32))
    with pytest.raises(OSError, match="No space left"):
        engine.save(Path("/dev/full"))


@pytest.mark.parametrize("data", [b"", b"junk" * 1000])
def test_a_file_that_is_no_engine_is_damaged(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "vectors.faiss").write_bytes(data)
    with pytest.raises(IndexDamagedError, match=r"cannot read '.*': rebuild it"):
        FaissVectors.load(tmp_path / "vectors.faiss")


def test_holds_compares_one_vector() -> None:
    engine = FaissVectors(4)
    engine.add(ints(7), AXES[:1])
    assert engine.holds(7, AXES[0], 1e-5)
    assert not engine.holds(7, AXES[1], 1e-5)
    assert not engine.holds(8, AXES[0], 1e-5)


def test_best_first_orders_ties_by_id_in_each_row() -> None:
    scores: Floats = np.array([[1, 3, 3, 2], [5, 5, 5, 5]], np.float32)
    ids = np.array([[1, 9, 4, 7], [8, 6, 7, 5]], np.int64)
    best, found = best_first(scores, ids, 3)
    assert best.tolist() == [[3, 3, 2], [5, 5, 5]]
    assert found.tolist() == [[4, 9, 7], [5, 6, 7]]
