"""For tests of what may not be read or written, which root may."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

unix = pytest.mark.skipif(not hasattr(os, "seteuid"), reason="permissions are another matter here")


@contextmanager
def unprivileged() -> Iterator[None]:
    """Without root's right to read and write everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
