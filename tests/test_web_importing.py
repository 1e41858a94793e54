"""Gradio is imported without writing stubs, without `mcp`, and leaves nothing changed behind."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import inspect, sys
stubs, before = [], inspect.getfile
def watch(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".pyi"):
        stubs.append(arguments[0])
sys.addaudithook(watch)
from quoth.web.importing import import_gradio
import_gradio()
import gradio
print(len(stubs))
print(inspect.getfile is before, sys.modules.get("mcp", "not there"), gradio.Textbox.__module__)
"""


@pytest.fixture(scope="module")
def told(environment: dict[str, str]) -> list[str]:
    """What a fresh process says that imports it."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_no_stub_is_read_or_written(told: list[str]) -> None:
    assert told[0] == "0"


def test_it_leaves_nothing_changed(told: list[str]) -> None:
    """Neither `inspect`, nor that `mcp` can be imported, which it has not been."""
    assert told[1] == "True not there gradio.components.textbox"
