"""`quoth build --ray`: by a real cluster of two nodes the same index as by one process.

Each node has a network, processes and mounts of its own, see ray_nodes.py; SIGKILL ends nodes and
drivers in the middle. QUOTH_RAY_KILLS=10 kills as often (some minutes).
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from conftest import Run
from ray_nodes import ADDRESS, Cluster, only_child, require_namespaces

import quoth
from quoth import Index, Retriever
from quoth.records import Floats, Passage

pytestmark = pytest.mark.namespace

KILLS = int(os.environ.get("QUOTH_RAY_KILLS", "1"))
FILES = 36
WORDS = ("ferry", "harbour", "lantern", "wheat", "drone", "river", "bridge", "captain", "winter")
WORDS += ("report", "engine", "signal", "market", "village", "council", "letter", "border")
QUESTIONS = ("Where does the ferry stop?", "lantern", "What did the council report in winter?")
BUILD_SECONDS = 300


def written(folder: Path) -> Path:
    """Articles of several kinds, among them what is skipped and what cannot be read."""
    folder.mkdir()
    chance = random.Random(7)

    def text(sentences: int) -> str:
        lines = [" ".join(chance.choices(WORDS, k=9)).capitalize() for _ in range(sentences)]
        return ". ".join(lines) + ".\n"

    for number in range(FILES):
        name = f"{'deep/' if number % 3 else ''}{number:02}.{'md' if number % 2 else 'txt'}"
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"# Note {number}\n\n{text(40)}\n\n## More\n\n{text(10)}")
    record = '{{"_id": "r{}", "title": "Record {}", "text": "{}"}}\n'
    rows = [record.format(n, n, text(5).strip()) for n in range(40)]
    (folder / "corpus.jsonl").write_text("".join(rows))
    (folder / "page.html").write_text(f"<h1>A page</h1><p>{text(30)}</p>")
    (folder / "empty.txt").write_text("\n")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 of nothing")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("ray") / "articles")


@pytest.fixture(scope="module")
def here(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index that one process makes of the folder."""
    path = tmp_path_factory.mktemp("here") / "index"
    Index.build([folder], path).close()
    return path


