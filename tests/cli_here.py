"""The command line in this process, where libraries are loaded already."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import warnings
from pathlib import Path

from quoth.cli import main


def called(
    *arguments: str | Path, cwd: Path | None = None, input: str = ""
) -> subprocess.CompletedProcess[str]:
    """What `quoth` with these arguments, in that folder and given that input, ends with."""
    out, complaints = io.StringIO(), io.StringIO()
    shows_warning, stdin = warnings.showwarning, sys.stdin
    with (
        contextlib.chdir(cwd or Path.cwd()),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(complaints),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("default")
        sys.stdin = io.TextIOWrapper(io.BytesIO(input.encode()), "utf-8")
        try:
            code = main([str(argument) for argument in arguments])
        finally:
            warnings.showwarning, sys.stdin = shows_warning, stdin
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), complaints.getvalue())
