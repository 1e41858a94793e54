"""The four operations as plain functions: what they take, give, refuse, and how many at once."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st
from small_indexes import build, write

from quoth import Answerer
from quoth.errors import IndexDamagedError, UsageError
from quoth.records import Mode
from quoth.services import OPERATIONS, Library, Turns, failure
from quoth.services.arguments import ArgumentError, arguments_schema, checked_arguments
from quoth.services.failures import CODES, BusyError, UnknownArticleError
from quoth.web.replies import STATUSES

ODD = "A drone 𝄞 over Kraków.\r\nThe e\u0301toile fell.\n\nNo ferry left.\n"
TEXTS = {"drones.txt": ODD, "ferries.txt": "Ferries\n\nThe ferry leaves at six.\n"}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Two articles, one of which has characters of all sizes."""
    folder = tmp_path_factory.mktemp("library")
    with build(write(folder / "articles", TEXTS), folder / "index") as index:
        yield Library(Answerer(index, reader="none", threshold=1.0))


@pytest.fixture(scope="module")
def seeds_library(seeds_index: Path) -> Iterator[Library]:
    import quoth

    with quoth.Index.open(seeds_index) as index:
        yield Library(Answerer(index, reader="none"))


# -- what they give


def untimed(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != "elapsed_ms"}


@pytest.mark.parametrize(
    ("command", "name", "arguments", "options"),
    [
        ("ask", "ask", {"question": "Who supplies drones?"}, ["--reader", "none"]),
        (
            "ask", "ask", {"question": "Who supplies drones?", "compare": True, "quotes": 1},
            ["--reader", "none", "--compare", "--quotes", "1"],
        ),
        (
            "search", "search", {"question": "and Iran?", "k": 2, "history": ["Who sends drones?"]},
            ["--k", "2", "--history", "Who sends drones?"],
        ),
    ],
)  # fmt: skip
def test_an_operation_gives_what_the_command_prints(
    seeds_library: Library, seeds_index: Path, run_here: Run, command: str, name: str,
    arguments: dict[str, Any], options: list[str],
) -> None:  # fmt: skip
    ended = run_here(
        command, arguments["question"], "--json", "--index", seeds_index, *options
    )  # fmt: skip
    assert untimed(json.loads(ended.stdout)) == untimed(seeds_library.call(name, arguments))


def test_what_an_operation_gives_is_what_its_schema_tells(seeds_library: Library) -> None:
    """By another hand's reading of JSON Schema, with nothing left over."""
    asked = {
        "search": [{"question": "Who supplies drones?"}],
        "ask": [
            {"question": "Who supplies drones?", "compare": True},
            {"question": "and Iran?", "history": ["Who supplies drones?"]},
            {"question": "Which vitamins are there in spinach?"},
        ],
        "read_article": [{"source": "002_25d210e1b67ffbeb.txt", "characters": 5}],
        "list_articles": [{}, {"most": 1}],
    }
    for name, each in asked.items():
        schema = jsonschema.Draft202012Validator(OPERATIONS[name].result)
        for arguments in each:
            assert list(schema.iter_errors(seeds_library.call(name, arguments))) == []


def test_an_abstention_has_no_quotes_and_what_came_nearest(library: Library) -> None:
    answer = library.call("ask", {"question": "Who paints lanterns?"})
    assert (answer["status"], answer["quotes"]) == ("abstained", [])


@given(characters=st.integers(1, len(ODD) + 3))
@settings(max_examples=20, deadline=None)
def test_the_pages_of_an_article_are_its_text(library: Library, characters: int) -> None:
    """And each is a slice of it by its own offsets, in code points."""
    pages, offset = [], 0
    while offset is not None:
        arguments = {"source": "drones.txt", "offset": offset, "characters": characters}
        page: Any = library.call("read_article", arguments)
        assert page["text"] == ODD[page["start"] : page["end"]]
        assert page["characters"] == len(ODD)
        pages.append(page["text"])
        offset = page["next_offset"]
    assert "".join(pages) == ODD


