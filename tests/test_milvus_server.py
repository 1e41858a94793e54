"""An index that a Milvus server searches, shared by processes, and what the server's loss does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from fakes import WordEmbedder
from milvus_engine import PASSAGE, Collections, InMilvus
from milvus_server import URI, MilvusServer
from small_indexes import VOCABULARY, write
from test_milvus_vectors import quick_vectors
from vector_trials import AXES, filled

import quoth
from quoth import Index, Retriever
from quoth.engines import EngineChoice
from quoth.engines.milvus.address import to_address
from quoth.engines.milvus.collection import create, new_name
from quoth.engines.milvus.rows import to_row
from quoth.engines.milvus.server import Server
from quoth.errors import EngineError, UsageError
from quoth.migration import migrate
from quoth.vectors import FaissVectors

pytestmark = pytest.mark.namespace
TESTS = Path(__file__).parent
QUESTIONS = ("Who supplies the drones?", "What did the pilots do?", "How many aircraft were lost?")


@pytest.fixture(scope="module")
def secure(milvus_server: MilvusServer) -> Iterator[dict[str, str]]:
    """The environment of this process and of those that it starts has token and certificates."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in milvus_server.environment.items():
            patch.setenv(name, value)
        yield dict(os.environ)


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("articles"))


@pytest.fixture(scope="module")
def index(
    secure: dict[str, str], articles: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Index]:
    """Of small articles, to which tests add others."""
    with Index.build(
        [articles], tmp_path_factory.mktemp("small") / "index",
        embedder=WordEmbedder(VOCABULARY), engine="milvus", engine_uri=URI, engine_index="flat",
    ) as made:  # fmt: skip
        yield made


