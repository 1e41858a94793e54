"""What a test needs and this machine may lack."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def lacking(what: str) -> NoReturn:
    """Skip the test, or fail it where $CI is set: there nothing is left out in silence.

    what: is lacking, and how it is got.
    """
    pytest.fail(f"lacking: {what}") if os.environ.get("CI") else pytest.skip(f"lacking: {what}")