def test_behind_the_end_there_is_no_page(library: Library) -> None:
    end = {"source": "drones.txt", "offset": len(ODD)}
    assert library.call("read_article", end)["text"] == ""
    with pytest.raises(UsageError, match=f"offset is {len(ODD) + 1}.*choose 0 to {len(ODD)}"):
        library.call("read_article", end | {"offset": len(ODD) + 1})


def test_articles_are_listed_in_pages(library: Library) -> None:
    first = library.call("list_articles", {"most": 1})
    second = library.call("list_articles", {"most": 1, "skip": first["next_skip"]})
    assert first == {
        "articles": [
            {"source": "drones.txt", "title": "Drones", "passages": 1, "characters": len(ODD)}
        ],
        "total": 2,
        "next_skip": 1,
    }
    assert [one["source"] for one in second["articles"]] == ["ferries.txt"]  # type: ignore[attr-defined]
    assert second["next_skip"] is None


def test_articles_are_listed_by_the_words_of_their_names(library: Library) -> None:
    listed: Any = library.call("list_articles", {"containing": "ferr"})
    assert [one["source"] for one in listed["articles"]] == ["ferries.txt"]
    assert (listed["total"], listed["next_skip"]) == (1, None)


# -- what they refuse

TO_20 = "give a whole number from 1 to 20"


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("ask", {}, "question is missing: it is needed"),
        ("ask", {"question": 3}, "question is 3: give a string"),
        ("ask", {"question": None}, "question is null: give a string"),
        ("ask", {"question": "x" * 10_001}, "question has 10,001 characters: give 1 to 10,000"),
        ("ask", {"question": ""}, "question has 0 characters: give 1 to 10,000"),
        (
            "ask", {"question": "a\ud800"},
            'question is "a\\ud800": it holds half of a character (a lone surrogate)',
        ),
        ("ask", {"question": "x", "quotes": 21}, f"quotes is 21: {TO_20}"),
        ("ask", {"question": "x", "quotes": True}, f"quotes is true: {TO_20}"),
        ("ask", {"question": "x", "quotes": "3"}, f'quotes is "3": {TO_20}'),
        ("ask", {"question": "x", "quotes": 1.5}, f"quotes is 1.5: {TO_20}"),
        ("ask", {"question": "x", "compare": 1}, "compare is 1: give true or false"),
        ("ask", {"question": "x", "history": "y"}, 'history is "y": give a list of strings'),
        ("ask", {"question": "x", "history": [""] * 11}, "history has 11 entries: give at most 10"),
        ("ask", {"question": "x", "history": ["y", 1]}, "history[1] is 1: give a string"),
        (
            "ask", {"question": "x", "after": "2024-13"},
            'after is "2024-13": give a date such as 2024-05-17, 2024-05 or 2024',
        ),
        (
            "ask", {"question": "x", "before": "2024\n"},
            'before is "2024\\n": give a date such as 2024-05-17, 2024-05 or 2024',
        ),
        ("search", {"question": "x", "k": 101}, "k is 101: give a whole number from 1 to 100"),
        (
            "search", {"question": "x", "mode": "best"},
            'mode is "best": choose hybrid, dense, lexical',
        ),
        (
            "list_articles", {"path": "/etc/passwd"},
            'unknown argument "path": there are most, skip, containing',
        ),
        (
            "read_article", {"source": "x", "characters": 50_001},
            "characters is 50001: give a whole number from 1 to 50,000",
        ),
        (
            "remove", {},
            "unknown operation 'remove': choose search, ask, read_article, list_articles",
        ),
    ],
)  # fmt: skip
def test_arguments_that_no_schema_allows_are_told_in_a_line(
    library: Library, name: str, arguments: dict[str, Any], expected: str
) -> None:
    with pytest.raises(ArgumentError) as refused:
        library.call(name, arguments)
    assert str(refused.value) == expected


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("ask", {"question": " \n"}),
        ("ask", {"question": "what\x00now"}),
        ("ask", {"question": "drone", "source": "*.pdf"}),
        ("search", {"question": "drone", "after": "2024-02-31"}),
    ],
)
def test_what_a_schema_allows_and_nobody_can_mean_is_another_mistake(
    library: Library, name: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(UsageError) as refused:
        library.call(name, arguments)
    assert failure(refused.value).code == "unusable"


@pytest.mark.parametrize("source", ["none.txt", "../drones.txt", "/etc/passwd", "drones.txt\x00"])
def test_an_article_that_is_not_in_the_index_is_not_read(library: Library, source: str) -> None:
    with pytest.raises(UnknownArticleError, match="no article"):
        library.call("read_article", {"source": source})


def test_a_null_stands_for_a_default_only_where_the_schema_says_so(library: Library) -> None:
    for name, operation in OPERATIONS.items():
        for key, one in operation.arguments.items():
            allows_null = "null" in one.schema()["type"]
            filled = {"question": "drone", "source": "drones.txt"}
            needed = {
                each: filled[each] for each in arguments_schema(operation.arguments)["required"]
            }
            try:
                library.checked(name, needed | {key: None})
                is_taken = True
            except ArgumentError:
                is_taken = False
            assert is_taken == allows_null, (name, key)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 200) | st.floats(-2, 60) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=12),
    max_leaves=12,
)


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_check_and_the_schema_allow_the_same(name: str) -> None:
    """For any JSON, by another hand's reading of the schema."""
    arguments = OPERATIONS[name].arguments
    validator = jsonschema.Draft202012Validator(arguments_schema(arguments))
    dates = st.sampled_from(["2024", "2024-05", "2024-05-17", "2024-5", "x2024"])
    values = st.sampled_from(["hybrid", "a"]) | dates | JSON

    @given(st.dictionaries(st.sampled_from([*arguments, "other"]), values, max_size=5))
    @settings(max_examples=60, deadline=None)
    def agree(record: dict[str, Any]) -> None:
        try:
            checked_arguments(arguments, record)
        except ArgumentError:
            assert not validator.is_valid(record)
        else:
            assert validator.is_valid(record)

    agree()


