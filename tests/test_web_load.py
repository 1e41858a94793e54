"""Users who ask at the same time get their own answers, all of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LOAD = Path(__file__).parent.parent / "benchmarks" / "load.py"


def test_eight_users_at_once_get_each_their_own_answers(environment: dict[str, str]) -> None:
    """The short form of what `make load` measures with 50 users and 2,000 questions."""
    ended = subprocess.run(
        [sys.executable, str(LOAD), "--users", "8", "--questions", "80"],
        capture_output=True, encoding="utf-8", check=False, timeout=600,
    )  # fmt: skip
    lines = ended.stdout.splitlines()
    assert lines[0].startswith("80 answers to 8 users in ")
    assert lines[2:4] == ["errors   0", "mixed    0"]
    assert ended.returncode == 0, ended.stdout
