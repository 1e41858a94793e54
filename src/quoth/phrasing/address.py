"""Where a language model is asked, and the key that its server wants.

The key comes from the environment alone and is read when it is sent: no object holds it, so that
none can show it.
"""

from __future__ import annotations

import ipaddress
import os
import re
from typing import TYPE_CHECKING

from quoth.errors import UsageError
from quoth.text import one_line

if TYPE_CHECKING:
    import httpx

KEY = "QUOTH_LLM_KEY"
"""The environment variable with the key."""
_LONGEST = 2_000
_USABLE = re.compile(r"[\x21-\x7e]+")
_EXAMPLE = "such as http://127.0.0.1:11434/v1"


def checked_address(address: str) -> str:
    """The address without a slash at its end, if requests can be sent below it.

    Raises:
        UsageError: it is none of http or https, holds more than an address, or would send the key
            over an open connection to another computer.
    """
    import httpx

    given = address.strip().rstrip("/")
    try:
        if len(given) > _LONGEST:
            raise ValueError(f"it has more than {_LONGEST:,} characters")
        url = httpx.URL(given)
        _check(url)
    except (httpx.InvalidURL, ValueError) as error:
        # Never the address itself: what is wrong with it may be that it holds a password.
        raise UsageError(
            f"the language model's address cannot be used: {one_line(str(error), 100)}: expected "
            f"one {_EXAMPLE}"
        ) from error
    if key() and is_open(str(url)):
        raise UsageError(
            f"'{url.host}' is another computer and http is not encrypted: use https, or unset {KEY}"
        )
    return str(url).rstrip("/")


def key() -> str:
    """The key of the environment; "" for none. Raises UsageError for one that cannot be sent."""
    found = os.environ.get(KEY, "").strip()
    if found and not _USABLE.fullmatch(found):
        raise UsageError(f"{KEY} holds a blank or another character that no key has: set it again")
    return found


def is_open(address: str) -> bool:
    """Whether what is sent there could be read on its way: http, and not to this computer."""
    import httpx

    url = httpx.URL(address)
    return url.scheme == "http" and not (url.host == "localhost" or is_loopback(url.host))


def is_loopback(host: str) -> bool:
    """Whether a numeric address is this computer; False for a name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check(url: httpx.URL) -> None:
    """Raises ValueError."""
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("it does not begin with http:// or https://")
    if url.port is not None and not 0 < url.port < 65536:
        raise ValueError(f"there is no port {url.port}")
    if url.userinfo:
        raise ValueError(f"it holds a name or password, and a key belongs into {KEY}")
    if url.query or url.fragment:
        raise ValueError("it holds a question mark or a number sign")
