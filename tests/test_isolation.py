"""Foreign formats in a process of their own: what bad files do to it, and what comes back."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.articles import LOADERS, FileReader, FoundFile, ReadOptions, reread
from quoth.articles.isolation import IsolatedReader
from quoth.articles.loaders import load_markdown, make_article
from quoth.articles.wire import WireError, article_values, packed, receive, to_article
from quoth.errors import ArticleError
from quoth.records import Article, Block, Metadata

COMMAND = (sys.executable, str(Path(__file__).parent / "hostile_loaders.py"))
OPTIONS = ReadOptions(max_bytes=2**20)
QUICK = ReadOptions(max_seconds=3.0)


@pytest.fixture(scope="module")
def reader() -> Iterator[IsolatedReader]:
    """One process for all tests here: each bad file must leave the next one its chance."""
    with closing(IsolatedReader(command=COMMAND)) as reader:
        yield reader


def read(
    reader: IsolatedReader, text: str, options: ReadOptions = OPTIONS, suffix: str = ".foreign"
) -> list[Article]:
    return reader.read(text.encode(), suffix, "a.foreign", options)


def reason(reader: IsolatedReader, text: str, options: ReadOptions = OPTIONS) -> str:
    with pytest.raises(ArticleError) as caught:
        read(reader, text, options)
    said = str(caught.value)
    assert "\n" not in said
    return said


def process(reader: IsolatedReader) -> int:
    return int(read(reader, "process")[0].text)


# --- What comes back ---


def test_an_article_comes_back_whole() -> None:
    """From this package's own process, started as it is for foreign formats."""
    text = "# Ships\n\nSie fährt. \U0001f6a2\n\n- one\n- two\n"
    with closing(IsolatedReader()) as own:
        articles = own.read(text.encode(), ".md", "sub/ä.md", ReadOptions())
    assert articles == list(load_markdown(BytesIO(text.encode()), "sub/ä.md", ReadOptions()))
    assert articles[0].sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_several_articles_and_an_empty_file(reader: IsolatedReader) -> None:
    assert [one.text for one in read(reader, "some text", suffix=".many")] == ["some text"] * 9
    assert [one.text for one in read(reader, "")] == [""]


def test_a_parser_may_print_what_it_likes(reader: IsolatedReader) -> None:
    assert read(reader, "noise and text")[0].text == "noise and text"


def test_the_process_is_told_no_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    monkeypatch.setenv("LANG", "C.UTF-8")
    with closing(IsolatedReader(command=COMMAND)) as own:
        told = dict(line.split("=", 1) for line in read(own, "environment")[0].text.splitlines())
    assert "SECRET_TOKEN" not in told
    assert told["LANG"] == "C.UTF-8"


def test_the_working_folder_s_modules_are_not_imported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A folder of articles may hold a file of a module's name."""
    (tmp_path / "json.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    with closing(IsolatedReader()) as own:
        assert own.read(b"Text.", ".txt", "a.txt", ReadOptions())[0].text == "Text."


# --- Bad files ---


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("malformed", "it is not what it says"),
        ("unforeseen", "its reader failed: KeyError: 'xxx"),
        ("surrogate", "its reader failed: ValueError: ?"),
        ("deep", "it is nested too deeply"),
        ("segfault", "its reader crashed (SIGSEGV)"),
        ("abort", "its reader crashed (SIGABRT)"),
        ("exit", "its reader crashed (exit code 7)"),
        ("sys.exit", "its reader crashed (exit code 3)"),
        ("memory", "reading it takes more memory than it may"),
        ("write", "its reader failed: OSError: [Errno 27] File too large"),
        ("run", "its reader failed: PermissionError: subprocess.Popen is not for"),
        ("connect", "its reader failed: PermissionError: socket.getaddrinfo is not for"),
        ("say", "its reader gave what cannot be understood: a message of 4294967295 bytes"),
        ("wrong block", "what its reader gave is no article: a block at 0 to 1000000 of 11"),
        ("wrong negative", "what its reader gave is no article: a block at -1 to 2"),
        ("wrong overlap", "what its reader gave is no article: a block at 2 to 4 of 13, behind 3"),
        ("wrong kind", "what its reader gave is no article: a block that is a 'table'"),
        ("wrong source", "what its reader gave is no article: another source"),
        ("wrong text", "its reader failed: UnicodeEncodeError: "),
        ("wrong type", "what its reader gave is no article: a int where a str belongs"),
        ("wrong date", "what its reader gave is no article: the date 'soon'"),
        ("wrong address", "what its reader gave is no article: the address 'javascript:"),
        ("wrong pages", "what its reader gave is no article: pages that do not follow"),
    ],
)
def test_a_bad_file_is_a_reason_and_the_next_is_read(
    reader: IsolatedReader, text: str, said: str
) -> None:
    assert reason(reader, text).startswith(said)
    assert read(reader, "good text")[0].text == "good text"


