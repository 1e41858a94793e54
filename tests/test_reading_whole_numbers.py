"""Linear layers in whole numbers of 8 bits, and where they are used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open

from quoth import processor
from quoth.embedding.files import cache_folder, sha256_of
from quoth.errors import ModelError
from quoth.reading import own
from quoth.reading.network import Network
from quoth.reading.whole_numbers import INPUT_LEVELS, PARTS, Rounded, rounded
from quoth.records import Floats
from quoth.weights import RANGES_SHA256, READER_SHA256

QUESTION = "When does the ferry leave the harbour?"
TEXTS = [
    ("The harbour.", "The ferry leaves at noon. In winter it leaves an hour earlier."),
    ("", "Salt was carried up the river in lanterns' light, and wheat came down."),
    ("The harbour.", "The harbour was built in 1845; its ferry, in 1901. " * 12),
]


def layer(seed: int, *, outlier: float = 1.0) -> tuple[Floats, Floats]:
    """A weight (8, 24) and inputs (200, 24), of which one channel is that much larger."""
    chance = np.random.default_rng(seed)
    inputs = chance.normal(size=(200, 24)).astype(np.float32)
    inputs[:, seed % 24] *= outlier
    return chance.normal(size=(8, 24)).astype(np.float32), inputs


def ranges_of(inputs: Floats) -> Floats:
    return np.stack([inputs.min(axis=0), inputs.max(axis=0)])


def product(inputs: Floats, whole: Rounded) -> Floats:
    """What a processor makes of it."""
    step = (whole.high - whole.low) / (INPUT_LEVELS - 1)
    levels = np.round((inputs * whole.smoothing - whole.low) / step).clip(0, INPUT_LEVELS - 1)
    return ((levels * step + whole.low) @ (whole.weight * whole.step).T).astype(np.float32)


@given(st.integers(0, 1_000), st.sampled_from([1.0, 30.0, 1_000.0]))
def test_a_product_is_near_the_exact_one_also_with_an_outlier(seed: int, outlier: float) -> None:
    weight, inputs = layer(seed, outlier=outlier)
    exact = inputs @ weight.T
    found = product(inputs, rounded(weight, ranges_of(inputs)))
    assert np.sqrt(np.mean((found - exact) ** 2)) < 0.04 * exact.std()


@given(st.integers(0, 1_000))
def test_no_weight_is_so_large_that_two_products_overflow_16_bits(seed: int) -> None:
    weight, inputs = layer(seed)
    largest = int(np.abs(rounded(weight, ranges_of(inputs)).weight.astype(np.int64)).max())
    assert 2 * largest * (INPUT_LEVELS - 1) < 2**15


@given(st.integers(0, 1_000), st.floats(-50, 50))
def test_zero_is_a_level(seed: int, shift: float) -> None:
    weight, inputs = layer(seed)
    whole = rounded(weight, ranges_of(inputs + np.float32(shift)))
    level = -whole.low / ((whole.high - whole.low) / (INPUT_LEVELS - 1))
    assert level == pytest.approx(round(level), abs=1e-6)
    assert 0 <= round(level) < INPUT_LEVELS


def test_inputs_that_were_always_zero_do_no_harm() -> None:
    whole = rounded(np.ones((3, 4), np.float32), np.zeros((2, 4), np.float32))
    assert np.isfinite(product(np.zeros((1, 4), np.float32), whole)).all()


# -- the packaged network


def scores(network: Network) -> Floats:
    found = network.read(QUESTION, TEXTS)
    return np.concatenate(
        [np.column_stack([one.relevance, one.start, one.end, one.evidence]) for one in found]
    )


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> Iterator[None]:
    own._network.cache_clear()
    yield
    own._network.cache_clear()


def loaded(monkeypatch: pytest.MonkeyPatch, *, fast_bytes: bool) -> Network:
    monkeypatch.setattr(own, "has_fast_bytes", lambda: fast_bytes)
    own._network.cache_clear()
    return own.own_network()


def test_the_network_says_nearly_the_same_in_whole_numbers(
    networks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = scores(loaded(monkeypatch, fast_bytes=False))
    found = scores(loaded(monkeypatch, fast_bytes=True))
    assert not np.array_equal(found, exact)
    assert np.sqrt(np.mean((found - exact) ** 2, axis=0)).max() < 0.3
    assert np.corrcoef(found.ravel(), exact.ravel())[0, 1] > 0.995


def test_each_way_is_kept_by_itself(
    networks: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for fast_bytes in (False, True, False):
        loaded(monkeypatch, fast_bytes=fast_bytes)
    kept = sorted(folder.name for folder in (cache_folder() / "models").glob("reader-*"))
    assert len(kept) == 2
    assert kept[1].startswith(f"reader-{READER_SHA256}-bytes-{RANGES_SHA256[:12]}")


def test_ranges_that_are_damaged_are_refused(
    networks: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "ranges"
    file.write_bytes(own.RANGES.read_bytes()[:-1])
    monkeypatch.setattr(own, "RANGES", file)
    with pytest.raises(ModelError, match=r"are not quoth's .*: install quoth again"):
        loaded(monkeypatch, fast_bytes=True)
    loaded(monkeypatch, fast_bytes=False)  # they are not looked at


def test_the_ranges_are_those_of_the_weights() -> None:
    assert sha256_of(own.RANGES) == RANGES_SHA256
    with safe_open(own.RANGES, framework="np") as stored:
        assert stored.metadata() == {"weights": READER_SHA256}
        assert set(stored.keys()) == {f"layers.{n}.{part}" for n in range(6) for part in PARTS}


# -- the processor


@pytest.mark.parametrize(
    ("told", "fast"),
    [
        ("processor\t: 0\nflags\t\t: fpu avx2 avx_vnni\n", True),
        ("flags : fpu avx512f", True),
        ("flags\t\t: fpu avx avx2 fma\nbugs\t: avx512f\n", False),
        ("Features\t: fp asimd asimddp i8mm\n", False),
        ("", False),
        (None, False),
    ],
    ids=["AVX-VNNI", "AVX-512", "AVX2", "Arm", "says nothing", "no such file"],
)
def test_whole_numbers_are_used_where_they_are_known_to_be_faster(
    told: str | None, fast: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "cpuinfo"
    if told is not None:
        file.write_text(told, "utf-8")
    monkeypatch.setattr(processor, "_CPUINFO", file)
    assert processor.has_fast_bytes() is fast


@pytest.mark.parametrize(("flags", "has"), [("amx_bf16 amx_tile", True), ("avx512f", False)])
def test_tiles_are_known_by_their_flag(
    flags: str, has: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "cpuinfo").write_text(f"flags\t\t: {flags}\n", "utf-8")
    monkeypatch.setattr(processor, "_CPUINFO", tmp_path / "cpuinfo")
    assert processor.has_tiles() is has
