"""Failures told in one line: which exception is whose mistake, and what the process ends with."""

from __future__ import annotations

import errno
import os
import sys
import traceback
import warnings
from typing import Any

import click

from quoth.errors import QuothError, QuothWarning

MISTAKE = 2
INTERNAL = 70
INTERRUPTED = 130

_LONGEST_LINE = 600


def exit_code(error: BaseException) -> int:
    """0 for a reader that went away, 2 for a mistake, 130 for Ctrl-C, 70 for a fault of quoth's."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else INTERNAL
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return INTERRUPTED
    if is_broken_pipe(error):
        return 0
    mistake = isinstance(error, QuothError | click.ClickException | OSError)
    return MISTAKE if mistake else INTERNAL


def report(error: BaseException) -> None:
    """Say on stderr what happened, in one line; QUOTH_DEBUG=1 adds the traceback."""
    if os.environ.get("QUOTH_DEBUG"):
        traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, SystemExit):
        return
    if isinstance(error, OSError):
        _discard_stdout()
    if not is_broken_pipe(error):
        tell(message(error))


_shown_by_python = warnings.showwarning


def show_warning(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
    """In place of `warnings.showwarning`: quoth's own in one line, others as ever."""
    if issubclass(category, QuothWarning):
        tell(str(message))
    else:
        _shown_by_python(message, category, *place, **more)


def tell(line: str) -> None:
    """Say something on stderr, in one line."""
    print(f"quoth: {clean_line(line)}", file=sys.stderr, flush=True)


def is_broken_pipe(error: BaseException) -> bool:
    """Whether whoever read our output has gone, as `head` does."""
    return isinstance(error, OSError) and error.errno == errno.EPIPE


def message(error: BaseException) -> str:
    """What the user is told of `error`."""
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return "interrupted"
    if isinstance(error, click.ClickException):
        return _usage_message(error)
    if isinstance(error, QuothError):
        return str(error)
    if isinstance(error, OSError):
        return _system_message(error)
    where = "QUOTH_DEBUG=1 shows where"
    return f"unexpected {type(error).__name__}: {error}: please report this ({where})"


def clean_line(text: str) -> str:
    """`text` as one line that is safe to print: control characters are shown as escapes."""
    line = " ".join(text.split())
    line = "".join(each if each.isprintable() else repr(each)[1:-1] for each in line)
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"


def _usage_message(error: click.ClickException) -> str:
    text = error.format_message().strip().removesuffix(".")
    text = text[:1].lower() + text[1:]
    context = error.ctx if isinstance(error, click.UsageError) else None
    if "?" in text or context is None:
        return text
    return f"{text}: see '{context.command_path} --help'"


def _system_message(error: OSError) -> str:
    place = f" ({error.filename!r})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full{place}: free some space and try again"
    return f"{error.strerror or error}{place}"


def _discard_stdout() -> None:
    """Let what is still to be flushed go nowhere, so that the interpreter ends quietly."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
