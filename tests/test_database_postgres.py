"""PostgreSQL itself: connections, transactions, locks, and its errors in our words."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from postgres_server import PASSWORD, USER, PostgresServer
from stores import execute

from quoth.database import Address, parse_address
from quoth.errors import (
    IndexBusyError,
    IndexDamagedError,
    IndexMissingError,
    QuothError,
    StorageError,
)
from quoth.locations import Location, location_of
from quoth.store import Store, WritableStore


@pytest.fixture
def address(postgres: PostgresServer) -> Address:
    return parse_address(postgres.address())


@pytest.fixture
def store(address: Address) -> Iterator[WritableStore]:
    store = WritableStore(address)
    yield store
    store.close()


@pytest.fixture
def location(address: Address) -> Location:
    return location_of(f"{address.server}&schema={address.schema}")


def refusal(text: str) -> str:
    """What is said where a store cannot be opened: one line without the password."""
    with pytest.raises(StorageError) as error:
        WritableStore(parse_address(text))
    said = str(error.value)
    assert "\n" not in said
    assert PASSWORD not in said
    assert quote(PASSWORD, safe="") not in said
    return said


def end_connections(address: Address, name: str = "%") -> None:
    """The server ends those whose application is called so."""
    execute(
        address,
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
        " where pid <> pg_backend_pid() and backend_type = 'client backend'"
        " and application_name like ?",
        name,
    )


# -- connections


def test_a_server_that_is_not_there_is_told(postgres: PostgresServer) -> None:
    said = refusal(f"postgresql://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:1/postgres")
    assert said.startswith("cannot connect to 'postgresql://quoth@127.0.0.1:1/postgres' (")
    assert said.endswith("): check the address, and that the server runs")


@pytest.mark.parametrize("password", [None, "wrong"])
def test_a_wrong_password_is_told(
    password: str | None, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSFILE", os.devnull)
    said = refusal(postgres.tcp(password=password))
    assert said.endswith("): check the user, and the password in PGPASSWORD or ~/.pgpass")


def test_the_password_may_be_in_the_environment_or_in_a_file(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = parse_address(postgres.tcp(password=None, query="?schema=by_password"))
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with closing(WritableStore(address)) as store:
        made = store.settings()["identity"]
    monkeypatch.delenv("PGPASSWORD")
    file = tmp_path / "pgpass"
    file.write_text(f"127.0.0.1:{postgres.port}:*:{USER}:{PASSWORD}\n")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    with closing(Store(address)) as store:
        assert store.settings()["identity"] == made


@pytest.mark.parametrize(
    "rest",
    ["@127.0.0.1:port/db", "@127.0.0.1/db?colour=blue", "@127.0.0.1/db?sslmode=never", "@[::1/db"],
)
def test_an_address_that_libpq_does_not_take_is_told_without_the_password(rest: str) -> None:
    said = refusal(f"postgresql://{USER}:{quote(PASSWORD, safe='')}{rest}")
    assert said.startswith("cannot connect to 'postgresql://quoth@")


def test_a_database_of_another_encoding_is_refused(postgres: PostgresServer) -> None:
    place = parse_address(postgres.address())
    with psycopg.connect(place.server, autocommit=True) as connection:
        connection.execute("create database latin encoding 'LATIN1' template template0")
    said = refusal(place.server.replace("/postgres?", "/latin?"))
    assert "keeps its texts as LATIN1: make one by 'create database" in said


def test_a_connection_that_was_lost_between_questions_is_opened_again(
    store: WritableStore, address: Address
) -> None:
    for read in (store.settings, store.pin, store.intact):
        end_connections(address)
        read()
        store.unpin()
    end_connections(address)
    with store.change():
        store.set({"a": "b"})
    assert store.settings()["a"] == "b"


def test_a_connection_that_is_lost_in_a_change_is_an_error_and_nothing_is_changed(
    store: WritableStore, address: Address
) -> None:
    def change() -> None:
        with store.change():
            store.set({"a": "b"})
            end_connections(address)
            store.set({"c": "d"})

    with pytest.raises(StorageError, match=r"^the connection to '.*' was lost: see that .*$"):
        change()
    assert store.settings().keys() == {"identity"}


def test_a_connection_that_is_lost_while_pinned_is_an_error_and_the_next_pin_is_none(
    store: WritableStore, address: Address
) -> None:
    store.pin()
    end_connections(address)
    with pytest.raises(StorageError, match="was lost"):
        store.settings()
    store.pin()
    assert store.settings().keys() == {"identity"}


# -- transactions


def test_an_error_that_was_overlooked_in_a_change_lets_nothing_through(
    store: WritableStore,
) -> None:
    """The server answers a commit after an error with a rollback."""

    def change() -> None:
        with store.change():
            store.set({"a": "b"})
            with suppress(QuothError):
                store._database.rows("select nothing from nowhere")

    with pytest.raises(StorageError):
        change()
    assert store.settings().keys() == {"identity"}


def test_who_waits_for_the_same_vectors_too_long_is_told(
    store: WritableStore, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    from quoth.database import postgres

    monkeypatch.setattr(postgres, "_WRITE", postgres._WRITE.replace("'10s'", "'50ms'"))

    def put() -> None:
        with closing(WritableStore(address)) as other, other.change():
            other.copy_vectors([(b"key", b"data")])

    with store.change():
        store.copy_vectors([(b"key", b"data")])
        with pytest.raises(IndexBusyError, match="another process is writing"):
            put()
    put()
    assert store.present([b"key"]) == {b"key"}


def test_two_that_put_the_same_vectors_never_wait_for_each_other_in_a_ring(
    address: Address, store: WritableStore
) -> None:
    keys = [bytes([n]) * 16 for n in range(200)]

    def put(mine: list[bytes]) -> None:
        with closing(WritableStore(address)) as own:
            for _ in range(5):
                with own.change():
                    own.copy_vectors((key, b"data") for key in mine)
                with own.change():
                    own.drop_loose_vectors()

    threads = [threading.Thread(target=put, args=(some,)) for some in (keys, keys[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.present(keys) == frozenset()


# -- tables


def test_reading_makes_nothing(address: Address) -> None:
    with pytest.raises(IndexMissingError, match=r"^no index at '.*': run 'quoth build PATH --st"):
        Store(address)
    assert execute(address, "select 1 from pg_namespace where nspname = ?", address.schema) == 0


def test_a_schema_that_holds_something_else_is_left_alone(address: Address) -> None:
    execute(address, f"create schema {address.schema}")
    execute(address, "create table notes (id bigint)")
    with pytest.raises(StorageError, match=r"holds tables that are not quoth's \(notes\): name an"):
        WritableStore(address)
    tables = "select 1 from pg_tables where schemaname = ?"
    assert execute(address, tables, address.schema) == 1


def test_an_empty_schema_that_is_there_is_taken(address: Address) -> None:
    """An administrator may have made it for a user who may make none."""
    execute(address, f"create schema {address.schema}")
    with closing(WritableStore(address)) as store:
        assert store.totals() == (0, 0)


def test_several_that_begin_at_once_make_one_store(address: Address) -> None:
    found: list[str] = []

    def begin() -> None:
        with closing(WritableStore(address)) as store:
            found.append(store.settings()["identity"])

    threads = [threading.Thread(target=begin) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1


def test_a_user_who_may_not_write_reads(address: Address, store: WritableStore) -> None:
    schema = address.schema
    execute(address, f"create role reads_{schema} login")
    execute(address, f"grant usage on schema {schema} to reads_{schema}")
    execute(address, f"grant select on all tables in schema {schema} to reads_{schema}")
    other = parse_address(
        address.server.replace(f"{USER}@", f"reads_{schema}@") + f"&schema={schema}"
    )
    with closing(Store(other)) as reader:
        assert reader.settings() == store.settings()
        assert reader.intact() == []

    def write() -> None:
        with closing(WritableStore(other)) as writer, writer.change():
            writer.set({"a": "b"})

    with pytest.raises(StorageError, match=r"refuses \(permission denied .*\): check the rights"):
        write()


def test_sources_of_any_length_are_told_apart(store: WritableStore) -> None:
    """An index of PostgreSQL takes no text of more than 2,700 bytes; ours does."""
    with store.change():
        for number in range(2):
            store.begin_file("long " * 9_000 + str(number), "x", "", "", "")
        store._database.run("update file set live = 1")

    def double() -> None:
        with store.change():
            store.begin_file("long " * 9_000 + "1", "x", "", "", "")
            store._database.run("update file set live = 1")

    assert len(store.paths()) == 2
    with pytest.raises(IndexDamagedError, match="file_path"):
        double()


# -- the lock


def test_who_holds_the_lock_is_told_to_who_waits(location: Location) -> None:
    told: list[str] = []
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with location.locked("quoth add"):
            held.set()
            done.wait()

    def progress(stage: str, finished: int, total: int) -> None:
        told.append(stage)
        done.set()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    with location_of(location.address).locked("quoth sync", progress):
        thread.join()
    [line] = told
    here = f"process {os.getpid()} on {socket.gethostname()}"[:50]
    assert re.match(rf"waiting for quoth add by {re.escape(here)}.*, since \d\d:\d\d:\d\d$", line)


def test_a_killed_process_lets_go_of_the_lock(location: Location) -> None:
    program = (
        "import sys, time\n"
        "from quoth.locations import location_of\n"
        "with location_of(sys.argv[1]).locked('quoth add'):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(600)\n"
    )
    command = [sys.executable, "-c", program, location.address]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        process.send_signal(signal.SIGKILL)
        began = time.monotonic()
        with location.locked("quoth add"):
            assert time.monotonic() - began < 10


def test_indexes_in_other_schemas_have_other_locks(postgres: PostgresServer) -> None:
    one, other = (location_of(postgres.address()) for _ in range(2))
    began = time.monotonic()
    with one.locked("quoth add"), other.locked("quoth add", seconds=5):
        assert time.monotonic() - began < 5


def test_nothing_is_changed_once_the_lock_is_lost(location: Location, address: Address) -> None:
    with location.locked("quoth add"), closing(location.writer()) as store:
        with store.change():
            store.set({"a": "b"})
        end_connections(address, "quoth add by %")
        with pytest.raises(StorageError, match="was lost"), store.change():
            store.set({"a": "c"})
        assert store.settings()["a"] == "b"


def test_the_next_writer_waits_for_a_change_whose_lock_was_lost(
    location: Location, address: Address
) -> None:
    """Else both could write at once: the one that does not know yet, and the next."""
    other = location_of(location.address)
    seen: list[str] = []

    def write() -> None:
        with other.locked("quoth sync"), closing(other.writer()) as store:
            seen.append(store.settings()["a"])

    with location.locked("quoth add"), closing(location.writer()) as store:
        with store.change():
            store.set({"a": "b"})
            end_connections(address, "quoth add by %")
            thread = threading.Thread(target=write)
            thread.start()
            time.sleep(0.5)
            assert seen == []
        thread.join()
    assert seen == ["b"]
