"""Flipped bytes, a full disk, readers beside a writer: nothing lost, nothing wrong.

Short here; QUOTH_FLIPS=1000, QUOTH_DISKS=40 and QUOTH_READ_SECONDS=60 make it long.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from changes import CHANGES, MORE, prepare
from needs import lacking
from small_indexes import (
    ARTICLES,
    QUESTIONS,
    Answers,
    answers,
    answers_at,
    build,
    opened,
    write,
)

from quoth import Index, Retriever
from quoth.errors import IndexDamagedError, QuothError, StorageError

FLIPS = int(os.environ.get("QUOTH_FLIPS", "24"))
DISKS = int(os.environ.get("QUOTH_DISKS", "3"))
READ_SECONDS = float(os.environ.get("QUOTH_READ_SECONDS", "2"))
READERS = 8

BIG = {f"{n}.txt": f"Note {n}\n\n" + f"A drone and a ferry, number {n}. " * 40 for n in range(20)}


# -- flipped bytes


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Answers]:
    """Articles, an index of them in two generations, with a log beside it, and what it answers."""
    place = tmp_path_factory.mktemp("whole")
    folder, path = write(place / "articles", ARTICLES | BIG), place / "made"
    build(folder, path).close()
    write(folder, MORE)
    with build(folder, path) as index:
        Index.open(path, embedder=index.embedder).close()
        shutil.copytree(path, place / "index")  # as a killed process leaves it
        return folder, place / "index", answers(index)


def test_flipped_bytes_are_noticed_or_harmless_and_mended(
    whole: tuple[Path, Path, Answers], tmp_path: Path
) -> None:
    folder, made_before, expected = whole
    files = sorted(one.relative_to(made_before) for one in made_before.rglob("*") if one.is_file())
    assert {"quoth.sqlite", "quoth.sqlite-wal"} <= {file.name for file in files}
    chance = random.Random(0)
    for number in range(FLIPS):
        path = tmp_path / "index"
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(made_before, path)
        # every other time it is the store itself
        file = Path("quoth.sqlite") if number % 2 else files[number // 2 % len(files)]
        flip(path / file, chance)
        was_refused = check_answers(path, expected)
        assert not was_refused or found_wrong(path), file
        mend(path, folder)
        assert answers_at(path) == expected, (number, file)


def check_one_line(error: Exception) -> None:
    assert "\n" not in str(error)


def flip(file: Path, chance: random.Random) -> None:
    """1 to 64 bytes, anywhere or side by side."""
    data = bytearray(file.read_bytes())
    if not data:
        return
    count, start = chance.randint(1, 64), chance.randrange(len(data))
    together = chance.random() < 0.5
    for number in range(count):
        place = (start + number) % len(data) if together else chance.randrange(len(data))
        data[place] ^= chance.randint(1, 255)
    file.write_bytes(data)


def check_answers(path: Path, expected: Answers) -> bool:
    """Each question is answered as it should be, or refused; whether any was."""
    try:
        with opened(path) as index:
            refused = [refuses(index, question, expected) for question in QUESTIONS]
            return any(refused)
    except QuothError as error:
        check_one_line(error)
        return True


def refuses(index: Index, question: str, expected: Answers) -> bool:
    refused = False
    for mode in ("hybrid", "dense", "lexical"):
        wanted = [one[2] for one in expected if one[:2] == (question, mode)]
        try:
            found = Retriever(index).search(question, 50, mode=mode)
        except QuothError as error:
            check_one_line(error)
            refused = True
        else:
            assert found == wanted, (question, mode)
    return refused


def found_wrong(path: Path) -> bool:
    """Whether `verify` says so."""
    try:
        with opened(path) as index:
            return index.verify() != []
    except QuothError:
        return True


def mend(path: Path, folder: Path) -> None:
    """As its messages say: repair, and where that cannot help, build."""
    try:
        with opened(path) as index:
            index.repair()
            if index.verify() == []:
                build(folder, path).close()
                return
    except QuothError as error:
        check_one_line(error)
    with build(folder, path) as index:
        assert index.verify() == []


# -- a full disk


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 8 MB."""
    import tempfile

    place = tempfile.mkdtemp()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        os.rmdir(place)
        lacking("a small disk, which only root may mount")
    yield Path(place)
    subprocess.run(["umount", "-l", place], check=True)
    os.rmdir(place)


