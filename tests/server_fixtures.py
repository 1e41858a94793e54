"""A pytest plugin for tests of the real server behind accounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from web_servers import Served, serving, write_accounts


@pytest.fixture(scope="session")
def guarded(seeds_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """For ann and bob alone, below /quoth, and for reading alone."""
    accounts = write_accounts(tmp_path_factory.mktemp("accounts"), "ann", "bob")
    options = ("--reader", "none", "--auth", str(accounts), "--root-path", "/quoth", "--read-only")
    with serving(seeds_index, *options) as served:
        yield served
