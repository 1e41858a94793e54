"""Gradio is imported without writing stubs, without `mcp`, and leaves nothing changed behind."""

from __future__ import annotations

import subprocess
import sys

LEFT = """
import inspect, sys
before = inspect.getfile
from quoth.web.importing import import_gradio
import_gradio()
import gradio
print(inspect.getfile is before, sys.modules.get("mcp", "not there"), gradio.Textbox.__module__)
"""
WRITES = """
import sys
import quoth.web.importing as importing
parsed = []
def watch(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".pyi"):
        parsed.append(arguments[0])
sys.addaudithook(watch)
importing.import_gradio()
print(len(parsed))
"""


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_it_leaves_nothing_changed(environment: dict[str, str]) -> None:
    """Neither `inspect`, nor that `mcp` can be imported, which it has not been."""
    assert run(LEFT) == "True not there gradio.components.textbox"


def test_no_stub_is_read_or_written(environment: dict[str, str]) -> None:
    assert run(WRITES) == "0"