@pytest.fixture(scope="module")
def seeds_in_milvus(
    secure: dict[str, str], seeds_index: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("seeds-in-milvus") / "index"
    with Index.open(seeds_index) as index:
        migrate(index, path, engine=EngineChoice("milvus", URI).over({}))
    return path


@pytest.fixture(scope="module", autouse=True)
def on_two_nodes(
    in_server: Collections, milvus_server: MilvusServer, index: Index, seeds_in_milvus: Path
) -> InMilvus:
    """Rows of which a second query node takes a part, or all, while the other tests run.

    That node can only help with collections that were there before it, as all others here.
    """
    rows = quick_vectors(3_000)
    engine = InMilvus(in_server.empty(64))
    for start in (0, 1_000, 2_000):
        engine.add(np.arange(start, start + 1_000), rows[start : start + 1_000])
        engine.collection.server.call("flush", engine.collection.name, timeout=60)
    milvus_server.start_node()
    return engine


def sources_found(index: Index, question: str) -> list[str]:
    return [hit.source for hit in Retriever(index).search(question, 50, mode="dense")]


def in_process(path: Path, script: str, **more: object) -> subprocess.Popen[str]:
    """Another process, which has `index` open."""
    start = (
        "import sys\n"
        "from fakes import WordEmbedder\nfrom small_indexes import VOCABULARY\n"
        "from quoth import Index, Retriever\n"
        f"index = Index.open({str(path)!r}, embedder=WordEmbedder(VOCABULARY))\n"
    )
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join([str(TESTS), environment["PYTHONPATH"]])
    return subprocess.Popen(
        [sys.executable, "-c", start + script], env=environment, text=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


# -- the same answers


def test_dense_answers_to_the_seeds_are_those_of_faiss(
    seeds_in_milvus: Path, seeds_index: Path
) -> None:
    with Index.open(seeds_index) as one, Index.open(seeds_in_milvus) as two:
        for question in QUESTIONS:
            expected = Retriever(one).search(question, 20, mode="dense")
            assert Retriever(two).search(question, 20, mode="dense") == expected
            assert quoth.Answerer(two).ask(question).nearest
        assert two.verify() == []


def test_verify_says_that_the_server_has_no_words(
    index: Index, run_quoth: object, secure: dict[str, str]
) -> None:
    ended = run_quoth("verify", "--index", index.path, env=secure)  # type: ignore[operator]
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "intact: 3 articles, 3 passages\n"
    assert ended.stderr == ("quoth: words: this server has no BM25; searched by meaning only\n")
    with pytest.raises(UsageError, match="'lexical' cannot be had"):
        Retriever(index).search("lantern", mode="lexical")


# -- who may ask


def test_a_wrong_token_is_one_clear_line_at_once(index: Index) -> None:
    started = time.monotonic()
    uri = URI.replace("://", "://root:wrong-secret@")
    with (
        Index.open(index.path, embedder=WordEmbedder(VOCABULARY), engine_uri=uri) as other,
        pytest.raises(EngineError, match=r"does not accept the token: set QUOTH_ENGINE_TOKEN") as e,
    ):
        sources_found(other, "lantern")
    assert time.monotonic() - started < 5
    assert "wrong-secret" not in str(e.value)


def test_a_token_in_the_address_is_used(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUOTH_ENGINE_TOKEN")
    uri = URI.replace("://", "://root:Milvus@")
    with Index.open(index.path, embedder=WordEmbedder(VOCABULARY), engine_uri=uri) as other:
        assert sources_found(other, "lantern")[0] == "ferries.txt"


def test_a_certificate_of_others_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUOTH_ENGINE_CA")
    monkeypatch.setattr("quoth.engines.milvus.server.PATIENCE", 1.0)
    with pytest.raises(EngineError, match="does not answer"):
        Server(to_address(URI)).call("list_collections")


# -- several processes


def test_what_one_process_adds_another_finds_at_once(index: Index, articles: Path) -> None:
    asking = in_process(
        index.path,
        "retriever = Retriever(index)\n"
        "for line in sys.stdin:\n"
        "    hits = retriever.search('lantern drone', 50, mode='dense')\n"
        "    print(*sorted({hit.source for hit in hits}), flush=True)\n",
    )
    assert asking.stdin is not None
    assert asking.stdout is not None
    expected = set(index.sources())
    for number in range(4):
        name = f"new-{number}.txt"
        write(articles, {name: f"The lantern {number}\n\nA lantern and a drone.\n"})
        index.add([articles / name])
        asking.stdin.write("ask\n")
        asking.stdin.flush()
        assert set(asking.stdout.readline().split()) == expected | {name}
        expected |= {name}
    assert asking.communicate(timeout=30)[1] == ""


def test_answers_are_of_one_state_while_articles_are_replaced(index: Index, articles: Path) -> None:
    """The article is always there, in its old words or in its new ones."""
    writing = in_process(
        index.path,
        "from pathlib import Path\n"
        f"path = Path({str(articles / 'wheat.txt')!r})\n"
        "for number in range(10):\n"
        "    path.write_text(f'Wheat\\n\\nWheat {number} grows by the harbour.\\n')\n"
        "    index.add([path])\n",
    )
    asked = 0
    while writing.poll() is None:
        assert sources_found(index, "wheat harbour").count("wheat.txt") == 1
        asked += 1
    assert writing.communicate()[1] == ""
    assert asked > 5
    assert index.verify() == []


def test_a_writer_that_is_killed_loses_and_shows_nothing(
    index: Index, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before, total = sources_found(index, "drone"), index.totals()[0]
    more = write(
        tmp_path_factory.mktemp("more"),
        {f"{n}.txt": f"Drone {n}\n\nThe drone {n} met a ferry.\n" for n in range(50)},
    )
    writing = in_process(
        index.path,
        "import time\nfrom quoth.engines.milvus.collection import Collection\n"
        "upsert = Collection.upsert\n"
        "def half(self, rows):\n"
        "    upsert(self, list(rows)[:25])\n"
        "    print('half', flush=True)\n"
        "    time.sleep(60)\n"
        "Collection.upsert = half\n"
        f"index.add([{str(more)!r}])\n",
    )
    assert writing.stdout is not None
    assert writing.stdout.readline() == "half\n"
    writing.send_signal(signal.SIGKILL)
    assert writing.communicate()[1] == ""
    assert sources_found(index, "drone") == before
    assert "vectors: 25 passages should not be there" in index.verify()
    index.add([more])
    assert index.totals()[0] == total + 50
    assert index.verify() == []


# -- the server is lost


def test_a_killed_query_node_gives_no_answer_that_is_a_part_of_one(
    on_two_nodes: InMilvus, milvus_server: MilvusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without patience each answer is whole, or an error; then it has recovered by itself."""
    asked = quick_vectors(1, seed=1)
    expected = filled(FaissVectors, range(3_000), quick_vectors(3_000)).search(asked, 20)[1]
    wait_for(lambda: max(nodes_of(on_two_nodes), default=1) > 1)
    monkeypatch.setattr("quoth.engines.milvus.server.PATIENCE", 0.0)
    np.testing.assert_array_equal(on_two_nodes.search(asked, 20)[1], expected)
    milvus_server.kill("node")
    errors: list[str] = []

    def recovered() -> bool:
        try:
            np.testing.assert_array_equal(on_two_nodes.search(asked, 20)[1], expected)
        except EngineError as error:
            errors.append(str(error))
            return False
        return bool(errors)

    wait_for(recovered)
    assert all("does not answer" in line for line in errors)


def nodes_of(engine: InMilvus) -> set[int]:
    """The query nodes that hold rows of it; the server's own is 1."""
    found = engine.collection.server.call("list_loaded_segments", engine.collection.name)
    return {node for one in found for node in one.node_ids}


def wait_for(it: Callable[[], bool]) -> None:
    until = time.monotonic() + 90
    while not it():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_killed_server_loses_no_row_that_it_has_acknowledged(
    in_server: Collections,
    on_two_nodes: InMilvus,
    milvus_server: MilvusServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Killed while rows go in and questions are asked, both of which wait until it is back."""
    monkeypatch.setattr("quoth.engines.milvus.server.PATIENCE", 90.0)  # on a busy machine
    asked, made = quick_vectors(1, seed=1), create(in_server.server, new_name("e" * 32), 4)
    expected, acknowledged = on_two_nodes.search(asked, 20)[1], list[int]()
    stopped = threading.Event()

    def insert() -> None:
        for start in range(0, 1_000_000, 50):
            if stopped.is_set():
                return
            some = range(start, start + 50)
            made.upsert(to_row(n, PASSAGE, AXES[n % 4], words=False) for n in some)
            acknowledged.extend(some)

    with ThreadPoolExecutor() as threads:
        inserting = threads.submit(insert)
        wait_for(lambda: len(acknowledged) >= 2_000)
        milvus_server.kill()
        found = threads.submit(on_two_nodes.search, asked, 20)
        milvus_server.start()
        np.testing.assert_array_equal(found.result()[1], expected)
        stopped.set()
        inserting.result()
    assert set(acknowledged) <= set(made.ids().tolist())


def test_the_server_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """However that ends: what `MilvusServer` starts it with, before a process that waits."""
    script = (
        "import subprocess, sys, time\n"
        "from milvus_server import ENDS_WITH_PARENT\n"
        "one = subprocess.Popen([*ENDS_WITH_PARENT, 'sleep', '60'])\n"
        "print(one.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    starting = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )  # fmt: skip
    assert starting.stdout is not None
    number = int(starting.stdout.readline())
    time.sleep(0.5)
    starting.kill()
    starting.communicate()
    for _ in range(50):
        state = Path(f"/proc/{number}/stat")
        if not state.exists() or state.read_text().split(") ")[1][0] == "Z":
            return
        time.sleep(0.1)
    os.kill(number, signal.SIGKILL)
    pytest.fail("it lived on")
