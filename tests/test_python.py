"""quoth in other people's programs: types, threads, processes, an event loop."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from small_indexes import QUESTIONS, build, write

import quoth
from quoth import Answer, Answerer, Index, Retriever

PACKAGE = Path(__file__).parent.parent / "src" / "quoth"
ASKED = ("How many soldiers could Putin buy from Kim?", "Which vitamins are there in spinach?")

USER = """
from pathlib import Path

import quoth


def best(folder: Path, question: str) -> str | None:
    with quoth.Index.open(folder) as index:
        hits: list[quoth.Hit] = quoth.Retriever(index).search(question, k=5, mode="hybrid")
        answer: quoth.Answer = quoth.Answerer(index, reader="none").ask(question, quotes=1)
        places: list[tuple[str, int, int]] = [(q.source, q.start, q.end) for q in answer.quotes]
        text: str = index.article(hits[0].source).text
        extract: quoth.Extract = quoth.Reader().read(question, text)
        html: str = quoth.cards(hits)._repr_html_()
    return answer.quotes[0].text if places and extract.spans and html else None


def built(folder: str) -> int:
    try:
        changes: quoth.Changes = quoth.Index.build([folder], "index").changes
    except quoth.QuothError:
        return 0
    return len(changes.added)
"""
MISTAKEN = """
import quoth

quoth.Retriever(quoth.Index.open()).search("Why?", mode="fuzzy")
quoth.Answerer(quoth.Index.open()).ask("Why?").quotes[0].texts
"""
POOL = """
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
import quoth

ASKED = {asked!r}

def open_here(folder):
    global answerer
    answerer = quoth.Answerer(quoth.Index.open(folder), reader="none")

def asked_here(question):
    return replace(answerer.ask(question), elapsed_ms=0.0)

if __name__ == "__main__":
    method, folder = sys.argv[1:]
    open_here(folder)
    here = [asked_here(question) for question in ASKED]
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, context, open_here, [folder]) as pool:
        assert list(pool.map(asked_here, ASKED)) == here
    print(len(here))
"""
FORKED = """
import multiprocessing, sys
import quoth

def tell(retriever, pipe):
    try:
        retriever.search("drones")
    except quoth.QuothError as error:
        pipe.send(str(error))

if __name__ == "__main__":
    retriever = quoth.Retriever(quoth.Index.open(sys.argv[1]))
    retriever.search("drones")
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    context.Process(target=tell, args=(retriever, there)).start()
    print(here.recv() if here.poll(20) else "nothing came")
"""


@pytest.fixture(scope="module")
def said_by_mypy(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Of two programs of somebody who has installed quoth, and nothing else."""
    folder = tmp_path_factory.mktemp("user")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    (site,) = (folder / "env").glob("lib/python*/site-packages")
    (site / "quoth").symlink_to(PACKAGE)
    (folder / "user.py").write_text(USER, "utf-8")
    (folder / "mistaken.py").write_text(MISTAKEN, "utf-8")
    options = ["--strict", "--config-file=", f"--python-executable={folder}/env/bin/python"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "--no-error-summary", "user.py", "mistaken.py"],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_a_users_program_passes_mypy_strict(said_by_mypy: list[str]) -> None:
    assert [line for line in said_by_mypy if line.startswith("user.py")] == []


def test_a_users_mistakes_are_found_by_mypy(said_by_mypy: list[str]) -> None:
    mode, name = said_by_mypy
    assert mode.startswith("mistaken.py:4: error: Argument ")
    assert "expected \"Literal['hybrid', 'dense', 'lexical']\"" in mode
    assert name == (
        'mistaken.py:5: error: "Quote" has no attribute "texts"; maybe "text"?  [attr-defined]'
    )


def timeless(answer: Answer) -> bytes:
    """All that an answer says but how long it took."""
    return repr(replace(answer, elapsed_ms=0.0)).encode()


def test_many_threads_get_the_same_answers_byte_for_byte(seeds_index: Path) -> None:
    with Index.open(seeds_index) as index:
        answerer = Answerer(index)
        alone = [timeless(answerer.ask(question)) for question in ASKED]
        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(answerer.ask, ASKED * 2))
    assert list(map(timeless, found)) == alone * 2


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("small")
    with build(write(folder / "articles"), folder / "index") as index:
        yield index


def test_many_threads_find_the_same_hits_byte_for_byte(small: Index) -> None:
    retriever = Retriever(small)
    alone = [repr(retriever.search(question)) for question in QUESTIONS]
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(retriever.search, QUESTIONS * 25))
    assert list(map(repr, found)) == alone * 25


def test_an_event_loop_asks_in_threads(small: Index) -> None:
    retriever = Retriever(small)

    async def all_at_once() -> list[object]:
        searches = [asyncio.to_thread(retriever.search, question) for question in QUESTIONS]
        return await asyncio.gather(*searches)

    assert asyncio.run(all_at_once()) == [retriever.search(question) for question in QUESTIONS]


def printed(folder: Path, program: str, *arguments: str | Path) -> str:
    """What a program prints that is run as a file of its own; it must succeed."""
    path = folder / "program.py"
    path.write_text(program, "utf-8")
    done = subprocess.run(
        [sys.executable, path, *arguments], capture_output=True, encoding="utf-8", timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_a_pool_of_processes_answers_the_same(
    method: str, seeds_index: Path, tmp_path: Path
) -> None:
    """Each opens the index for itself; answers come back whole."""
    assert printed(tmp_path, POOL.format(asked=ASKED), method, seeds_index) == "2\n"


def test_a_forked_process_is_told_to_open_the_index_again(
    seeds_index: Path, tmp_path: Path
) -> None:
    assert printed(tmp_path, FORKED, seeds_index) == (
        f"the index at {str(seeds_index)!r} was opened by another process, which this one was "
        "forked from: open it again here\n"
    )


def test_a_pickled_index_is_its_folder_opened_again(small: Index) -> None:
    with pickle.loads(pickle.dumps(small)) as again:
        assert type(again) is Index
        assert again.path == small.path
        assert again.totals() == small.totals()


def test_an_extract_shows_itself() -> None:
    span = quoth.ScoredSpan(0, 8, "It <is>.", 0.9)
    assert "It &lt;is&gt;." in quoth.Extract(0.9, (span,))._repr_html_()
