"""`quoth serve`: the browser app."""

from __future__ import annotations

import click

from quoth.cli.options import Whole, index_option, reader_option, threshold_option


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
    "--auth", metavar="FILE", help="Let in only the accounts of FILE (made with htpasswd -B)."
)
@reader_option
@threshold_option
def serve(
    folder: str,
    host: str,
    port: int,
    auth: str | None,
    reader: str | None,
    threshold: float | None,
) -> None:
    """Ask and read in the browser, until Ctrl-C."""
    from quoth.web import serve as serve_app

    serve_app(
        folder,
        host=host,
        port=port,
        auth=auth,
        reader=reader,
        threshold=threshold,
        on_ready=_announce,
    )


def _announce(address: str) -> None:
    click.echo(f"quoth answers at {address} (Ctrl-C ends it)")
