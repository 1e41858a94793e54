"""`quoth serve`: the browser app; `quoth mcp`: for assistants; `quoth account`: who may come in."""

from __future__ import annotations

import sys
from typing import Any

import click

from quoth.cli.options import Whole, index_option, reader_option, threshold_option
from quoth.cli.phrasing import llm_options, phraser_of
from quoth.errors import UsageError

_auth_option = click.option(
    "--auth", metavar="FILE", help="Let in only the accounts of FILE (made with quoth account)."
)
_i_know_option = click.option(
    "--i-know", is_flag=True, help="Let in whoever reaches --host: all may read everything."
)


@click.command()
@index_option
@click.option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="Listen at this address; one that others can reach needs --auth.",
)
@click.option(
    "--port",
    metavar="N",
    type=Whole(0, 65535),
    default=7860,
    show_default=True,
    help="Listen at this port; 0 takes a free one.",
)
@_auth_option
@_i_know_option
@click.option(
    "--root-path",
    metavar="PATH",
    default="",
    help="Where a proxy shows the app: /quoth, or its whole address.",
)
@click.option("--read-only", is_flag=True, help="Let nobody add or remove articles.")
@click.option(
    "--max-upload",
    metavar="N",
    type=Whole(1, 2048),
    default=256,
    show_default=True,
    help="Megabytes that may be uploaded at once.",
)
@reader_option
@threshold_option
@llm_options
def serve(
    folder: str,
    host: str,
    port: int,
    auth: str | None,
    i_know: bool,
    root_path: str,
    read_only: bool,
    max_upload: int,
    reader: str | None,
    threshold: float | None,
    llm: str | None,
    llm_model: str | None,
    llm_seconds: int,
) -> None:
    """Ask and read in the browser, until Ctrl-C."""
    phraser = phraser_of(llm, llm_model, llm_seconds)
    from quoth.web import serve as serve_app

    serve_app(
        folder,
        host=host,
        port=port,
        auth=auth,
        i_know=i_know,
        root_path=root_path,
        read_only=read_only,
        max_upload=max_upload,
        reader=reader,
        threshold=threshold,
        phraser=phraser,
        on_ready=_announce,
    )


@click.command()
@index_option
@click.option("--http", is_flag=True, help="Serve over HTTP, not on standard input and output.")
@click.option(
    "--host",
    metavar="ADDRESS",
    help="Listen at this address; one that others can reach needs --auth or --token. "
    "[default: 127.0.0.1]",
)
@click.option(
    "--port",
    metavar="N",
    type=Whole(0, 65535),
    help="Listen at this port; 0 takes a free one. [default: 7861]",
)
@_auth_option
@click.option("--token", metavar="FILE", help="Let in whoever shows the bearer token in FILE.")
@_i_know_option
@click.option(
    "--root-path", metavar="PATH", help="Where a proxy shows it: /quoth, or its whole address."
)
@reader_option
@threshold_option
def mcp(
    folder: str,
    http: bool,
    reader: str | None,
    threshold: float | None,
    **over_http: str | int | bool | None,
) -> None:
    """Let assistants search, quote and read, over the Model Context Protocol.

    On standard input and output, until the input ends, or with --http until Ctrl-C. Needs the
    extra quoth[mcp].
    """
    from quoth.mcp import serve_http, serve_stdio

    given: dict[str, Any] = {name: value for name, value in over_http.items() if value}
    if over_http["port"] == 0:
        given["port"] = 0
    if http:
        serve_http(folder, reader=reader, threshold=threshold, on_ready=_announce_mcp, **given)
        return
    if given:
        name = next(iter(given)).replace("_", "-")
        raise UsageError(f"--{name} is for serving over HTTP: give --http too")
    serve_stdio(folder, reader=reader, threshold=threshold)


@click.command()
@click.argument("file")
@click.argument("name")
def account(file: str, name: str) -> None:
    """Put NAME into FILE, for --auth FILE of quoth serve and quoth mcp.

    Asks for the password, or reads it from standard input, one line. The file holds its bcrypt
    hash.
    """
    from quoth.web.auth import add_account

    is_new = not add_account(file, name, _password())
    click.echo(f"{name} may now come in" if is_new else f"{name} has a new password")


def _password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def _announce(address: str) -> None:
    click.echo(f"quoth answers at {address} (Ctrl-C ends it)")


def _announce_mcp(address: str) -> None:
    click.echo(f"quoth answers assistants at {address} (Ctrl-C ends it)")
