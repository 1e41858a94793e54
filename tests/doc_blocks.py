"""The code blocks, links and anchors of a Markdown page, each with its line.

What a block is for is said, where that is not plain, by comments before it that no reader sees:

    <!-- not run: why -->     it is not run; the reason is told
    <!-- before: command -->  run first; it makes what the block speaks of
    <!-- input: text -->      what its commands read from standard input
    <!-- exit code: 1 -->     its commands end with this code, not with 0
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

SCRIPTS = ("sh", "bash", "shell")
COMMENT = re.compile(r"<!--\s*(not run|before|input|exit code):\s*(.*?)\s*-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A code block. language: the word after its fence, "" for an indented one.

    reason: why it is not run, "" where it is. before: commands. given: standard input. code: what
    its commands end with. after_python: whether nothing but white space is between it and a Python
    block.
    """

    page: Path
    line: int
    language: str
    text: str
    reason: str
    before: tuple[str, ...]
    given: str
    code: int
    after_python: bool

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> list[Block]:
    """The page's blocks, in order, those in lists as well."""
    found: list[Block] = []
    comments: list[tuple[str, str]] = []
    previous = ""
    for token in MarkdownIt("commonmark").parse(page.read_text("utf-8")):
        if token.type in ("fence", "code_block"):
            found.append(_block(page, token, comments, previous == "python"))
            comments, previous = [], found[-1].language
        elif token.type == "html_block":
            comments += COMMENT.findall(token.content)
        elif token.nesting >= 0:
            comments, previous = [], ""
    return found


def _block(page: Path, token: Token, comments: list[tuple[str, str]], after: bool) -> Block:
    said = dict(comments)
    return Block(
        page,
        (token.map or [0])[0] + 1 + (token.type == "fence"),
        token.info.partition(" ")[0],
        token.content,
        said.get("not run", ""),
        tuple(text for kind, text in comments if kind == "before"),
        said.get("input", ""),
        int(said.get("exit code", "0")),
        after,
    )


@dataclass(frozen=True, slots=True)
class Command:
    """A line after `$ `, with its continuations, and the lines that are shown below it."""

    line: int
    text: str
    output: str


def commands(block: Block) -> list[Command]:
    """The commands of a block whose first line begins with `$ `; none of another block.

    A block fenced as a script of the shell is one command, of which no output is shown.
    """
    lines = block.text.rstrip("\n").split("\n")
    if not lines[0].startswith("$ "):
        is_script = block.language in SCRIPTS
        return [Command(block.line, block.text.rstrip("\n"), "")] if is_script else []
    found: list[Command] = []
    for number, line in enumerate(lines, block.line):
        if line.startswith("$ "):
            found.append(Command(number, line[2:], ""))
        elif not found[-1].output and _goes_on(found[-1].text):
            found[-1] = Command(found[-1].line, f"{found[-1].text}\n{line}", "")
        else:
            last = found[-1]
            found[-1] = Command(last.line, last.text, f"{last.output}{line}\n")
    return found


def _goes_on(text: str) -> bool:
    """Whether a command is not at its end: after a backslash, or inside a here-document."""
    here = re.search(r"<<'(\w+)'", text)
    return text.endswith("\\") or (here is not None and text.split("\n")[-1] != here[1])


def links(page: Path) -> Iterator[tuple[int, str]]:
    """The line and the target of each link and picture."""
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8")):
        for child in token.children or ():
            target = child.attrs.get("href", child.attrs.get("src"))
            if target is not None:
                yield (token.map or [0])[0] + 1, str(target)


def anchors(page: Path) -> set[str]:
    """The names of the page's headings, as code hosts and the site make them."""
    tokens = MarkdownIt("commonmark").parse(page.read_text("utf-8"))
    found: set[str] = set()
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            words = "".join(child.content for child in inline.children or ())
            name = re.sub(r"[^\w\- ]", "", words.strip().lower()).replace(" ", "-")
            numbered = (f"{name}-{n}" for n in range(1, 100))
            found.add(name if name not in found else next(n for n in numbered if n not in found))
    return found


def named_commands(page: Path) -> Iterator[tuple[int, str]]:
    """The line and the words of each piece of inline code that begins with `quoth `."""
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8")):
        for child in token.children or ():
            if child.type == "code_inline" and child.content.startswith("quoth "):
                yield (token.map or [0])[0] + 1, child.content
