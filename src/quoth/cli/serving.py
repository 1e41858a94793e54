"""`quoth serve`: the browser app; `quoth account`: who may use it."""

from __future__ import annotations

import sys

import click

from quoth.cli.options import Whole, index_option, reader_option, threshold_option
from quoth.cli.phrasing import llm_options, phraser_of


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
@click.option(
    "--auth", metavar="FILE", help="Let in only the accounts of FILE (made with quoth account)."
)
@click.option(
    "--i-know", is_flag=True, help="Let in whoever reaches --host: all may read everything."
)
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
@click.argument("file")
@click.argument("name")
def account(file: str, name: str) -> None:
    """Put NAME into FILE, for 'quoth serve --auth FILE'.

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
