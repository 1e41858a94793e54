"""The JSON API keeps to its own description, whatever it is sent: requests made by schemathesis.

It makes them from the description alone: what the schema allows and what it does not, each limit,
wrong methods, types and bodies. `make api` makes many more of them.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from api_apps import gated, small_answerer

from quoth.web.running import run

EXAMPLES = os.environ.get("QUOTH_API_EXAMPLES", "8")
SETTINGS = """
generation = { deterministic = true, database = "none" }
cache = { enabled = false }

# What the schema allows may still name an article, a pattern or a date that is not there.
[checks.positive_data_acceptance]
expected-statuses = [200, 404, 422]
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a server in a thread; it ends in order."""
    with (
        small_answerer(tmp_path_factory.mktemp("api")) as answerer,
        socket.create_server(("127.0.0.1", 0)) as place,
    ):
        gate, ready = gated(answerer), threading.Event()
        thread = threading.Thread(target=run, args=(gate, place), kwargs={"on_ready": ready.set})
        thread.start()
        assert ready.wait(30)
        try:
            yield f"http://127.0.0.1:{place.getsockname()[1]}/api/v1"
        finally:
            gate.is_closing = True
            thread.join(30)


def test_every_answer_is_as_the_schema_tells(address: str, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(SETTINGS, "utf-8")
    command = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"]
    options = ["--seed", "1", "--max-examples", EXAMPLES, "--warnings", "off", "--no-shrink"]
    ended = subprocess.run(
        [*command, "--no-color", "run", f"{address}/openapi.json", *options],
        cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=3000, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "4 selected / 4 total" in ended.stdout
