"""An index in PostgreSQL: used by several processes at once, killed, damaged and made again.

About six kills and ten questions of the seeds; QUOTH_KILLS=60 and QUOTH_QUESTIONS=1000 make it
more.
"""

from __future__ import annotations

import json
import os
import pickle
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from at_once import eight_ask_while_two_add
from changes import MORE, made, started
from conftest import Run
from needs import lacking
from postgres_server import PASSWORD, PostgresServer
from small_indexes import (
    ARTICLES,
    Answers,
    CountingEmbedder,
    answers,
    answers_at,
    build,
    opened,
    sources,
    write,
)
from stores import execute, rows

from quoth import Answerer, Index, Retriever
from quoth.cli.output import answer_json
from quoth.database import parse_address
from quoth.errors import IndexDamagedError, IndexMissingError, QuothError, StorageError
from quoth.locations import location_of
from quoth.migration import migrate

KILLS = int(os.environ.get("QUOTH_KILLS", "6"))
QUESTIONS = int(os.environ.get("QUOTH_QUESTIONS", "10"))


@pytest.fixture
def place(postgres: PostgresServer) -> str:
    """The address of an index that is not there yet."""
    return postgres.address()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "articles")


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server that a test may kill."""
    server = PostgresServer()
    yield server
    server.stop()


def leftovers(place: str) -> list[tuple[object, ...]]:
    """How much there is that no reader sees, and no change needs."""
    return rows(
        parse_address(place),
        "select (select count(*) from file where live < 1), (select count(*) from kept),"
        " (select count(*) from article where live < 1),"
        " (select count(*) from vector) - (select count(distinct key) from passage)",
    )


# -- the same as in a folder


def test_the_seeds_are_answered_byte_for_byte_as_from_a_folder(
    place: str, seeds: Path, seeds_index: Path
) -> None:
    lines = (seeds / "questions.jsonl").read_text("utf-8").splitlines()
    every = -(-len(lines) // QUESTIONS)
    questions = [json.loads(line)["question"] for line in lines[::every]]
    with Index.open(seeds_index) as local, Index.build([seeds], place) as shared:
        assert shared.verify() == []
        both = Answerer(local), Answerer(shared)
        for question in questions:
            one, other = (_told(question, answerer) for answerer in both)
            assert one == other


def _told(question: str, answerer: Answerer) -> str:
    told = answer_json(1, question, answerer.ask(question))
    return json.dumps({name: value for name, value in told.items() if name != "elapsed_ms"})


def test_all_commands_take_a_store(
    place: str, tmp_path: Path, run_quoth: Run, environment: dict[str, str]
) -> None:
    folder, more = write(tmp_path / "a"), write(tmp_path / "b", {"d.txt": "Dikes\n\nA dike."})
    assert "3 added" in run_quoth("build", folder, "--store", place).stderr
    stored = {"env": environment | {"QUOTH_STORE": place}, "cwd": tmp_path}
    assert "1 added" in run_quoth("add", more, **stored).stderr
    assert "d.txt" in run_quoth("list", **stored).stdout
    asked = run_quoth("ask", "When does the ferry leave the harbour?", "--json", **stored)
    assert json.loads(asked.stdout)["quotes"][0]["source"] == "ferries.txt"
    assert run_quoth("remove", "d.txt", **stored).returncode == 0
    assert run_quoth("verify", **stored).returncode == 0
    assert run_quoth("repair", **stored).returncode == 0
    assert not (tmp_path / "index").exists()


def test_no_index_is_told(place: str) -> None:
    with pytest.raises(IndexMissingError, match=r"run 'quoth build PATH --store postgresql://"):
        opened(place)


def test_another_process_opens_it_by_its_address(place: str, folder: Path) -> None:
    with build(folder, place) as index, pickle.loads(pickle.dumps(index)) as other:
        assert answers(other) == answers(index)


def test_a_file_that_is_not_on_this_machine_is_no_change(place: str, folder: Path) -> None:
    with build(folder, place) as index:
        (folder / "wheat.txt").unlink()
        (folder / "drones.txt").write_text("Drones\n\nAnother text.\n")
        checks = [index.check(source) for source in ("wheat.txt", "drones.txt", "ferries.txt")]
        assert checks == ["verified", "changed", "verified"]


def test_a_password_is_printed_by_no_command_and_kept_in_no_table(
    postgres: PostgresServer, tmp_path: Path, run_quoth: Run
) -> None:
    folder, place = write(tmp_path / "a"), postgres.tcp(query="?schema=secret")
    wrong = place.replace("@127", "x@127")
    said = ""
    for command in (
        ["build", folder, "--store", place], ["add", folder, "--store", place],
        ["remove", "nothing", "--store", place], ["verify", "--store", place],
        ["list", "--store", wrong], ["list", "--store", f"{place}&a"],
        ["list", "--store", place.replace("secret", "nowhere")],
    ):  # fmt: skip
        done = run_quoth(*command, cwd=tmp_path)
        assert done.stdout or done.stderr
        said += done.stdout + done.stderr
    kept = rows(parse_address(place), "select * from setting union select path, stamp from file")
    for secret in (PASSWORD, "pass%20word", "pass word"):
        assert secret not in said
        assert secret not in str(kept)


# -- several at once


def test_what_is_new_is_embedded_while_another_holds_the_lock(
    place: str, folder: Path, tmp_path: Path
) -> None:
    """And under the lock it is found: nothing is embedded twice."""
    build(folder, place).close()
    more, embedder = write(tmp_path / "more", MORE), CountingEmbedder()
    waits = threading.Event()

    def progress(stage: str, done: int, total: int) -> None:
        if stage.startswith("waiting for quoth sync by process"):
            waits.set()

    def add() -> None:
        with Index.open(place, embedder=embedder) as index:
            index.add([more], progress=progress)

    with location_of(place).locked("quoth sync"):
        thread = threading.Thread(target=add)
        thread.start()
        assert waits.wait(30)
        embedded = list(embedder.embedded)
        assert embedded
        assert len(answers_at(place)) > 0  # readers go on
        with opened(place) as index:
            assert sources(index) == list(ARTICLES)
    thread.join()
    assert embedder.embedded == embedded
    with opened(place) as index:
        assert set(ARTICLES) < set(sources(index))
        assert index.verify() == []
    assert leftovers(place) == [(0, 0, 0, 0)]


def test_what_was_embedded_ahead_and_is_taken_away_is_embedded_again(
    place: str, folder: Path, tmp_path: Path
) -> None:
    build(folder, place).close()
    more, embedder = write(tmp_path / "more", MORE), CountingEmbedder()
    waits = threading.Event()

    def add() -> None:
        with Index.open(place, embedder=embedder) as index:
            index.add([more], progress=lambda stage, *_: stage[:4] == "wait" and waits.set())

    with location_of(place).locked("quoth build"):
        thread = threading.Thread(target=add)
        thread.start()
        assert waits.wait(30)
        with closing(location_of(place).writer()) as store, store.change():
            store.drop_loose_vectors()
    thread.join()
    half = len(embedder.embedded) // 2
    assert embedder.embedded[:half] == embedder.embedded[half:]
    with opened(place) as index:
        assert index.verify() == []


def test_two_processes_add_at_once_and_both_are_there(
    place: str, folder: Path, tmp_path: Path
) -> None:
    build(folder, place).close()
    texts = [{f"{who}{n}.txt": f"Note\n\nA lantern, {who} {n}." for n in range(20)} for who in "ab"]
    begun = [started("add", place, write(tmp_path / str(n), some)) for n, some in enumerate(texts)]
    for _, go in begun:
        go.set()
    for process, _ in begun:
        process.join()
    with opened(place) as index:
        assert sources(index) == sorted({**ARTICLES, **texts[0], **texts[1]})
        assert index.settings["generation"] == "3"
        assert index.verify() == []
        assert {hit.source for hit in Retriever(index).search("lantern", 99)} >= {*texts[0]}
    assert leftovers(place) == [(0, 0, 0, 0)]


def test_threads_add_through_one_index_at_once(place: str, folder: Path, tmp_path: Path) -> None:
    """Each embeds what is its own before the lock, whoever of the others holds that."""
    names = [f"{number}.txt" for number in range(6)]
    folders = [write(tmp_path / name, {name: f"Note\n\nA lantern, {name}."}) for name in names]
    with build(folder, place) as index, ThreadPoolExecutor(6) as pool:
        list(pool.map(index.add, folders))
        assert sources(index) == sorted([*names, *ARTICLES])
        assert index.verify() == []


def test_eight_ask_while_two_add_and_each_answer_is_of_one_state(
    place: str, tmp_path: Path
) -> None:
    seen = eight_ask_while_two_add(place, tmp_path, build, each=6, modes=["dense", "lexical"])
    assert [one.wrong for one in seen if one.wrong] == []
    assert all({"1", "13"} <= set(one.states) for one in seen)
    assert any(len(one.states) > 2 for one in seen)
    with opened(place) as index:
        assert len(sources(index)) == 26
        assert index.verify() == []


# -- killed


def _fresh(place: str, folder: Path) -> Answers:
    with build(folder, place) as index:
        return answers(index)


@pytest.mark.parametrize("change", ["add", "build", "sync"])
def test_a_killed_writer_leaves_the_state_before_or_after(
    change: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    """At any instant; the next change goes on, and nothing is there twice."""
    old, new = write(tmp_path / "old"), write(tmp_path / "new", MORE)
    if change == "sync":
        new = old
    fresh, done = postgres.address(), postgres.address()
    before = _fresh(done, old)
    if change == "sync":
        write(old, MORE)
        (old / "ferries.txt").unlink()
    seconds = made(change, done, new)
    states = [before, answers_at(done)]
    after = _fresh(fresh, new)
    chance = random.Random(change)
    for _ in range(-(-KILLS // 3)):
        place = postgres.address()
        if change == "sync":
            write(old, {"ferries.txt": ARTICLES["ferries.txt"]})
            for name in MORE:
                (old / name).unlink()
            write(old)
        build(old, place).close()
        if change == "sync":
            write(old, MORE)
            (old / "ferries.txt").unlink()
        made(change, place, new, chance.uniform(0, seconds))
        with opened(place) as index:
            assert answers(index) in states
            assert index.verify() == []
        assert _fresh(place, new) == after
        assert leftovers(place) == [(0, 0, 0, 0)]


def test_what_was_acknowledged_outlives_a_killed_server(
    server: PostgresServer, tmp_path: Path
) -> None:
    """And the index that was open goes on, once the server is there again."""
    place, chance = server.address(), random.Random(7)
    build(write(tmp_path / "first"), place).close()
    acknowledged, errors = set(ARTICLES), []

    def add(index: Index, number: int) -> None:
        try:
            for one in range(1000):
                name = f"{number}-{one}.txt"
                index.add([write(tmp_path / name, {name: f"Note\n\nA lantern, {name}."})])
                acknowledged.add(name)
        except QuothError as error:
            errors.append(error)

    with opened(place) as index:
        for number in range(-(-KILLS // 3)):
            thread = threading.Thread(target=add, args=(index, number))
            thread.start()
            time.sleep(chance.uniform(0.3, 0.9))
            server.kill()
            thread.join()
            server.start()
            assert set(sources(index)) >= acknowledged
            assert index.verify() == []
    assert len(acknowledged) > len(ARTICLES)
    assert len(errors) == -(-KILLS // 3)
    assert all(isinstance(error, StorageError) and "\n" not in str(error) for error in errors)


# -- damaged

FLIPPED = {
    "article": "text = set_byte(text, 3, get_byte(text, 3) # 1)",
    "article ": "blocks = set_byte(blocks, 3, get_byte(blocks, 3) # 1)",
    "article  ": "title = 'Whaet'",
    "article   ": "passages = passages + 1",
    "passage": "sentences = set_byte(sentences, 0, get_byte(sentences, 0) # 1)",
    "passage ": "start = start + 1",
    "passage  ": "section = 'x'",
    "vector": "data = set_byte(data, 9, get_byte(data, 9) # 64)",
}


@pytest.mark.parametrize(("table", "change"), FLIPPED.items(), ids=FLIPPED.values())
def test_a_flipped_byte_is_found_and_mended(
    table: str, change: str, place: str, folder: Path
) -> None:
    wheat = "(select id from article where source = 'wheat.txt')"
    of = {
        "article": "source = 'wheat.txt'",
        "passage": f"article = {wheat}",
        "vector": f"key in (select key from passage where article = {wheat})",
    }
    with build(folder, place) as index:
        before = answers(index)
    name = table.strip()
    assert execute(parse_address(place), f"update {name} set {change} where {of[name]}") > 0
    with opened(place) as index:
        assert any("wheat.txt" in problem or "vector" in problem for problem in index.verify())
        assert index.repair()[0] == f"{folder / 'wheat.txt'} read again"
        assert index.verify() == []
        assert answers(index) == before


def test_a_damaged_article_of_another_machine_is_told(place: str, folder: Path) -> None:
    with build(folder, place) as index:
        (folder / "wheat.txt").unlink()
        execute(parse_address(place), "update article set title = 'x' where source = 'wheat.txt'")
        assert index.repair() == ["wheat.txt is damaged and has no file on this machine: remove it"]


BEYOND = [
    "drop table passage cascade",
    "alter table article drop column sha256",
    "alter table passage alter column start type text",
    "update setting set value = '9' where name = 'generation'",
    "drop table setting",
]


@pytest.mark.parametrize("statement", BEYOND)
def test_what_is_damaged_beyond_repair_is_put_aside_and_built_anew(
    statement: str, place: str, folder: Path
) -> None:
    """With the vectors that are whole: nothing is embedded again."""
    with build(folder, place) as index:
        before = answers(index)
    execute(parse_address(place), statement)
    with pytest.raises((IndexDamagedError, IndexMissingError), match=r"run 'quoth (build|repair)"):
        answers_at(place)
    embedder = CountingEmbedder()
    with build(folder, place, embedder) as index:
        assert answers(index) == before
        assert index.verify() == []
    assert embedder.embedded == []
    schema = parse_address(place).schema
    like = f"{schema}_aside_%"
    assert len(rows(parse_address(place), "select 1 from pg_namespace where nspname like ?", like))


WEAKENED = {
    "alter table passage drop constraint passage_article_fkey": "constraints are missing",
    "alter table vector drop constraint vector_pkey": "constraints are missing",
    "update pg_index set indisvalid = false where indexrelid = 'passage_key'::regclass": (
        "the index passage_key is not valid"
    ),
}


@pytest.mark.parametrize(("statement", "problem"), WEAKENED.items())
def test_tables_that_promise_less_than_they_did_are_told(
    statement: str, problem: str, place: str, folder: Path
) -> None:
    build(folder, place).close()
    execute(parse_address(place), statement)
    with opened(place) as index:
        [line] = index.verify()
        assert line.startswith(f"PostgreSQL: {problem}")
        with pytest.raises(IndexDamagedError, match=r"run 'quoth build PATH' again; vectors that"):
            index.repair()
    embedder = CountingEmbedder()
    with build(folder, place, embedder) as index:
        assert index.verify() == []
    assert embedder.embedded == []


def corrupt(server: PostgresServer, place: str, relation: str, old: bytes, new: bytes) -> None:
    """Change bytes in the file of a table or an index, while the server does not run."""
    address = parse_address(place)
    execute(address, "checkpoint")
    [(path,)] = rows(address, "select pg_relation_filepath(?)", relation)
    server.kill()
    file = server.folder / "data" / str(path)
    data = file.read_bytes()
    assert old in data
    file.write_bytes(data.replace(old, new))
    server.start()


def test_a_page_that_the_server_cannot_read_is_put_aside_with_all_others(
    server: PostgresServer, tmp_path: Path
) -> None:
    place, folder = server.address(), write(tmp_path / "articles")
    with build(folder, place) as index:
        before = answers(index)
    corrupt(server, place, "article", b"Ferries", b"Fairies")
    with opened(place) as index, pytest.raises(IndexDamagedError, match=r"run 'quoth build' again"):
        index.verify()
    embedder = CountingEmbedder()
    with build(folder, place, embedder) as index:
        assert answers(index) == before
        assert index.verify() == []
    assert embedder.embedded == []


def test_an_index_that_lost_a_row_is_found_where_amcheck_is(tmp_path: Path) -> None:
    """By the PostgreSQL of Debian, which brings it."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        lacking("PostgreSQL's extension amcheck: install Debian's postgresql")
    server = PostgresServer(found[-1].parent, checksums=False)
    try:
        place = server.address()
        with build(write(tmp_path / "articles"), place) as index:
            execute(parse_address(place), "create extension amcheck")
            assert index.verify() == []
            [(key,)] = rows(
                parse_address(place), "select key from passage order by key desc limit 1"
            )
            assert isinstance(key, bytes)
            corrupt(server, place, "passage_key", key, key[:-1] + bytes([key[-1] ^ 1]))
            [line] = index.verify()
            assert line.startswith("PostgreSQL: passage_key: heap tuple ")
    finally:
        server.stop()


def test_a_folder_migrates_to_a_store_and_back(place: str, folder: Path, tmp_path: Path) -> None:
    with build(folder, tmp_path / "one") as index:
        before = answers(index)
        migrate(index, place)
    with opened(place) as shared:
        assert answers(shared) == before
        assert shared.verify() == []
        migrate(shared, tmp_path / "two")
    assert answers_at(tmp_path / "two") == before
