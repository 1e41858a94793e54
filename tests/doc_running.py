"""Runs the blocks of one page, in order, in one folder, as a reader would.

`quoth` runs in this process, so that models are loaded once; all else by bash, where `quoth` and
`python` are this project's. `quoth serve` goes on until the page ends, at a free port in place of
the default one, also where the page then speaks to it. Python blocks of a page share their names.

In what a page shows, `…` stands for any text of its line, and a line of nothing else for any
number of lines; numbers with a point may differ by 0.03, as on another processor they do. Where
nothing is shown, nothing is compared but the exit code.
"""

from __future__ import annotations

import ast
import contextlib
import difflib
import io
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import yaml
from cli_here import called
from doc_blocks import Block, Command, commands
from needs import lacking
from web_servers import serving

SHOWN_PORT = re.compile(r"\b(127\.0\.0\.1|localhost):7860\b")
NUMBER = re.compile(r"\d+\.\d+")
NEAR = 0.03
NO_SUCH_PROGRAM = 127  # bash's exit code
SERVERS = ("serve",)
SHELLS_OWN = {"|", "&&", ";", "&", "||", "<", "<<"}


class Reader:
    """Somebody who types what the pages say. folder: where."""

    def __init__(self, folder: Path, ends: contextlib.ExitStack) -> None:
        self.folder, self.ends = folder, ends
        self.names: dict[str, object] = {"__name__": "__main__"}
        self.printed = ""
        self.port = 0

    def run(self, block: Block) -> str:
        """What is wrong where the block does not do what it shows; "" where it does."""
        try:
            self._run(block)
        except PageError as error:
            return str(error)
        return ""

    def _run(self, block: Block) -> None:
        for command in block.before:
            code, shown = self._shell(command)
            if code:
                raise PageError(
                    f"{block.place}: what comes before it ended with {code}: {command}\n{shown}"
                )
        typed = commands(block)
        if typed:
            for command in typed:
                self._type(block, command)
        elif block.language == "python":
            self.printed = self._python(block)
        elif block.after_python:
            compare(block.place, "the Python block before it", block.text, self.printed)
        else:
            parse(block)

    def _type(self, block: Block, command: Command) -> None:
        place = f"{block.place.rpartition(':')[0]}:{command.line}"
        text = self._at_port(command.text)
        code, shown = self._shell(text, block.given)
        if code == NO_SUCH_PROGRAM:
            lacking(f"a program of {place}, and so the rest of that page is not run: $ {text}")
        if code != block.code:
            raise PageError(f"{place}: $ {text}\nended with {code}, not {block.code}:\n{shown}")
        if command.output:
            compare(place, f"$ {text}", command.output, shown)

    def _quoth(self, words: list[str], given: str) -> tuple[int, str]:
        """`quoth` with these words: its exit code, and all that it shows, complaints first."""
        target = words[words.index(">") + 1] if ">" in words else None
        arguments = words[1 : words.index(">")] if target else words[1:]
        ended = called(*arguments, cwd=self.folder, input=given)
        if target:
            (self.folder / target).write_text(ended.stdout, "utf-8")
        return ended.returncode, ended.stderr + ("" if target else ended.stdout)

    def _shell(self, text: str, given: str = "") -> tuple[int, str]:
        """What bash makes of it, but that a `quoth`, alone or at the end of pipes, runs here."""
        words = _words(text)
        if words[:1] == ["quoth"] and words[1:2] and words[1] in SERVERS:
            return self._serve(words[2:])
        if words[:1] == ["quoth"]:
            return self._quoth(words, given)
        before, pipe, last = text.rpartition(" | quoth ")
        if pipe and _words(last):
            code, given = self._bashed(before, given)
            return (code, given) if code else self._quoth(["quoth", *_words(last)], given)
        return self._bashed(text, given)

    def _bashed(self, text: str, given: str) -> tuple[int, str]:
        names = f'quoth() {{ "{sys.executable}" -m quoth "$@"; }}\n'
        names += f'python() {{ "{sys.executable}" "$@"; }}\n'
        done = subprocess.run(
            ["bash", "-ec", names + text], cwd=self.folder, encoding="utf-8", check=False,
            input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout

    def _serve(self, options: list[str]) -> tuple[int, str]:
        """Starts the server, at a free port, from the page's folder, until the page ends."""
        with contextlib.chdir(self.folder):  # which files that the options name lie in
            server = self.ends.enter_context(serving(self.folder / "index", *options))
        self.port = server.port
        return 0, ""

    def _at_port(self, text: str) -> str:
        """With the port of the page's server, where it has one, in place of the default."""
        return SHOWN_PORT.sub(rf"\1:{self.port}", text) if self.port else text

    def _python(self, block: Block) -> str:
        """What the block prints; it must raise nothing."""
        text = self._at_port(block.text)
        out = io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(out):
            try:
                # Lines before it, so that a traceback names the page's own line.
                exec(compile("\n" * (block.line - 1) + text, str(block.page), "exec"), self.names)
            except Exception as error:
                told = f"{block.place}: this Python block raised {error!r}\n{text}"
                raise PageError(told) from error
        return out.getvalue()


class PageError(Exception):
    """A page is wrong: where, and how."""


def parse(block: Block) -> None:
    """Raises PageError where data, settings or signatures do not hold together, or are none."""
    parsers = {
        "toml": tomllib.loads, "yaml": yaml.safe_load, "json": _json, "ini": _ini, "pyi": ast.parse,
    }  # fmt: skip
    language = block.language or ("json" if block.text.lstrip()[:1] in ("{", "[") else "")
    if language not in parsers:
        raise PageError(
            f"{block.place}: what is this block? Begin commands with `$ `, name the language after "
            f"the fence ({', '.join(parsers)}, python), or put <!-- not run: why --> before it:\n"
            f"{block.text}"
        )
    try:
        parsers[language](block.text)
    except (ValueError, SyntaxError, yaml.YAMLError) as error:
        told = f"{block.place}: this block is not {language}: {error}\n{block.text}"
        raise PageError(told) from error


def _json(text: str) -> None:
    """Of one value, or of one in each line."""
    try:
        json.loads(text)
    except ValueError:
        for line in text.splitlines():
            json.loads(line)


def _ini(text: str) -> None:
    """Sections, and `name=value` lines in them; a name may come again."""
    for line in filter(None, map(str.strip, text.splitlines())):
        if not re.fullmatch(r"\[\w+\]|[#;].*|\w+=.*", line):
            raise ValueError(f"{line!r}")


def compare(place: str, what: str, shown: str, real: str) -> None:
    """Raises PageError where the page shows something else than `what` gives."""
    expected, given = _tidy(shown), _tidy(real)
    if not agree(expected, given):
        differences = difflib.unified_diff(expected, given, "the page", "in truth", lineterm="")
        raise PageError(f"{place}: {what}\n" + "\n".join(differences))


def agree(expected: list[str], given: list[str]) -> bool:
    """Whether the lines are those expected, where `…` may be anything."""
    if not expected:
        return not given
    if expected[0] == "…":
        return any(agree(expected[1:], given[n:]) for n in range(len(given) + 1))
    return bool(given) and _same_line(expected[0], given[0]) and agree(expected[1:], given[1:])


def _same_line(expected: str, given: str) -> bool:
    pattern = ""
    for part in re.split(rf"(…|{NUMBER.pattern})", expected):
        special = ".*" if part == "…" else r"(\d+\.\d+)" if NUMBER.fullmatch(part) else ""
        pattern += special or re.escape(part)
    found = re.fullmatch(pattern, given)
    numbers = [float(one) for one in NUMBER.findall(expected)]
    return found is not None and all(
        abs(a - float(b)) <= NEAR for a, b in zip(numbers, found.groups(), strict=True)
    )


def _tidy(text: str) -> list[str]:
    """Its lines without white space at their ends, and without blank ones before and after."""
    return [line.rstrip() for line in text.strip("\n").rstrip().split("\n")] if text.strip() else []


def _words(text: str) -> list[str]:
    """As a shell reads them; empty where only a shell can: pipes, variables, several commands."""
    text = text.replace("\\\n", " ")
    scanner = shlex.shlex(text, posix=True, punctuation_chars=True)
    scanner.whitespace_split = True
    words = list(scanner)
    is_for_a_shell = SHELLS_OWN & set(words) or "$" in text or "\n" in text.strip()
    return [] if is_for_a_shell else words


@contextlib.contextmanager
def reader_in(folder: Path) -> Iterator[Reader]:
    """A reader in that folder; what it started ends with it."""
    with contextlib.ExitStack() as ends:
        yield Reader(folder, ends)
