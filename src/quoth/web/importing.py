"""Importing Gradio without what it does at every import and nobody here needs.

It parses its own source to write type stubs beside it (three of its five seconds), and loads the
whole `mcp` package where that is installed (one second, 25 MB), for a server that quoth's app
turns off. Imported in any other way Gradio works as well, and takes longer.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def import_gradio() -> None:
    """Import Gradio, unless it has been imported."""
    if "gradio" not in sys.modules:
        with _without_stubs(), _without("mcp"):
            import gradio  # noqa: F401


@contextmanager
def _without_stubs() -> Iterator[None]:
    """Gradio leaves out the stubs of classes that are in no file: let its own seem so."""
    real = inspect.getfile

    def getfile(thing: Any) -> str:
        if isinstance(thing, type) and thing.__module__.startswith("gradio."):
            raise OSError("not looked for")
        return real(thing)

    inspect.getfile = getfile  # type: ignore[assignment]
    try:
        yield
    finally:
        inspect.getfile = real


@contextmanager
def _without(package: str) -> Iterator[None]:
    """As if the package, not yet imported, were not installed."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[package]
