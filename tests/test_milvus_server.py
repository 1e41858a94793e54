"""An index that a Milvus server searches, shared by processes, and what the server's loss does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import WordEmbedder
from milvus_engine import PASSAGE, Collections, InMilvus
from milvus_server import URI, MilvusServer
from small_indexes import VOCABULARY, write
from test_milvus_vectors import quick_vectors
from test_vectors import AXES, filled

import quoth
from quoth import Index, Retriever
from quoth.engines.milvus.address import to_address
from quoth.engines.milvus.collection import create, new_name, open_collection
from quoth.engines.milvus.rows import to_row
from quoth.engines.milvus.server import Server
from quoth.errors import EngineError, UsageError
from quoth.vectors import FaissVectors

pytestmark = pytest.mark.namespace
TESTS = Path(__file__).parent
QUESTIONS = ("Who supplies the drones?", "What did the pilots do?", "How many aircraft were lost?")


@pytest.fixture
def secure(milvus_server: MilvusServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of this process and of those that it starts has token and certificates."""
    for name, value in milvus_server.environment.items():
        monkeypatch.setenv(name, value)
    return dict(os.environ)


@pytest.fixture
def index(secure: dict[str, str], tmp_path: Path) -> Iterator[Index]:
    """Of three small articles."""
    (tmp_path / "articles").mkdir()
    with Index.build(
        [write(tmp_path / "articles")], tmp_path / "index", embedder=WordEmbedder(VOCABULARY),
        engine="milvus", engine_uri=URI, engine_index="flat",
    ) as made:  # fmt: skip
        yield made


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
    secure: dict[str, str], seeds: Path, seeds_index: Path, tmp_path: Path
) -> None:
    with (
        Index.open(seeds_index) as one,
        Index.build([seeds], tmp_path / "two", engine="milvus", engine_uri=URI) as two,
    ):
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


def test_a_token_in_the_address_is_used_and_not_stored(
    index: Index, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("QUOTH_ENGINE_TOKEN")
    uri = URI.replace("://", "://root:Milvus@")
    with Index.build(
        [tmp_path / "articles"], tmp_path / "other", embedder=WordEmbedder(VOCABULARY),
        engine="milvus", engine_uri=uri,
    ) as other:  # fmt: skip
        assert other.settings["engine_uri"] == URI
        assert sources_found(other, "lantern")[0] == "ferries.txt"
    assert b"root:Milvus" not in (tmp_path / "other" / "quoth.sqlite").read_bytes()


def test_a_certificate_of_others_is_not_trusted(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QUOTH_ENGINE_CA")
    monkeypatch.setattr("quoth.engines.milvus.server.PATIENCE", 1.0)
    with pytest.raises(EngineError, match="does not answer"):
        Server(to_address(URI)).call("list_collections")


# -- several processes


def test_what_one_process_adds_another_finds_at_once(index: Index, tmp_path: Path) -> None:
    asking = in_process(
        index.path,
        "retriever = Retriever(index)\n"
        "for line in sys.stdin:\n"
        "    hits = retriever.search('lantern drone', 50, mode='dense')\n"
        "    print(*sorted({hit.source for hit in hits}), flush=True)\n",
    )
    assert asking.stdin is not None
    assert asking.stdout is not None
    expected = {"drones.txt", "ferries.txt", "wheat.txt"}
    for number in range(4):
        name = f"new-{number}.txt"
        write(tmp_path / "articles", {name: f"The lantern {number}\n\nA lantern and a drone.\n"})
        index.add([tmp_path / "articles" / name])
        asking.stdin.write("ask\n")
        asking.stdin.flush()
        assert set(asking.stdout.readline().split()) == expected | {name}
        expected |= {name}
    assert asking.communicate(timeout=30)[1] == ""


def test_answers_are_of_one_state_while_articles_are_replaced(index: Index, tmp_path: Path) -> None:
    """The article is always there, in its old words or in its new ones."""
    writing = in_process(
        index.path,
        "from pathlib import Path\n"
        f"path = Path({str(tmp_path / 'articles' / 'wheat.txt')!r})\n"
        "for number in range(12):\n"
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


def test_a_writer_that_is_killed_loses_and_shows_nothing(index: Index, tmp_path: Path) -> None:
    before = sources_found(index, "drone")
    many = {f"more/{n}.txt": f"Drone {n}\n\nThe drone {n} met a ferry.\n" for n in range(300)}
    (tmp_path / "more").mkdir()
    write(tmp_path, many)
    held = open_collection(Server(to_address(URI)), index.settings["engines"], 6)
    assert held is not None
    writing = in_process(
        index.path,
        "from quoth.engines.milvus import collection\n"
        "collection._AT_ONCE = 20\n"
        f"index.add([{str(tmp_path / 'more')!r}])\n",
    )
    while len(held) < 100:
        assert writing.poll() is None, writing.communicate()
    writing.send_signal(signal.SIGKILL)
    writing.wait()
    assert writing.communicate()[1] == ""
    assert sources_found(index, "drone") == before
    assert any("should not be there" in line for line in index.verify())
    index.add([tmp_path / "more"])
    assert index.totals()[0] == 303
    assert index.verify() == []


# -- the server is lost


def test_a_killed_server_loses_no_row_that_it_has_acknowledged(
    in_server: Collections, milvus_server: MilvusServer
) -> None:
    made = create(in_server.server, new_name("e" * 32), 4)
    acknowledged: list[int] = []
    stopped = threading.Event()

    def insert() -> None:
        for start in range(0, 1_000_000, 50):
            if stopped.is_set():
                return
            some = range(start, start + 50)
            made.upsert(to_row(n, PASSAGE, AXES[n % 4], words=False) for n in some)
            acknowledged.extend(some)

    inserting = threading.Thread(target=insert)
    inserting.start()
    while len(acknowledged) < 2_000:
        time.sleep(0.01)
    milvus_server.kill()
    milvus_server.start()
    stopped.set()
    inserting.join()
    assert set(acknowledged) <= set(made.ids().tolist())
    assert len(acknowledged) >= 2_000
    made.drop()


def test_a_killed_query_node_gives_no_answer_that_is_a_part_of_one(
    in_server: Collections, milvus_server: MilvusServer
) -> None:
    stored, asked = quick_vectors(4_000), quick_vectors(1, seed=1)
    engine = filled(lambda n: InMilvus(in_server.empty(n)), list(range(4_000)), stored)
    engine.collection.server.call("flush", engine.collection.name, timeout=60)
    expected = filled(FaissVectors, list(range(4_000)), stored).search(asked, 20)[1].tolist()
    milvus_server.start_node()
    time.sleep(10)
    milvus_server.kill("node")
    whole = loud = 0
    until = time.monotonic() + 12
    while time.monotonic() < until:
        try:
            assert engine.search(asked, 20)[1].tolist() == expected
            whole += 1
        except EngineError:
            loud += 1
    assert whole > 0
    assert engine.search(asked, 20)[1].tolist() == expected


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
