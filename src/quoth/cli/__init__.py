"""The command line: arguments in, results on stdout, everything else on stderr.

    app.py        the `quoth` group and `main`, which turns every failure into one line
    indexing.py   build, add, sync, remove, list, verify, repair
    asking.py     ask, search, extract
    serving.py    serve, mcp, account
    options.py    what several commands' options share; reading_options.py: of those that read files
    requests.py   a question or a batch of JSON lines → requests
    output.py     results → JSON
    terminal.py   results → text for people
    progress.py   bars on stderr
    failures.py   exception → line and exit code

Heavy modules are imported inside the commands, so that `quoth --help` answers at once.
"""

from quoth.cli.app import main

__all__ = ["main"]
