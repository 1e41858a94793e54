"""The address of a store in PostgreSQL: what libpq is given, and what is shown of it."""

from __future__ import annotations

import pickle
import subprocess
import sys
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.database.address import hide_passwords, parse_address
from quoth.errors import UsageError
from quoth.locations import location_of

ADDRESSES = [
    ("postgresql://host/db", "postgresql://host/db", "quoth", "postgresql://host/db"),
    (
        "postgresql://ann:secret@host:5433/db?schema=notes&sslmode=require",
        "postgresql://ann:secret@host:5433/db?sslmode=require",
        "notes",
        "postgresql://ann@host:5433/db?schema=notes",
    ),
    (
        "postgres://ann@[::1]/db?password=secret&host=%2Ftmp%2Fa%20b",
        "postgres://ann@[::1]/db?password=secret&host=%2Ftmp%2Fa%20b",
        "quoth",
        "postgres://ann@[::1]/db?host=%2Ftmp%2Fa%20b",
    ),
    ("postgresql://a,b:1/db?schema=x", "postgresql://a,b:1/db", "x", "postgresql://a,b:1/db?schema=x"),
    ("postgresql://", "postgresql://", "quoth", "postgresql://"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "server", "schema", "shown"), ADDRESSES)
def test_an_address_is_taken_apart(text: str, server: str, schema: str, shown: str) -> None:
    found = parse_address(text)
    assert (found.server, found.schema, str(found)) == (server, schema, shown)


@pytest.mark.parametrize("schema", ["", "Notes", "pg_x", "a-b", "1a", "a" * 41, 'a"b', "a%00"])
def test_a_schema_is_a_plain_name(schema: str) -> None:
    with pytest.raises(UsageError, match=r"no schema can be called .*: take up to 40 small"):
        parse_address(f"postgresql://host/db?schema={schema}")


@pytest.mark.parametrize("query", ["schema", "a=b&c", "&"])
def test_what_follows_the_question_mark_is_a_list(query: str) -> None:
    with pytest.raises(UsageError, match=r"'postgresql://ann@host/db' goes on with what is no"):
        parse_address(f"postgresql://ann:secret@host/db?{query}")


def shown(text: str) -> tuple[str, ...]:
    """All that is told of an address."""
    address, location = parse_address(text), location_of(text)
    return str(address), repr(address), location.name, str(location.folder)


@given(password=st.text(st.characters(codec="ascii"), min_size=6))
def test_a_password_is_never_shown(password: str) -> None:
    """However it is written into the address: with another, the same is told."""
    safe = quote(password, safe="")
    for form in ("postgresql://ann:{}@host/db", "postgresql://ann@host/db?password={}"):
        text = form.format(safe)
        assert shown(text) == shown(form.format("another-one"))
        address = parse_address(text)
        said = hide_passwords(f"cannot use {safe!s} or {password!s}!", address.server)
        assert password not in said or password in "cannot use … or …!"


def test_another_process_is_given_the_address_as_it_was() -> None:
    text = "postgresql://ann:secret@host/db?schema=notes"
    assert location_of(text).address == text
    assert pickle.loads(pickle.dumps(parse_address(text))) == parse_address(text)


def test_each_schema_of_each_server_has_a_folder_of_its_own() -> None:
    places = ["postgresql://a/db", "postgresql://b/db", "postgresql://a/db?schema=x"]
    assert len({location_of(place).folder for place in places}) == 3


def test_without_psycopg_the_extra_is_named() -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "import quoth\n"
        "try: quoth.Index.open('postgresql://host/db')\n"
        "except quoth.errors.MissingExtraError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (
        "a store in PostgreSQL needs psycopg, which is not installed: "
        "run pip install 'quoth[postgres]'\n",
        "",
    )