@pytest.mark.parametrize("change", CHANGES)
def test_a_full_disk_is_told_and_loses_nothing(
    change: str, small_disk: Path, tmp_path: Path
) -> None:
    start, folder = prepare(tmp_path, change)
    if change != "remove":
        write(folder, BIG)
    before = None if change == "repair" else answers_at(start)
    done = Path(shutil.copytree(start, tmp_path / "done"))
    CHANGES[change](done, folder)
    after, path, ballast = answers_at(done), small_disk / "index", small_disk / "ballast"
    refused = 0
    for room in rooms(start, done):
        shutil.copytree(start, path)
        fill(ballast, room)
        refused += is_refused(change, path, folder)
        with contextlib.suppress(StorageError):
            check_one_of(path, before, after)
        ballast.unlink()
        check_one_of(path, before, after)
        with contextlib.suppress(QuothError):  # what was removed is unknown then
            CHANGES[change](path, folder)
        assert answers_at(path) == after
        shutil.rmtree(path)
    assert refused


def rooms(start: Path, done: Path) -> list[int]:
    """Free bytes to try, from none to what a change takes."""
    wanted = 200_000 + sum(f.stat().st_size for f in done.rglob("*") if f.is_file())
    count = max(2, DISKS)
    return [wanted * number // count // 4096 * 4096 for number in range(count)]


def fill(ballast: Path, room: int) -> None:
    """Leave so many bytes free."""
    status = os.statvfs(ballast.parent)
    free = status.f_bavail * status.f_frsize
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(4096, free - room))


def is_refused(change: str, path: Path, folder: Path) -> bool:
    try:
        CHANGES[change](path, folder)
    except StorageError as error:
        check_one_line(error)
        return True
    return False


def check_one_of(path: Path, before: Answers | None, after: Answers) -> None:
    """before: None where it is refused, being damaged."""
    try:
        with opened(path) as index:
            assert answers(index) in (before, after)
            assert index.verify() == []
    except IndexDamagedError:
        assert before is None


LIMITED = """
import resource, sys
sys.path.insert(0, {tests!r})
from changes import *
from small_indexes import *
from quoth.errors import StorageError
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    build(Path({folder!r}), Path({path!r})).close()
except StorageError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on file sizes there")
@pytest.mark.parametrize("limit", [1, 100_000])
def test_files_that_may_not_grow(limit: int, tmp_path: Path) -> None:
    folder, path = write(tmp_path / "articles"), tmp_path / "index"
    build(folder, path).close()
    before = answers_at(path)
    write(folder, BIG)
    values = {"folder": str(folder), "path": str(path), "limit": limit}
    code = LIMITED.format(tests=str(Path(__file__).parent), **values)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    build(folder, tmp_path / "fresh").close()
    after = answers_at(tmp_path / "fresh")
    check_one_of(path, before, after)
    build(folder, path).close()
    assert answers_at(path) == after


# -- readers beside a writer


def test_readers_see_whole_states_beside_a_writer(tmp_path: Path) -> None:
    old, new = write(tmp_path / "old"), write(tmp_path / "new", MORE)
    path = tmp_path / "index"
    build(old, path).close()
    cycle = [("add", new), ("sync", new), ("remove", new), ("build", old)]
    states = [answers_at(path)]
    for change, folder in cycle:
        CHANGES[change](path, folder)
        states.append(answers_at(path))
    assert states[0] == states[4]
    known = [repr(state) for state in states]
    context = multiprocessing.get_context("forkserver")
    stop, seen = context.Event(), context.Queue()
    readers = [
        context.Process(target=read, args=(path, known, bool(n % 2), stop, seen), daemon=True)
        for n in range(READERS)
    ]
    for reader in readers:
        reader.start()
    for _ in readers:
        assert seen.get(timeout=60) == "ready"
    until = time.monotonic() + READ_SECONDS
    while time.monotonic() < until:
        for change, folder in cycle:
            CHANGES[change](path, folder)
    stop.set()
    told = [seen.get(timeout=60) for _ in readers]
    for reader in readers:
        reader.join()
    assert [wrong for _, wrong in told] == [""] * READERS
    assert all(count for count, _ in told)
    assert len(set().union(*(count for count, _ in told))) > 1
    assert answers_at(path) == states[0]


def read(path: Path, known: list[str], stays_open: bool, stop: Event, seen: Queue[object]) -> None:
    """Tell which states were seen, and what was seen that is none, if anything."""
    found: set[int] = set()
    wrong = ""
    try:
        with opened(path) as index:
            while not stop.is_set() and not wrong:
                state = repr(answers(index) if stays_open else answers_at(path))
                if not found:
                    seen.put("ready")
                if state in known:
                    found.add(known.index(state))
                else:
                    wrong = state
    except BaseException as error:
        wrong = "".join(traceback.format_exception(error))
    seen.put((found, wrong))
