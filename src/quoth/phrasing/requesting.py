"""One request to a language model's server: its reply's body, with limits on size and time.

Nothing is followed, nothing unpacked, no proxy of the environment asked: the address that the
user named is connected to, and no other. Imported by `asking` on use, as it imports httpcore.
"""

from __future__ import annotations

from http import HTTPStatus

import httpcore
import httpx

import quoth
from quoth.articles.addresses import Resolve, resolve_name, resolve_within
from quoth.articles.network import CheckedBackend, connect_tcp
from quoth.articles.options import MEGABYTE
from quoth.articles.requesting import Limits
from quoth.errors import ArticleError, PhrasingError, UsageError
from quoth.phrasing.address import is_loopback, is_open, key
from quoth.text import one_line

MAX_BYTES = MEGABYTE
"""Of a reply: a few sentences, and what servers tell of how they came about."""
_HINTS = {
    401: ": set QUOTH_LLM_KEY to its key",
    403: ": set QUOTH_LLM_KEY to its key",
    404: ": most addresses end in /v1, and the model must be one that it has",
}


def request(address: str, body: bytes | None, seconds: float) -> bytes:
    """What the server says at `address`; body: JSON that is posted there, None for a plain GET.

    Raises:
        PhrasingError: why there is no reply, without naming the address.
    """
    limits = Limits.from_now(MAX_BYTES, seconds)
    try:
        secret = key()
        backend = CheckedBackend(connect_tcp, _addresses(limits, bool(secret)), limits.left)
        with httpcore.ConnectionPool(network_backend=backend) as pool:
            return _reply(pool, httpx.URL(address), _headers(address, secret), body, limits)
    except (ArticleError, UsageError) as error:  # the limits, the look-up of names; the key
        raise PhrasingError(str(error)) from error
    except httpcore.TimeoutException as error:
        raise PhrasingError(limits.too_slow()) from error
    except httpcore.NetworkError as error:
        said = one_line(str(error), 150) or type(error).__name__
        raise PhrasingError(f"the connection failed: {said}") from error
    except httpcore.ProtocolError as error:  # whose words may be the server's, and these the key
        raise PhrasingError("the server breaks off, or speaks something else than HTTP") from error


def _headers(address: str, secret: str) -> dict[bytes | str, bytes | str]:
    headers: dict[bytes | str, bytes | str] = {
        "Host": httpx.URL(address).netloc.decode("ascii"),
        "User-Agent": f"quoth/{quoth.__version__}",
        "Accept": "application/json",
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    if secret and is_open(address):
        raise PhrasingError("http to another computer is not encrypted, so no key is sent there")
    return headers | ({"Authorization": f"Bearer {secret}"} if secret else {})


def _addresses(limits: Limits, has_key: bool) -> Resolve:
    """What the host's name stands for; with a key, `localhost` must be this computer."""

    def addresses(host: str, port: int) -> list[str]:
        found = list(resolve_within(limits.left(), resolve_name, host, port))
        if has_key and host == "localhost" and not all(map(is_loopback, found)):
            raise PhrasingError("'localhost' is another computer here, so no key is sent there")
        return found

    return addresses


def _reply(
    pool: httpcore.ConnectionPool,
    url: httpx.URL,
    headers: dict[bytes | str, bytes | str],
    body: bytes | None,
    limits: Limits,
) -> bytes:
    place = httpcore.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )
    method = "GET" if body is None else "POST"
    headers = headers | ({} if body is None else {"Content-Length": str(len(body))})
    with pool.stream(method, place, headers=headers, content=body) as response:
        _check_status(response.status)
        data = b""
        for chunk in response.iter_stream():
            limits.left()
            data += chunk
            limits.check(len(data))
        return data


def _check_status(status: int) -> None:
    """Raises PhrasingError. The body of an error is not shown: some servers repeat the key."""
    if 300 <= status < 400:
        raise PhrasingError("the server redirects elsewhere: give the address where it answers")
    if status != HTTPStatus.OK:
        try:
            named = f"{status} {HTTPStatus(status).phrase}"
        except ValueError:
            named = str(status)
        raise PhrasingError(f"the server says {named}{_HINTS.get(status, '')}")
