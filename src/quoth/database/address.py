"""The address of a store in PostgreSQL: what libpq takes, and the schema that is ours."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlencode

from quoth.errors import UsageError

SCHEMA = "quoth"
_KINDS = ("postgresql://", "postgres://")
_SHOWN = ("host", "hostaddr", "port", "dbname", "user", "service")
_NAME = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,39}")  # leaves room in 63 bytes for `_aside_…`


@dataclass(frozen=True, slots=True)
class Address:
    """A schema of a PostgreSQL database, to be opened by `quoth.database.open_database`.

    server: the address as libpq takes it, perhaps with a password; it is never shown. schema: in
    which the tables are. shown: without any password.
    """

    server: str = field(repr=False)
    schema: str
    shown: str

    def __str__(self) -> str:
        return self.shown


def parse_address(text: str) -> Address:
    """`postgresql://[user[:password]@][host][:port][/database][?schema=NAME&…]`.

    All of it but `schema` is libpq's own form. Raises UsageError.
    """
    if not text.startswith(_KINDS):
        raise UsageError("the address of a store begins with 'postgresql://'")
    place, _, query = text.partition("?")
    try:
        options = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError as error:
        raise UsageError(
            f"the address {_without_password(place)!r} goes on with what is no list of "
            "'name=value' after '?': write it as 'postgresql://USER@HOST/DATABASE?schema=NAME'"
        ) from error
    names = [value for name, value in options if name == "schema"]
    schema = names[-1] if names else SCHEMA
    if not _NAME.fullmatch(schema):
        raise UsageError(
            f"no schema can be called {schema!r}: take up to 40 small letters, digits and '_'"
        )
    others = [(name, value) for name, value in options if name != "schema"]
    told = [(name, value) for name, value in others if name in _SHOWN]
    told += [("schema", schema)] if schema != SCHEMA else []
    return Address(_joined(place, others), schema, _joined(_without_password(place), told))


def hide_passwords(text: str, server: str) -> str:
    """A message that speaks of `server`, without the password that may stand in that."""
    place, _, query = server.partition("?")
    user = place.partition("://")[2].rpartition("@")[0]
    secrets = [user.partition(":")[2]]
    secrets += [value for name, value in parse_qsl(query) if "password" in name]
    for secret in filter(None, secrets):
        for form in (secret, unquote(secret), quote(secret, safe="")):
            text = text.replace(form, "…")
    return text


def _without_password(place: str) -> str:
    kind, _, rest = place.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{kind}://{user.partition(':')[0]}{at}{host}"


def _joined(place: str, options: list[tuple[str, str]]) -> str:
    # libpq does not read `+` as a blank.
    return f"{place}?{urlencode(options, quote_via=quote)}" if options else place