@pytest.mark.parametrize("text", ["slow", "busy"])
def test_a_slow_file_is_given_up(reader: IsolatedReader, text: str) -> None:
    read(reader, "started")
    began = time.monotonic()
    assert reason(reader, text, ReadOptions(max_seconds=0.5)) == (
        "reading it takes more than 0.5 seconds"
    )
    assert time.monotonic() - began < 5
    assert read(reader, "good text")[0].text == "good text"


def test_more_text_than_allowed(reader: IsolatedReader) -> None:
    """Four times what the file itself may have, and 1 MiB, for all articles together."""
    options = ReadOptions(max_bytes=200)
    with pytest.raises(ArticleError, match=r"^it holds more than 1 MiB of text$"):
        read(reader, "x" * 300_000, options, suffix=".many")
    assert read(reader, "good text")[0].text == "good text"


def test_a_process_serves_file_after_file(reader: IsolatedReader) -> None:
    first = process(reader)
    reason(reader, "malformed")
    reason(reader, "wrong type")
    assert process(reader) != first, "what is no article spoils the conversation"
    first = process(reader)
    reason(reader, "malformed")
    assert process(reader) == first
    reason(reader, "exit")
    assert process(reader) != first


def test_what_earlier_files_left_behind_is_not_the_next_one_s_fault() -> None:
    """Each of these holds 700 MB of the process's 2 GiB, and goes in nevertheless."""
    with closing(IsolatedReader(command=COMMAND)) as own:
        for _ in range(5):
            assert read(own, "hold on")[0].text == "hold on"


def test_a_process_that_was_killed_between_files_is_started_anew(reader: IsolatedReader) -> None:
    os.kill(process(reader), signal.SIGKILL)
    assert read(reader, "good text")[0].text == "good text"


def test_a_process_that_cannot_be_started() -> None:
    with closing(IsolatedReader(command=["/no/such/program"])) as own:
        assert reason(own, "x").startswith("the process that reads it cannot be started: ")


