"""Connections to PostgreSQL, by libpq: passwords and certificates are found as it finds them."""

from __future__ import annotations

import os
from typing import Any

from quoth.database.address import Address
from quoth.database.driver import Buffer, Dumper, Format, Int8Dumper, Loader, psycopg, sql
from quoth.database.explaining import cannot_connect
from quoth.errors import StorageError

Connection = psycopg.Connection[tuple[Any, ...]]
_DEFAULTS = {
    "connect_timeout": "10",  # seconds
    "fallback_application_name": "quoth",
    # A connection whose other end is gone, or cut off by a firewall, ends after about a minute.
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",  # milliseconds
}
_SESSION = (
    "set tcp_keepalives_idle = 30; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3;"
    " set search_path to {}"
)


def connected(address: Address, application: str | None = None) -> Connection:
    """A connection that sees the tables of the address's schema; each statement commits.

    application: what the server is told of who connects. Raises StorageError.
    """
    try:
        connection = psycopg.connect(autocommit=True, **_options(address, application))
        try:
            _prepare(connection, address)
        except BaseException:
            connection.close()
            raise
    except (psycopg.Error, UnicodeError) as error:
        raise cannot_connect(address, error) from error
    return connection


def _prepare(connection: Connection, address: Address) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise StorageError(
            f"the database at {address.shown!r} keeps its texts as {encoding}: "
            "make one by 'create database NAME encoding UTF8 template template0'"
        )
    connection.adapters.register_dumper(str, _TextDumper)
    connection.adapters.register_dumper(int, Int8Dumper)
    connection.adapters.register_loader("text", _TextLoader)
    connection.execute(sql.SQL(_SESSION).format(sql.Identifier(address.schema)))


def _options(address: Address, application: str | None) -> dict[str, Any]:
    options: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(address.server)
    defaults = dict(_DEFAULTS)
    if "PGCONNECT_TIMEOUT" in os.environ:
        del defaults["connect_timeout"]
    own = {"client_encoding": "UTF8"} | ({"application_name": application} if application else {})
    return defaults | options | own


# PostgreSQL's text cannot hold U+0000. Written as U+0001 U+0001, and U+0001 itself as U+0001
# U+0002, it can, and the order by code point stays.


class _TextDumper(Dumper):
    def dump(self, obj: str) -> bytes:
        if "\0" in obj or "\1" in obj:
            obj = obj.replace("\1", "\1\2").replace("\0", "\1\1")
        return obj.encode()


class _TextLoader(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        text = str(data, "utf-8")
        return text.replace("\1\1", "\0").replace("\1\2", "\1") if "\1" in text else text