def test_the_limits_are_those_of_what_is_asked() -> None:
    from quoth.answering import MAX_QUOTES
    from quoth.retrieval import MAX_HITS, MAX_QUESTION

    ask, search = OPERATIONS["ask"].arguments, OPERATIONS["search"].arguments
    assert ask["question"].schema()["maxLength"] == MAX_QUESTION
    assert ask["quotes"].schema()["maximum"] == MAX_QUOTES
    assert search["k"].schema()["maximum"] <= MAX_HITS
    assert tuple(search["mode"].schema()["enum"]) == get_args(Mode)


# -- what goes wrong


def test_each_error_has_a_code_and_each_code_a_status() -> None:
    assert failure(BusyError("all wait")) == ("busy", "all wait")
    assert failure(IndexDamagedError("torn\nin two")) == ("index_unusable", "torn in two")
    assert {*CODES.values(), "internal"} <= set(STATUSES)


def test_a_fault_of_our_own_is_in_the_log_and_nowhere_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        told = failure(ZeroDivisionError("/home/ann/secret"))
    assert told == ("internal", "something went wrong inside; what it was is in the server's log")
    assert "/home/ann/secret" in caplog.text


# -- so many at once


def test_so_many_run_so_many_wait_and_the_next_is_told() -> None:
    running, most, done = 0, 0, threading.Event()
    counting = threading.Lock()

    def work() -> None:
        nonlocal running, most
        with counting:
            running += 1
            most = max(most, running)
        done.wait(10)
        with counting:
            running -= 1

    async def asked() -> None:
        turns = Turns(at_once=2, waiting=3)
        tasks = [asyncio.ensure_future(turns.take(work)) for _ in range(5)]
        while most < 2:
            await asyncio.sleep(0.01)
        with pytest.raises(BusyError, match="3 others wait already"):
            await turns.take(work)
        done.set()
        await asyncio.gather(*tasks)
        turns.require_room()

    asyncio.run(asked())
    assert (most, running) == (2, 0)
