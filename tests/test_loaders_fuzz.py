"""Whatever bytes a loader is given, it gives well-formed articles or one line of refusal."""

from __future__ import annotations

from pathlib import Path

import fuzz_loaders as fuzz
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SUFFIXES = list(fuzz.SEEDS)
SLOW = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_seed_is_well_formed(suffix: str) -> None:
    for make in fuzz.SEEDS[suffix]:
        assert fuzz.checked(suffix, make())


@pytest.mark.parametrize("suffix", SUFFIXES)
@SLOW
@given(seed=st.integers(0, 2**32))
def test_broken_files(suffix: str, seed: int) -> None:
    data = fuzz.broken(suffix, seed)
    assert fuzz.checked(suffix, data) == fuzz.checked(suffix, data)


@pytest.mark.parametrize("suffix", SUFFIXES)
@SLOW
@given(data=st.binary(max_size=500))
def test_bytes_of_no_format(suffix: str, data: bytes) -> None:
    assert fuzz.checked(suffix, data) == fuzz.checked(suffix, data)


@pytest.mark.parametrize("path", list(fuzz.cases()), ids=lambda path: path.name)
def test_files_that_once_broke_a_loader(path: Path) -> None:
    data = path.read_bytes()
    assert fuzz.checked(path.suffix, data) == fuzz.checked(path.suffix, data)
