"""Every mistake on the command line: one clear line on stderr, exit 2, never a traceback."""

from __future__ import annotations

import io
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from quoth.answering import MAX_QUOTES
from quoth.cli import main
from quoth.cli.asking import ask, search
from quoth.cli.failures import clean_line, exit_code, message
from quoth.cli.options import Whole
from quoth.retrieval import MAX_HITS
from quoth.store import WritableStore

Outcome = tuple[int, str, str]
Quoth = Callable[..., Outcome]


@pytest.fixture
def quoth(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Quoth:
    """The command line in this process: `quoth("ask", …, stdin=b"")` → (exit, stdout, stderr)."""

    def run(*arguments: object, stdin: bytes = b"") -> Outcome:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin)))
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return run


TYPOS = {
    "aks": "no such command 'aks'. Did you mean 'ask'?",
    "biuld seeds": "no such command 'biuld'. Did you mean 'build'?",
    "frobnicate": "no such command 'frobnicate': see 'quoth --help'",
    "--verison": "no such option '--verison'. Did you mean '--version'?",
    "ask --jason Why?": "no such option '--jason'. Did you mean '--json'?",
    "ask -j Why?": "no such option '-j': see 'quoth ask --help'",
    "ask": "no question: write it in quotation marks, or name a file with --batch",
    "ask Who supplies drones?": "3 arguments instead of one question: put it in quotation marks, "
    '"Who supplies drones?"',
    "ask Why? --index": "option '--index' requires an argument",
    "ask Why? --quotes 0": "--quotes is '0': it must be a whole number from 1 to 20",
    "ask Why? --quotes 21": "--quotes is '21': it must be a whole number from 1 to 20",
    "ask Why? --threshold 2": "--threshold is '2': it must be a number from 0 to 1",
    "ask Why? --threshold nan": "--threshold is 'nan': it must be a number from 0 to 1",
    "ask Why? --threshold high": "--threshold is 'high': it must be a number from 0 to 1",
    "ask Why? --batch a.jsonl": "both a question and --batch 'a.jsonl': give one of them",
    "ask --batch missing.jsonl": "cannot read 'missing.jsonl': No such file or directory",
    "ask --batch .": "cannot read '.': Is a directory",
    "ask Why?": "no index at 'index': run 'quoth build PATH --index index' first",
    "list --index nowhere": "no index at 'nowhere': run 'quoth build PATH --index nowhere' first",
    "list notes": "got unexpected extra argument (notes): see 'quoth list --help'",
    "search Why? --k 0": "--k is '0': it must be a whole number from 1 to 1,000",
    "search Why? --k 1001": "--k is '1001': it must be a whole number from 1 to 1,000",
    "search Why? --k ten": "--k is 'ten': it must be a whole number from 1 to 1,000",
    "search Why? --mode hybird": "unknown mode 'hybird': did you mean 'hybrid'?",
    "search Why? --mode bm25": "unknown mode 'bm25': choose hybrid, dense, lexical",
    "extract Why?": "extract takes a question and a file, not 1 arguments: "
    'quoth extract "Who supplies drones?" notes.txt',
    "extract Why? missing.txt": "cannot read 'missing.txt': No such file or directory",
    "build": "no PATH, and no 'seeds' here: name your articles: quoth build PATH",
    "add": "missing argument 'PATH|ADDRESS...': see 'quoth add --help'",
    "remove": "missing argument 'SOURCE...': see 'quoth remove --help'",
    "ask Why? --reader": "option '--reader' requires an argument",
    "serve --threshold 2": "--threshold is '2': it must be a number from 0 to 1",
    "serve --port 99999": "--port is '99999': it must be a whole number from 0 to 65,535",
    "serve --index nowhere": "no index at 'nowhere': run 'quoth build PATH --index nowhere' first",
}


