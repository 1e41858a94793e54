"""README and docs do what they show: every command, program and setting in them, and every link.

How pages are run, and what may be left out of what they show: doc_running.py, doc_blocks.py.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from doc_blocks import PAGES, ROOT, Block, anchors, blocks, commands, links, named_commands
from doc_running import agree, reader_in

from quoth.cli.app import quoth as group

NOT_RUN = [block for page in PAGES for block in blocks(page) if block.reason]
RUN = [page for page in PAGES if any(not block.reason for block in blocks(page))]
MOST_NOT_RUN = 0.25

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@pytest.fixture(scope="module")
def desk(seeds_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lies in a checkout where `make run` has been: articles, index, examples."""
    folder = tmp_path_factory.mktemp("desk")
    for name in ("seeds", "examples"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(seeds_index, folder / "index")
    return folder


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_a_page_does_what_it_shows(
    page: Path, desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In order, in a fresh copy of the desk."""
    monkeypatch.setenv("COLUMNS", "100")
    folder = Path(shutil.copytree(desk, tmp_path / "desk"))
    with reader_in(folder) as reader:
        for block in blocks(page):
            if not block.reason:
                wrong = reader.run(block)
                assert not wrong, wrong


def test_few_blocks_are_not_run_and_each_says_why() -> None:
    """A quarter of all at most; the reason is a sentence of its own, not a word."""
    every = sum(len(blocks(page)) for page in PAGES)
    told = "\n".join(f"{block.place}: {block.reason}" for block in NOT_RUN)
    assert len(NOT_RUN) <= MOST_NOT_RUN * every, f"{len(NOT_RUN)} of {every} are not run:\n{told}"
    assert not [block.place for block in NOT_RUN if len(block.reason.split()) < 2], told


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    """To a file of this repository, and to a heading that it has."""
    wrong = []
    for line, target in links(page):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        if not found.exists() or (anchor and anchor not in anchors(found)):
            wrong.append(f"{page.relative_to(ROOT)}:{line}: {target}")
    assert not wrong, f"these links lead nowhere: {wrong}"


@each_page
def test_commands_that_are_named_are_there(page: Path) -> None:
    """`quoth NAME --option` in running text and tables."""
    wrong = []
    for line, text in named_commands(page):
        name, *rest = text.split()[1:]
        found = group.commands.get(name.rstrip(","))
        known = _options(found) if found else {"--help", "--version"}
        named = set(re.findall(r"(?<!\S)--[a-z-]+", " ".join([name, *rest])))
        if not (found or name.startswith("-")) or named - known:
            wrong.append(f"{page.relative_to(ROOT)}:{line}: {text}")
    assert not wrong, f"quoth has no such commands or options: {wrong}"


def _options(command: click.Command) -> set[str]:
    return {option for param in command.params for option in param.opts} | {"--help"}


Write = Callable[[str], list[Block]]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Blocks of a page with that text."""
    monkeypatch.setattr("doc_blocks.ROOT", tmp_path)

    def written(text: str) -> list[Block]:
        (tmp_path / "page.md").write_text(text, "utf-8")
        return blocks(tmp_path / "page.md")

    return written


def failure(write: Write, tmp_path: Path, text: str) -> str:
    """What is said of the last block of a page, the others being right."""
    *before, last = write(text)
    with reader_in(tmp_path) as reader:
        assert [reader.run(block) for block in before] == [""] * len(before)
        return reader.run(last)


def test_another_output_is_told_with_its_place(write: Write, tmp_path: Path) -> None:
    said = failure(write, tmp_path, "# Page\n\n    $ printf 'one\\ntwo\\n'\n    one\n    three\n")
    assert said.splitlines() == [
        "page.md:3: $ printf 'one\\ntwo\\n'",
        "--- the page", "+++ in truth", "@@ -1,2 +1,2 @@", " one", "-three", "+two",
    ]  # fmt: skip


def test_a_command_that_fails_is_told_with_what_it_said(write: Write, tmp_path: Path) -> None:
    said = failure(write, tmp_path, "```console\n$ true\n$ quoth aks\n```\n")
    assert said.startswith("page.md:3: $ quoth aks\nended with 2, not 0:\n")
    assert "ask" in said


def test_python_that_raises_is_told(write: Write, tmp_path: Path) -> None:
    said = failure(write, tmp_path, "```python\nassert 1 == 2\n```\n")
    assert said == "page.md:2: this Python block raised AssertionError()\nassert 1 == 2\n"


def test_what_python_prints_is_compared_with_the_block_below(write: Write, tmp_path: Path) -> None:
    page = "```python\nprint(1)\n```\n\n```text\n2\n```\n"
    assert failure(write, tmp_path, page).endswith("-2\n+1")


@pytest.mark.parametrize("text", ["    {1}\n", "```json\n{]\n```\n", "```toml\n=\n```\n"])
def test_broken_data_is_told(write: Write, tmp_path: Path, text: str) -> None:
    assert "this block is not " in failure(write, tmp_path, text)


def test_a_block_of_no_known_kind_is_told(write: Write, tmp_path: Path) -> None:
    assert "what is this block?" in failure(write, tmp_path, "```text\nhello\n```\n")


def test_comments_say_what_to_do_with_the_next_block_alone(write: Write) -> None:
    text = "<!-- before: touch a -->\n<!-- not run: needs b -->\n\n    $ c\n\nWords.\n\n    $ d\n"
    first, second = write(text)
    assert (first.before, first.reason, second.before, second.reason) == (
        ("touch a",), "needs b", (), "",
    )  # fmt: skip


def test_a_fenced_script_is_run_whole(write: Write, tmp_path: Path) -> None:
    page = "```sh\nname=a\ntouch $name\n```\n\n    $ ls a b\n"
    assert "ended with 2" in failure(write, tmp_path, page)
    assert (tmp_path / "a").exists()


def test_output_belongs_to_the_command_above_it(write: Write) -> None:
    (block,) = write("    $ a \\\n        --b\n    x\n    $ c\n")
    assert [(one.line, one.text, one.output) for one in commands(block)] == [
        (1, "a \\\n    --b", "x\n"), (4, "c", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("shown", "real", "same"),
    [
        ("in 0.4 s", "in 0.4 s", True),
        ("in … s", "in 12 s", True),
        ("confidence 0.88", "confidence 0.86", True),
        ("confidence 0.88", "confidence 0.80", False),
        ("a.txt:3-10", "a.txt:3-11", False),
        ("first\n…\nlast", "first\n1\n2\nlast", True),
        ("first\n…\nlast", "first\n1\n2", False),
    ],
)
def test_what_may_differ(shown: str, real: str, same: bool) -> None:
    assert agree(shown.splitlines(), real.splitlines()) is same
