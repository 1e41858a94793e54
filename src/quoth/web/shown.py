"""What an event leaves on the page, and what a page or another program sent."""

from __future__ import annotations

import time
from typing import NamedTuple

import gradio as gr

from quoth.errors import UsageError
from quoth.web import render


class Shown(NamedTuple):
    """What an event leaves on the page, in the order of its outputs; gr.skip() changes nothing."""

    status: object
    question: object
    answer: object
    article: object
    conversation: object


UNCHANGED = Shown(*[gr.skip()] * len(Shown._fields))


def problem(line: str) -> Shown:
    """The page as it was, and what went wrong."""
    return UNCHANGED._replace(status=render.status_html(problem=line))


def sentence(line: str) -> str:
    """An error's line as it reads on a page: with a capital and a full stop."""
    return f"{line[:1].upper()}{line[1:]}{'' if line.endswith(('.', '!', '?')) else '.'}"


def fresh(html: str) -> str:
    """Makes equal HTML differ, so that the page forgets what was clicked in the last one."""
    return f'<div data-fresh="{time.monotonic_ns()}">{html}</div>'


def string(value: object, name: str) -> str:
    """`value`, which a browser or another program sent. Raises UsageError."""
    if not isinstance(value, str):
        raise UsageError(f"the {name} is not a string")
    return value


def whole(value: object, name: str) -> int:
    """`value`, which another program sent. Raises UsageError."""
    if not isinstance(value, int):
        raise UsageError(f"{name} is not a whole number")
    return value