@pytest.mark.parametrize(("arguments", "line"), TYPOS.items(), ids=TYPOS)
def test_a_slip_is_told_in_one_line(
    arguments: str, line: str, quoth: Quoth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert quoth(*arguments.split()) == (2, "", f"quoth: {line}\n")


QUESTIONS = {
    "": "the question is empty",
    " \t\n": "the question is empty",
    "a" * 10_001: "the question has 10,001 characters",
    "a" * 1_000_000: "the question has 1,000,000 characters",
    "Who\0?": "U+0000",
    "Who \x1b[31m?": "U+001B",
    "Who \udcff?": "U+DCFF",
}


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize(("question", "said"), QUESTIONS.items(), ids=lambda text: repr(text)[:20])
def test_what_is_no_question_is_refused(
    command: str, question: str, said: str, quoth: Quoth, seeds_index: Path
) -> None:
    code, out, err = quoth(command, question, "--index", seeds_index)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


LINES = {
    b"{": "not JSON: ",
    b"[" * 100_000: "not JSON: ",
    b'{"id": NaN, "question": "Why?"}': "not JSON: NaN",
    b'{"question": "\xff"}': "not UTF-8 at byte 15",
    b'["Why?"]': "not a JSON object",
    b'"Why?"': "not a JSON object",
    b'{"id": 1}': '"question" is missing',
    b'{"question": 7}': '"question" is 7, not a string',
    b'{"question": null}': '"question" is null, not a string',
    b'{"question": " "}': "the question is empty",
    b'{"question": "a\\u0000"}': "U+0000",
    b'{"question": "a\\ud800"}': "U+D800",
    b'{"id": [1], "question": "Why?"}': '"id" is neither a string nor a number',
    b'{"id": true, "question": "Why?"}': '"id" is neither a string nor a number',
    b'{"id": 1e999, "question": "Why?"}': '"id" is too large a number',
    b'{"id": -1e999, "question": "Why?"}': '"id" is too large a number',
    b'{"question": "Why?", "history": "Who?"}': '"history" is not a list of questions',
    b'{"question": "Why?", "history": [1]}': '"history" is not a list of questions',
}


@pytest.mark.parametrize(("line", "said"), LINES.items(), ids=lambda text: repr(text)[:40])
def test_a_bad_line_ends_a_batch_after_the_answers_before_it(
    line: bytes, said: str, quoth: Quoth, seeds_index: Path
) -> None:
    stdin = b'\n{"id": "first", "question": "Who?"}\n' + line + b'\n{"question": "Never read"}\n'
    code, out, err = quoth("search", "--batch", "-", "--index", seeds_index, stdin=stdin)
    assert (code, out.count("\n"), err.count("\n")) == (2, 1, 1)
    assert out.startswith('{"id": "first", ')
    assert err.startswith("quoth: <stdin>:3: ")
    assert said in err


def test_a_batch_of_texts_needs_texts(quoth: Quoth, tmp_path: Path) -> None:
    batch = tmp_path / "batch.jsonl"
    batch.write_text('{"question": "Why?"}\n')
    assert quoth("extract", "--batch", batch) == (2, "", f'quoth: {batch}:1: "text" is missing\n')


def test_bytes_that_are_not_text_are_named(quoth: Quoth, tmp_path: Path) -> None:
    (tmp_path / "cafe.txt").write_bytes(b"caf\xe9")
    code, out, err = quoth("extract", "Why?", tmp_path / "cafe.txt")
    assert (code, out) == (2, "")
    assert err.startswith(f"quoth: cannot read '{tmp_path / 'cafe.txt'}': byte 3 (0xe9)")


def test_too_large_a_text_is_refused(
    quoth: Quoth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quoth.articles.MAX_BYTES", 2**20)
    (tmp_path / "a.txt").write_bytes(b"x" * (2**20 + 1))
    line = f"quoth: cannot read '{tmp_path / 'a.txt'}': it has more than 1.0 MiB: split it\n"
    assert quoth("extract", "Why?", tmp_path / "a.txt") == (2, "", line)


def test_bad_articles_are_named(quoth: Quoth, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path, said in [("empty", "no articles in"), ("missing", "no file or folder")]:
        code, out, err = quoth("build", tmp_path / path, "--index", tmp_path / "index")
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert err.startswith(f"quoth: {said} '{tmp_path / path}'")


def test_an_unknown_source_is_answered_with_the_nearest(quoth: Quoth, own_index: Path) -> None:
    code, _, err = quoth("remove", "000_d9aab4165d50fde0.tx", "--index", own_index)
    assert code == 2
    assert "did you mean '000_d9aab4165d50fde0.txt'?" in err


@pytest.mark.parametrize("command", [["list"], ["verify"], ["ask", "Why?"], ["search", "Why?"]])
def test_a_damaged_index_is_told_in_one_line(
    command: list[str], quoth: Quoth, own_index: Path
) -> None:
    (own_index / "quoth.sqlite").write_bytes(b"This is no database. " * 500)
    code, out, err = quoth(*command, "--index", own_index)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("quoth: ")
    assert "damaged" in err


def test_verify_names_what_is_damaged(quoth: Quoth, own_index: Path) -> None:
    with closing(sqlite3.connect(own_index / "quoth.sqlite")) as database, database:
        database.execute("update article set sha256 = 'x' where source like '002%'")
    source = "002_25d210e1b67ffbeb.txt"
    code, out, err = quoth("verify", "--index", own_index)
    assert code == 2
    assert out == f"the stored article '{source}' is damaged: run 'quoth repair'\n"
    assert err == f"quoth: 1 problem in the index at '{own_index}': run 'quoth repair'\n"


def test_an_index_of_another_model_is_told_in_one_line(quoth: Quoth, own_index: Path) -> None:
    store = WritableStore(own_index / "quoth.sqlite")
    with store.change():
        store.set({"fingerprint": "another"})
    store.close()
    code, out, err = quoth("ask", "Who supplies drones?", "--index", own_index)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"quoth: the index at '{own_index}' was made with the model ")


def test_a_port_in_use_is_told_in_one_line(quoth: Quoth, seeds_index: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code, out, err = quoth("serve", "--port", port, "--index", seeds_index)
    assert (code, out) == (2, "")
    assert err.startswith(f"quoth: cannot listen at 127.0.0.1:{port}")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_told_in_one_line(seeds_index: Path) -> None:
    command = [sys.executable, "-m", "quoth", "list", "--index", str(seeds_index)]
    with open("/dev/full", "w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert ended.stderr == "quoth: the disk is full: free some space and try again\n"
    assert ended.returncode == 2


@pytest.mark.skipif(sys.platform == "win32", reason="arguments are bytes only elsewhere")
def test_arguments_that_are_no_text_are_told_in_one_line(seeds_index: Path) -> None:
    command = [sys.executable, "-m", "quoth", "search", b"caf\xe9", "--index", str(seeds_index)]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert "U+DCE9" in ended.stderr


def test_a_fault_of_quoth_is_one_line_and_exit_70(
    quoth: Quoth, seeds_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a\nb")

    monkeypatch.setattr("quoth.cli.indexing.articles_text", fail)
    said = "unexpected ZeroDivisionError: a b: please report this (QUOTH_DEBUG=1 shows where)"
    assert quoth("list", "--index", seeds_index) == (70, "", f"quoth: {said}\n")
    monkeypatch.setenv("QUOTH_DEBUG", "1")
    _, _, err = quoth("list", "--index", seeds_index)
    assert err.startswith("Traceback (most recent call last):\n")
    assert err.endswith(f"quoth: {said}\n")


def test_the_ranges_are_those_of_the_library() -> None:
    ranges = {
        option.name: option.type.high
        for command in (ask, search)
        for option in command.params
        if isinstance(option.type, Whole)
    }
    assert ranges == {"quotes": MAX_QUOTES, "k": MAX_HITS, "llm_seconds": 3600}


def test_exit_codes() -> None:
    assert exit_code(KeyboardInterrupt()) == 130
    assert exit_code(BrokenPipeError(32, "Broken pipe")) == 0
    assert exit_code(PermissionError(13, "Permission denied", "x")) == 2
    assert exit_code(MemoryError()) == 70


def test_a_system_error_names_the_file() -> None:
    assert message(PermissionError(13, "Permission denied", "x")) == "Permission denied ('x')"
    full = OSError(28, os.strerror(28), "index/words")
    assert message(full) == "the disk is full ('index/words'): free some space and try again"


def test_a_line_shows_control_characters_as_escapes_and_is_not_endless() -> None:
    assert clean_line("a\n b\t\x1b[31m\udcff é 漢") == r"a b \x1b[31m\udcff é 漢"
    assert len(clean_line("a" * 10_000)) == 600
