"""The product of matrices."""

from __future__ import annotations

import numpy as np

from quoth.matmul import matmul


def test_it_is_that_of_numpy() -> None:
    left = np.arange(12, dtype=np.float32).reshape(4, 3)
    right = np.arange(3, dtype=np.float32)
    assert matmul(left, right).tolist() == (left @ right).tolist()


def test_what_the_processor_reports_on_the_way_is_no_warning() -> None:
    """An infinite number makes it report what memory beside the matrices may make it report."""
    with np.errstate(all="raise"):
        assert np.isnan(matmul(np.float32([[np.inf, 1]]), np.float32([0, 1])))[0]
