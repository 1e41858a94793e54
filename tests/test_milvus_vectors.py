"""Dense search in Milvus's own server and in milvus-lite: what every engine has to find."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from milvus_engine import Collections, InMilvus
from vector_trials import AXES, EXACT, Trial, equals_found, filled, ints, trials

from quoth.engines.milvus import vectors, whole
from quoth.errors import EngineError
from quoth.records import Floats
from quoth.vectors import FaissVectors, NumpyVectors

Make = Callable[[int], InMilvus]
SERVER = pytest.param("in_server", marks=pytest.mark.namespace, id="server")
LITE = pytest.param("in_lite", id="lite")


@pytest.fixture(params=[SERVER, LITE])
def collections(request: pytest.FixtureRequest) -> Collections:
    found: Collections = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def make(collections: Collections) -> Make:
    return lambda dimension: InMilvus(collections.empty(dimension))


def test_the_nearest_come_first_with_their_cosine(make: Make) -> None:
    rows: Floats = np.array([[0.6, 0.8, 0, 0], [1, 0, 0, 0], [0.8, 0.6, 0, 0]], np.float32)
    scores, ids = filled(make, [7, 8, 9], rows).search(rows[1:2], 3)
    assert ids.tolist() == [[8, 9, 7]]
    np.testing.assert_allclose(scores, [[1.0, 0.8, 0.6]], atol=1e-5)
    assert (scores.dtype, ids.dtype) == (np.float32, np.int64)


@pytest.mark.parametrize("k", [1, 4, 5, 1000, 20_000])
def test_no_more_are_found_than_there_are(make: Make, k: int) -> None:
    scores, ids = filled(make, [1, 2, 3, 4], AXES).search(AXES[:2], k)
    assert scores.shape == ids.shape == (2, min(k, 4))


def test_an_empty_engine_finds_nothing(make: Make) -> None:
    scores, ids = make(4).search(AXES[:2], 5)
    assert scores.shape == ids.shape == (2, 0)


def test_only_allowed_ids_are_found(make: Make) -> None:
    engine = filled(make, [1, 2, 3, 4], AXES)
    assert engine.search(AXES[:1], 9, ints(4, 2))[1].tolist() == [[2, 4]]
    assert engine.search(AXES[:1], 9, ints(99, 3, 98))[1].tolist() == [[3]]
    assert engine.search(AXES[:1], 9, ints(99))[1].shape == (1, 0)
    assert engine.search(AXES[:1], 9, ints())[1].shape == (1, 0)


def test_filters_come_before_ranking(make: Make) -> None:
    """The only allowed one is the last of all."""
    engine = filled(make, list(range(1, 200)), np.repeat(AXES[:1], 199, axis=0))
    engine.add(ints(200), AXES[1:2])
    assert engine.search(AXES[:1], 1, ints(200))[1].tolist() == [[200]]


def test_many_allowed_ids_are_asked_for_in_parts(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "_ALLOWED_AT_ONCE", 3)
    engine = filled(make, list(range(24)), EXACT)
    reference = filled(NumpyVectors, list(range(24)), EXACT)
    for mine, theirs in zip(
        engine.search(EXACT, 5, np.arange(3, 20)),
        reference.search(EXACT, 5, np.arange(3, 20)),
        strict=True,
    ):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_what_was_removed_is_not_found(make: Make) -> None:
    engine = filled(make, [1, 2, 3, 4], AXES)
    engine.remove(ints(1, 3, 99))
    engine.remove(ints())
    assert len(engine) == 2
    assert engine.search(AXES[:1], 9)[1].tolist() == [[2, 4]]


def test_a_row_of_the_same_id_takes_the_place_of_the_one_before(make: Make) -> None:
    engine = filled(make, [1, 2], AXES[:2])
    engine.add(ints(1), AXES[2:3])
    assert len(engine) == 2
    assert engine.search(AXES[2:3], 1)[1].tolist() == [[1]]


def test_rows_that_no_state_holds_are_no_hits(make: Make) -> None:
    """Of a change that goes on, or was killed: here nine tenths of what there is."""
    engine = filled(make, list(range(200)), np.repeat(AXES[:1], 200, axis=0))
    engine.held.ids = set(range(180, 200))
    assert engine.search(AXES[:1], 30)[1].tolist() == [list(range(180, 200))]
    assert engine.search(AXES[:1], 3)[1].tolist() == [[180, 181, 182]]


def test_too_many_rows_that_no_state_holds_are_told(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "MOST", 100)
    engine = filled(make, list(range(200)), np.repeat(AXES[:1], 200, axis=0))
    engine.held.ids = {199}
    engine.collection.delete(ints(*range(150)))
    assert engine.search(AXES[:1], 3)[1].tolist() == [[199]]
    engine.add(np.arange(150), np.repeat(AXES[:1], 150, axis=0))
    engine.held.ids = {199}
    with pytest.raises(EngineError, match=r"too many rows that belong to no passage.*repair"):
        engine.search(AXES[1:2], 3)


def test_a_row_that_is_missing_is_an_error_and_no_shorter_answer(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quoth.engines.milvus.server.PATIENCE", 1.0)
    engine = filled(make, [1, 2, 3], AXES[:3])
    engine.collection.delete(ints(2))
    assert engine.search(AXES[:1], 1)[1].tolist() == [[1]]
    with pytest.raises(EngineError, match="lacks rows that the index has"):
        engine.search(AXES[:1], 3)


@pytest.mark.parametrize("k", [1, 40, 199])
def test_equal_scores_come_in_order_of_id_however_many(make: Make, k: int) -> None:
    """Ids are shuffled, and k cuts through equal vectors."""
    assert equals_found(make, k) == list(range(1, k + 1))


@settings(max_examples=40, deadline=None)
@given(trial=trials)
def test_milvus_lite_finds_what_numpy_finds(in_lite: Collections, trial: Trial) -> None:
    assert trial.differences(NumpyVectors(4), InMilvus(in_lite.empty(4))) == []


@pytest.mark.namespace
@settings(max_examples=10, deadline=None)
@given(trial=trials)
def test_the_server_finds_what_numpy_finds(in_server: Collections, trial: Trial) -> None:
    assert trial.differences(NumpyVectors(4), InMilvus(in_server.empty(4))) == []


@pytest.mark.namespace
def test_ten_thousand_vectors_are_found_as_faiss_finds_them(in_server: Collections) -> None:
    """FLAT: the same ids in the same order. HNSW: 95 of 100."""
    stored, asked = quick_vectors(10_000), quick_vectors(50, seed=1)
    ids = np.random.default_rng(2).permutation(30_000)[: len(stored)].astype(np.int64)
    reference = filled(FaissVectors, ids.tolist(), stored).search(asked, 10)
    flat = filled(lambda n: InMilvus(in_server.empty(n)), ids.tolist(), stored)
    found = flat.search(asked, 10)
    np.testing.assert_array_equal(found[1], reference[1])
    np.testing.assert_allclose(found[0], reference[0], atol=1e-5)
    near = filled(lambda n: InMilvus(in_server.empty(n, "hnsw")), ids.tolist(), stored)
    near.collection.server.call("flush", near.collection.name, timeout=60)
    both = [
        len(set(one) & set(other))
        for one, other in zip(near.search(asked, 10)[1], reference[1], strict=True)
    ]
    assert sum(both) / (10 * len(asked)) >= 0.95
    np.testing.assert_array_equal(flat.collection.ids(), np.sort(ids))


def quick_vectors(count: int, *, seed: int = 0) -> Floats:
    """In 200 groups, as texts are: (count, 64) of length 1."""
    middles = np.random.default_rng(0).normal(size=(200, 64))
    random = np.random.default_rng(seed + 1)
    rows = middles[random.integers(200, size=count)] + random.normal(size=(count, 64))
    made: Floats = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return made