@pytest.fixture(scope="module")
def running(
    environment: dict[str, str], here: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    require_namespaces()
    with Cluster(tmp_path_factory.mktemp("nodes"), environment) as cluster:
        yield cluster


@pytest.fixture
def cluster(running: Cluster) -> Cluster:
    """With both of its nodes."""
    if running.nodes[1].holder.poll() is not None:
        running.renew()
    return running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index"


def ended(process: subprocess.Popen[str]) -> tuple[int, list[str]]:
    """The exit code, and the lines on stderr."""
    _, said = process.communicate(timeout=BUILD_SECONDS)
    return process.returncode, said.splitlines()


Held = dict[tuple[str, int, int], tuple[Passage, Floats]]


def held(path: Path) -> Held:
    """All passages of an index and their vectors."""
    with Index.open(path) as index, index.reading() as view:
        ids = view.store.passage_ids()
        passages = view.store.passages(ids.tolist())
        vectors = view.store.own_vectors(ids, int(view.settings["dimension"]))
    assert len(passages) == len(ids)
    every = [passages[number] for number in ids.tolist()]
    found = {(one.source, one.start, one.end): (one, vectors[n]) for n, one in enumerate(every)}
    assert len(found) == len(every), "a passage is there twice"
    return found


def check_same(path: Path, here: Path) -> None:
    """Whole, and the same passages, vectors and answers as those of the index `here`."""
    found, expected = held(path), held(here)
    assert {key: one for key, (one, _) in found.items()} == {
        key: one for key, (one, _) in expected.items()
    }
    for key, (_, vector) in expected.items():
        np.testing.assert_allclose(found[key][1], vector, atol=1e-5)
    with Index.open(path) as index, Index.open(here) as other:
        assert index.verify() == []
        assert index.articles() == other.articles()
        for question in QUESTIONS:
            for mode in ("hybrid", "dense", "lexical"):
                ours, theirs = (
                    Retriever(one).search(question, 10, mode=mode) for one in (index, other)
                )
                assert [(one.source, one.start) for one in ours] == [
                    (one.source, one.start) for one in theirs
                ]
                assert [one.score for one in ours] == pytest.approx([one.score for one in theirs])
    with closing(sqlite3.connect(path / "quoth.sqlite")) as database:
        (left,) = database.execute(
            "select (select count(*) from file where live < 1)"
            " + (select count(*) from vector) - (select count(distinct key) from passage)"
        ).fetchone()
    assert left == 0


def embedded(path: Path) -> set[bytes]:
    """The keys of all vectors that are stored."""
    try:
        with closing(sqlite3.connect(f"file:{path / 'quoth.sqlite'}?mode=ro", uri=True)) as one:
            return {key for (key,) in one.execute("select key from vector")}
    except sqlite3.OperationalError:  # it is not there yet
        return set()


def wait_for(is_so: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    late = time.monotonic() + BUILD_SECONDS
    while not is_so():
        assert process.poll() is None, ended(process)
        assert time.monotonic() < late
        time.sleep(0.05)


# -- one process


def test_an_address_where_no_cluster_is_is_told_in_one_line(
    run_quoth: Run, seeds: Path, path: Path
) -> None:
    done = run_quoth("build", seeds, "--index", path, "--ray", "127.0.0.1:1")
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert line.startswith("quoth: no Ray cluster at '127.0.0.1:1' that can be used: [Errno 111]")


@pytest.mark.parametrize("address", ["auto", "no address"])
def test_an_address_that_is_none_is_told_in_one_line(
    address: str, run_quoth: Run, seeds: Path, path: Path, tmp_path: Path
) -> None:
    settings = {**os.environ, "RAY_TMPDIR": str(tmp_path)}
    done = run_quoth("build", seeds, "--index", path, "--ray", address, env=settings)
    (line,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert line.startswith(f"quoth: no Ray cluster at {address!r} that can be used: ")


WITHOUT = "import sys, quoth; quoth.Index.build({!r}, {!r}).close(); print('ray' in sys.modules)"


def test_without_a_cluster_nothing_of_ray_is_imported(seeds: Path, path: Path) -> None:
    code = WITHOUT.format(str(seeds), str(path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


# -- two nodes


def test_an_index_built_by_two_nodes_is_as_one_built_here(
    cluster: Cluster, folder: Path, here: Path, path: Path
) -> None:
    code, lines = ended(cluster.quoth("build", folder, "--index", path, "--ray", ADDRESS))
    assert code == 2, lines  # of the file that cannot be read
    skipped, failed, done, last = lines
    assert skipped == f"quoth: skipped '{folder}/empty.txt': empty"
    assert failed.startswith(f"quoth: cannot read '{folder}/broken.pdf': it is a damaged or ")
    assert done.startswith(f"quoth: {FILES + 41} added in ")
    assert last == "quoth: 1 file could not be read, the others are in"
    check_same(path, here)


def test_what_no_node_sees_is_read_here_and_told(
    cluster: Cluster, seeds: Path, seeds_index: Path, path: Path, tmp_path: Path
) -> None:
    (tmp_path / "seeds").mkdir()
    first = f"mount --bind '{seeds}' '{tmp_path / 'seeds'}'"
    process = cluster.quoth(
        "build", tmp_path / "seeds", "--index", path, "--ray", ADDRESS, first=first
    )
    code, lines = ended(process)
    told, done = lines
    assert code == 0
    assert told.startswith(f"quoth: not every node sees '{tmp_path}/seeds/000_")
    assert told.endswith("put articles where all nodes have them under the same path")
    assert done.startswith("quoth: 3 added in ")
    check_same(path, seeds_index)


def test_a_node_of_another_version_is_refused(
    cluster: Cluster, seeds: Path, path: Path, tmp_path: Path
) -> None:
    module = Path(str(quoth.__file__))
    text = module.read_text().replace(f'"{quoth.__version__}"', '"0.0.1"')
    (tmp_path / "older.py").write_text(text)
    first = f"mount --bind '{tmp_path / 'older.py'}' '{module}'"
    process = cluster.quoth("build", seeds, "--index", path, "--ray", ADDRESS, first=first)
    code, (line,) = ended(process)
    assert code == 2
    assert line.startswith(f"quoth: a node of the Ray cluster at '{ADDRESS}' cannot take part: ")
    assert f"it has quoth {quoth.__version__}, this is 0.0.1: install the same" in line


def test_what_a_killed_driver_has_done_is_not_done_again(
    cluster: Cluster, folder: Path, here: Path, tmp_path: Path
) -> None:
    chance = random.Random(1)
    for number in range(KILLS):
        path = tmp_path / f"index{number}"
        process = cluster.quoth("build", folder, "--index", path, "--ray", ADDRESS)
        least = chance.randrange(10, 80)
        wait_for(lambda: len(embedded(path)) > least, process)  # noqa: B023
        os.kill(only_child(process.pid), signal.SIGKILL)
        assert ended(process)[0] != 0
        before = embedded(path)
        assert before < embedded(here)
        code, lines = ended(cluster.quoth("build", folder, "--index", path, "--ray", ADDRESS))
        assert code == 2, lines
        assert embedded(path) == embedded(here)
        check_same(path, here)


def test_a_node_that_is_killed_costs_nothing_and_doubles_nothing(
    cluster: Cluster, folder: Path, here: Path, tmp_path: Path
) -> None:
    chance = random.Random(2)
    for number in range(KILLS):
        if number:
            cluster.renew()
        path = tmp_path / f"index{number}"
        process = cluster.quoth("build", folder, "--index", path, "--ray", ADDRESS)
        least = chance.randrange(10, 80)
        wait_for(lambda: len(embedded(path)) > least, process)  # noqa: B023
        cluster.nodes[1].kill()
        code, lines = ended(process)
        assert code == 2, lines
        assert lines[-1] == "quoth: 1 file could not be read, the others are in"
        check_same(path, here)


def test_a_cluster_that_is_lost_is_told_and_what_was_done_is_kept(
    running: Cluster, folder: Path, here: Path, path: Path
) -> None:
    """Its last node goes down in the middle; the next build goes on without a cluster."""
    process = running.quoth("build", folder, "--index", path, "--ray", ADDRESS)
    wait_for(lambda: len(embedded(path)) > 20, process)
    for number in running.nodes[0].processes("raylet", "gcs_server"):
        os.kill(number, signal.SIGKILL)
    code, (line,) = ended(process)
    assert code == 2
    assert line.startswith(f"quoth: the Ray cluster at '{ADDRESS}' was lost: ")
    assert line.endswith("; what was done is kept, run it again to go on")
    Index.build([folder], path).close()
    check_same(path, here)