def test_several_threads_may_read(reader: IsolatedReader) -> None:
    found: dict[str, str] = {}

    def read_some(name: str) -> None:
        for number in range(20):
            text = f"text {name} {number}"
            found[text] = read(reader, text)[0].text

    threads = [threading.Thread(target=read_some, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 80
    assert all(text == said for text, said in found.items())


# --- The process's end ---


def is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def test_close_ends_the_process_and_the_next_file_starts_another() -> None:
    own = IsolatedReader(command=COMMAND)
    first = process(own)
    own.close()
    assert not is_running(first)
    assert process(own) != first
    own.close()
    own.close()


@pytest.mark.parametrize("deed", ["process", "slow"])
def test_the_process_does_not_outlive_the_one_that_started_it(deed: str) -> None:
    """Idle it ends with its input, in the middle of a file by its own alarm."""
    script = (
        "import sys, threading, time\n"
        "from quoth.articles.isolation import IsolatedReader\n"
        "from quoth.articles.options import ReadOptions\n"
        f"reader = IsolatedReader(command={COMMAND!r})\n"
        "read = lambda text: reader.read(text, '.foreign', 'a', ReadOptions(max_seconds=1))\n"
        "print(read(b'process')[0].text, flush=True)\n"
        f"threading.Thread(target=read, args=({deed.encode()!r},), daemon=True).start()\n"
        "time.sleep(60)\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", script], stdout=-1, env=environment) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        time.sleep(0.3)
        parent.kill()
    deadline = time.monotonic() + 20
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_running(child)


# --- Messages ---


@given(st.binary(max_size=50))
def test_any_bytes_are_a_message_an_end_or_an_error(data: bytes) -> None:
    try:
        message = receive(BytesIO(data), 20)
    except WireError:
        return
    assert message is None or (len(message) <= 20 and data[4:].startswith(message))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
GOOD = article_values(
    make_article("One. Two.", "a.pdf", "T", (Block("heading", 0, 4, 1), Block("row", 5, 9)))
)


@given(st.sampled_from([*GOOD, "kind", "date"]), JSON)
def test_any_values_are_an_article_that_keeps_its_promises_or_an_error(
    name: str, value: object
) -> None:
    values = json.loads(json.dumps(GOOD))
    (values["metadata"] if name == "date" else values)[name] = value
    try:
        article = to_article(values, "a.pdf")
    except ArticleError:
        return
    assert article.source == "a.pdf"
    assert hashlib.sha256(article.text.encode()).hexdigest() == article.sha256
    places = [place for block in article.blocks for place in (block.start, block.end)]
    assert places == sorted(places)
    assert all(0 <= place <= len(article.text) for place in places)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30), st.data())
def test_an_article_that_is_sent_is_the_one_that_arrives(text: str, data: st.DataObject) -> None:
    places = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    blocks = tuple(
        Block("paragraph", start, end)
        for start, end in zip(places[::2], places[1::2], strict=False)
    )
    metadata = Metadata("A. U. Thor", "2024-05", "https://x.org/ä", (0, *places))
    article = make_article(text, "ä/b.pdf", "Title", blocks)
    sent = receive(
        BytesIO(packed(article_values(article) | {"metadata": vars_of(metadata)})), 10**6
    )
    assert sent is not None
    arrived = to_article(json.loads(sent), "ä/b.pdf")
    assert (arrived.text, arrived.blocks, arrived.metadata) == (text, blocks, metadata)


def vars_of(metadata: Metadata) -> dict[str, object]:
    names = ("author", "date", "address", "pages")
    return {name: getattr(metadata, name) for name in names}


# --- Through the file reader ---


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file of a format that this process has no business with."""

    def never(*_: object) -> list[Article]:
        raise AssertionError("read in this process")

    monkeypatch.setitem(LOADERS, ".foreign", never)
    return tmp_path / "a.foreign"


def test_a_foreign_file_is_read_over_there(foreign: Path, reader: IsolatedReader) -> None:
    foreign.write_text("some text")
    skipped: list[tuple[str, str]] = []
    (article,) = FileReader(isolated=reader).read(FoundFile(foreign, "a.foreign", True), skipped)
    assert (article.text, article.path, skipped) == ("some text", str(foreign), [])
    foreign.write_text(" ")
    assert not list(FileReader(isolated=reader).read(FoundFile(foreign, "x", True), skipped))
    assert skipped == [(str(foreign), "empty")]


def test_too_large_a_foreign_file_is_not_even_sent(foreign: Path) -> None:
    foreign.write_bytes(b"x" * 2_000_000)
    with (
        FileReader(ReadOptions(max_bytes=10**6), isolated=IsolatedReader(command=["no"])) as small,
        pytest.raises(ArticleError, match=r"^it has 1\.9 MiB, more than 1\.0: split it$"),
    ):
        list(small.read(FoundFile(foreign, "a.foreign", True), []))


def test_bytes_have_the_address_they_came_from_unless_they_name_one(
    foreign: Path, reader: IsolatedReader
) -> None:
    told = FileReader(isolated=reader).read_bytes(b"x", ".foreign", "s", address="https://x.org")
    assert (told.metadata.address, told.source, told.path) == ("https://x.org", "s", "")


def test_a_format_that_no_loader_has_is_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "a.exe").write_text("x")
    assert reread(tmp_path / "a.exe", "a.exe") is None
    assert reread("nul\0.txt", "a") is None
