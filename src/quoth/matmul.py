"""The product of matrices, without false alarms."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def matmul(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> Any:
    """left @ right of finite numbers.

    On some processors OpenBLAS also computes with memory beside the matrices, whose bits may be no
    numbers. The product is right, and yet NumPy warns of an invalid value (numpy issue 24067).
    """
    with np.errstate(all="ignore"):
        return left @ right
