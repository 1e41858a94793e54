"""Where a Milvus server is, without the secret that it may ask for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from quoth.errors import UsageError

TOKEN, CERTIFICATES, SERVER_NAME = (
    "QUOTH_ENGINE_TOKEN",
    "QUOTH_ENGINE_CA",
    "QUOTH_ENGINE_SERVER_NAME",
)
_EXPECTED = "expected http://HOST:PORT, https://HOST:PORT, or a file of milvus-lite (FILE.db)"


@dataclass(frozen=True, slots=True)
class Address:
    """uri: what may be stored and shown. token: "user:password" or an API key, "" for none.

    certificates: a file of those that are trusted, "" for the usual ones. server_name: the one
    that the server's certificate has, "" for that of the address.
    """

    uri: str
    token: str = field(default="", repr=False)
    certificates: str = ""
    server_name: str = ""


def to_address(text: str, environment: Mapping[str, str] | None = None) -> Address:
    """`https://user:password@host:19530/database` and the like, and what the environment adds.

    A token in the text wins over $QUOTH_ENGINE_TOKEN. Raises UsageError, which shows no secret.
    """
    environment = os.environ if environment is None else environment
    if text.endswith(".db") and "://" not in text:
        return Address(os.path.abspath(text))
    parts = _split(text)
    certificates = environment.get(CERTIFICATES, "")
    if certificates and not os.path.isfile(certificates):
        raise UsageError(f"{CERTIFICATES} is {certificates!r}: name a file of PEM certificates")
    place = parts.netloc.rpartition("@")[2]
    uri = parts._replace(netloc=place, query="", fragment="").geturl().rstrip("/")
    token = _token(parts) or environment.get(TOKEN, "")
    return Address(uri, token, certificates, environment.get(SERVER_NAME, ""))


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass
    shown = text if "@" not in text else f"…@{text.rpartition('@')[2]}"
    raise UsageError(f"no address of a Milvus server: {shown!r}: {_EXPECTED}")


def _token(parts: SplitResult) -> str:
    user = unquote(parts.username or "")
    return f"{user}:{unquote(parts.password)}" if parts.password is not None else user
