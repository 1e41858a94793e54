"""What reaching Milvus is made of, without a server: addresses, ranges, consistency, its client."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.engines import EngineChoice, from_ranges, to_ranges
from quoth.engines.milvus.address import Address, to_address
from quoth.engines.milvus.consistency import Consistency
from quoth.engines.milvus.server import Server
from quoth.errors import EngineError, UsageError


@pytest.mark.parametrize(
    ("text", "uri", "token"),
    [
        ("http://one:19530", "http://one:19530", ""),
        ("https://root:p%40ss@one:19530/base/", "https://one:19530/base", "root:p@ss"),
        ("https://key@one", "https://one", "key"),
        ("http://[::1]:19530?x=1#y", "http://[::1]:19530", ""),
    ],
)
def test_an_address_is_taken_apart(text: str, uri: str, token: str) -> None:
    assert to_address(text, {}) == Address(uri, token)


def test_the_environment_adds_what_the_address_lacks(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    told = {
        "QUOTH_ENGINE_TOKEN": "root:other",
        "QUOTH_ENGINE_CA": str(tmp_path / "ca.pem"),
        "QUOTH_ENGINE_SERVER_NAME": "milvus",
    }
    whole = Address("https://one", "root:other", str(tmp_path / "ca.pem"), "milvus")
    assert to_address("https://one", told) == whole
    assert to_address("https://root:own@one", told).token == "root:own"


@pytest.mark.parametrize("text", ["", "one:19530", "ftp://one", "http://", "http://one:99999"])
def test_what_is_no_address_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="no address of a Milvus server"):
        to_address(text, {})


def test_no_secret_is_shown() -> None:
    with pytest.raises(UsageError) as told:
        to_address("ftp://root:secret@one", {})
    assert "secret" not in str(told.value)
    assert "secret" not in repr(to_address("http://root:secret@one", {}))


def test_a_certificate_that_is_not_there_is_told() -> None:
    with pytest.raises(UsageError, match=r"QUOTH_ENGINE_CA is 'nowhere\.pem'"):
        to_address("https://one", {"QUOTH_ENGINE_CA": "nowhere.pem"})


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        (EngineChoice("milvus"), "needs the address of its server"),
        (EngineChoice(uri="http://one"), "an address is for the engine milvus"),
        (EngineChoice("faiss", kind="flat"), "the index 'flat' is for the engine milvus"),
        (EngineChoice("quantum"), "unknown engine 'quantum': choose faiss or milvus"),  # type: ignore[arg-type]
        (EngineChoice("milvus", "http://one", "tree"), "unknown index 'tree'"),  # type: ignore[arg-type]
    ],
)
def test_an_engine_that_cannot_be_meant_is_told(choice: EngineChoice, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        choice.over({})


def test_a_choice_keeps_what_it_does_not_name() -> None:
    kept = {"engine": "milvus", "engine uri": "http://one", "engine index": "flat"}
    assert EngineChoice().over(kept | {"model": "any"}) == kept
    assert EngineChoice(kind="hnsw").over(kept) == kept | {"engine index": "hnsw"}
    assert EngineChoice("faiss").over(kept) == {}


@given(st.sets(st.integers(0, 300)))
def test_ranges_say_what_the_ids_are(ids: set[int]) -> None:
    ascending = np.array(sorted(ids), np.int64)
    np.testing.assert_array_equal(from_ranges(to_ranges(ascending)), ascending)


def test_ranges_of_neighbours_are_short() -> None:
    assert to_ranges(np.array([3, 4, 5, 9, 11, 12])) == "3-5,9-9,11-12"


def test_searches_of_a_new_state_are_strong_for_ten_seconds() -> None:
    times = iter((100.0, 109.9, 110.1, 110.2, 121.0))
    consistency = Consistency(lambda: next(times))
    levels = [consistency.level(generation) for generation in "11122"]
    assert levels == ["Strong", "Strong", "Bounded", "Strong", "Bounded"]


def test_a_server_that_is_not_there_is_told_after_some_patience(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("quoth.engines.milvus.server.PATIENCE", 1.0)
    started = time.monotonic()
    with pytest.raises(EngineError, match=r"Milvus at 'http://127.0.0.1:1' does not answer \(.*"):
        Server(to_address("http://127.0.0.1:1", {})).call("list_collections")
    assert 0.5 < time.monotonic() - started < 30


def test_the_client_prints_nothing_and_reads_no_env_file(tmp_path: Path) -> None:
    """pymilvus would log to standard error, and takes variables from the next .env file."""
    (tmp_path / ".env").write_text("TAKEN_FROM_ENV_FILE=1\n")
    script = (
        "import os, threading\n"
        "from quoth.engines.milvus.server import library\n"
        "pymilvus = library()\n"
        "assert 'TAKEN_FROM_ENV_FILE' not in os.environ\n"
        "assert 'PYTHON_DOTENV_DISABLED' not in os.environ\n"
        "assert threading.active_count() == 1\n"
        "try:\n"
        "    pymilvus.MilvusClient('http://127.0.0.1:1', timeout=1)\n"
        "except pymilvus.MilvusException:\n"
        "    print('refused')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ended.stdout, ended.stderr) == ("refused\n", "")


def test_a_missing_client_is_told_with_the_extra_that_brings_it() -> None:
    script = (
        "import sys\nsys.modules['pymilvus'] = None\n"
        "from quoth.engines.milvus.server import library\n"
        "library()\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == (
        "quoth.errors.MissingExtraError: the engine Milvus needs a package that is not installed: "
        "run pip install 'quoth[milvus]'"
    )
