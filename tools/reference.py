"""Writes docs/commands.md and docs/python-api.md from the program itself.

    .venv/bin/python tools/reference.py            # write them
    .venv/bin/python tools/reference.py --check    # code 1 where they are not what it would write

The first is made from the click commands, the second from the signatures and docstrings of what
`quoth` exports.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

import quoth
from quoth.cli.app import quoth as group

DOCS = Path(__file__).parent.parent / "docs"
MADE = (
    "<!-- Made by tools/reference.py (`make reference`): change the program, not this page. -->\n"
)
EXAMPLE = re.compile(r"(?:^    .+\n?)+", re.MULTILINE)  # lines of code in a docstring
BULLET = re.compile(r"(\w+(?:, \w+)*): (.*)")
WIDTH = 100  # of a signature on one line


def commands_page() -> str:
    """docs/commands.md: each command with its arguments and options."""
    context = click.Context(group, info_name="quoth")
    parts = [
        f"# Commands\n\n{MADE}",
        "Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 a "
        "requirement is not met, 2 a mistake, told in one line, 130 interrupted.\n",
    ]
    parts += [_command(group.commands[name], context) for name in group.list_commands(context)]
    return "\n".join(parts)


def _command(command: click.Command, context: click.Context) -> str:
    usage = " ".join(["quoth", command.name or "", *command.collect_usage_pieces(context)])
    shown = [
        f"| {_cell(names)} | {_cell(said, code=False)} |"
        for param in command.params
        if isinstance(param, click.Option) and (record := param.get_help_record(context))
        for names, said in [record]
    ]
    table = "\n".join(["| option | |", "|---|---|", *shown])
    about = inspect.cleandoc(command.help or "").replace("\b\n", "")
    return (
        f"## quoth {command.name}\n\n`{usage}`\n\n{about}\n\n{table if shown else ''}".rstrip()
        + "\n"
    )


def _cell(text: str, *, code: bool = True) -> str:
    escaped = text.replace("|", "\\|")
    return f"`{escaped}`" if code else escaped.replace("<", "&lt;")


def python_page() -> str:
    """docs/python-api.md: each public name with its signature and docstring."""
    parts = [
        f"# The Python API\n\n{MADE}",
        "All of it is `quoth.NAME`; `help(quoth.Retriever)` says the same. Offsets are code points "
        "of the article's text: `article.text[quote.start:quote.end] == quote.text`.\n\n"
        "```python\nimport quoth\n```\n",
    ]
    return "\n".join([*parts, *map(_public, quoth.__all__)])


def _public(name: str) -> str:
    thing = getattr(quoth, name)
    if not inspect.isclass(thing):
        return f"## {name}\n\n{_signature(name, thing)}\n\n{_said(thing)}\n"
    parts = [f"## {name}\n", f"{_said(thing)}\n"]
    fields = _fields(thing)
    if fields:
        parts.append(f"Fields: {', '.join(fields)}\n")
    elif thing.__init__.__doc__ and "__init__" in vars(thing):
        parts.append(f"{_signature(name, thing.__init__)}\n\n{_said(thing.__init__)}\n")
    return "\n".join([*parts, *_members(thing)])


def _fields(thing: type) -> list[str]:
    """`name: type` of each field of a dataclass or named tuple."""
    if dataclasses.is_dataclass(thing):
        found = {field.name: field.type for field in dataclasses.fields(thing)}
    else:
        found = dict(thing.__annotations__) if hasattr(thing, "_fields") else {}
    return [f"`{name}: {_type(kind)}`" for name, kind in found.items()]


def _type(kind: object) -> str:
    return kind if isinstance(kind, str) else getattr(kind, "__forward_arg__", str(kind))


def _members(thing: type) -> Iterator[str]:
    """The public methods and properties that the class itself defines, and that say something."""
    for name, member in vars(thing).items():
        function = getattr(member, "fget", None) or getattr(member, "__func__", member)
        if name.startswith("_") or not inspect.isfunction(function) or not function.__doc__:
            continue
        shown = f"`{name}`" if isinstance(member, property) else _signature(name, function)
        yield f"### {thing.__name__}.{name}\n\n{shown}\n\n{_said(function)}\n"


def _signature(name: str, function: Callable[..., object]) -> str:
    """As in a stub file, a class as what makes it; a line for each argument where it is long."""
    signature = inspect.signature(function)
    known = _listed(signature)
    result = name if name[0].isupper() else _type(signature.return_annotation)
    line = f"def {name}({', '.join(known)}) -> {result}: ..."
    if len(line) > WIDTH:
        line = f"def {name}(\n" + "".join(f"    {one},\n" for one in known) + f") -> {result}: ..."
    return f"```pyi\n{line}\n```"


def _listed(signature: inspect.Signature) -> list[str]:
    """The parameters but self and cls, with the `*` before those that need their names."""
    shown: list[str] = []
    for one in signature.parameters.values():
        if one.name in ("self", "cls"):
            continue
        if one.kind is one.KEYWORD_ONLY and "*" not in shown:
            shown.append("*")
        stars = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
        default = "" if one.default is one.empty else f" = {_value(one.default)}"
        shown.append(f"{stars}{one.name}: {_type(one.annotation)}{default}")
    return shown


def _value(default: object) -> str:
    return json.dumps(default) if isinstance(default, str) else repr(default)


def _said(thing: object) -> str:
    """The docstring as Markdown: `name: what it is` becomes an item of a list."""
    lines: list[str] = []
    in_list = False
    for line in (inspect.getdoc(thing) or "").split("\n"):
        item = BULLET.fullmatch(line)
        if item or not line or line.startswith("Raises "):
            lines += [""] if not (item and in_list) else []
        in_list = bool(item) or (in_list and bool(line) and not line.startswith("Raises "))
        lines.append(f"- `{item[1]}`: {item[2]}" if item else f"  {line}" if in_list else line)
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return EXAMPLE.sub(lambda found: _example(inspect.cleandoc(found[0])), text)


def _example(code: str) -> str:
    unrun = "<!-- not run: needs a server -->\n\n" if "http://" in code else ""
    return f"{unrun}```python\n{code}\n```\n"


PAGES: dict[str, Callable[[], str]] = {"commands.md": commands_page, "python-api.md": python_page}


def main(arguments: list[str]) -> int:
    """Writes the pages, or says which are not what they would be."""
    old = [name for name, page in PAGES.items() if _held(DOCS / name) != page()]
    if "--check" in arguments:
        for name in old:
            print(
                f"docs/{name} is not what the program says: run `make reference`", file=sys.stderr
            )
        return 1 if old else 0
    for name in old:
        (DOCS / name).write_text(PAGES[name](), "utf-8")
    return 0


def _held(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
