"""Who may use what is not the page: by HTTP Basic, by a bearer token, or by the app's own session.

HTTP Basic is RFC 7617, bearer tokens are RFC 6750.
"""

from __future__ import annotations

import binascii
import hmac
import os
import re
import secrets
from base64 import b64decode
from collections.abc import Callable, Mapping
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any

from quoth.errors import UsageError
from quoth.web.auth import Login
from quoth.web.replies import error_json, reply

Session = Callable[[Mapping[str, str]], bool]
"""Called with a request's cookies: whether they are those of someone who has logged in."""

SHORTEST_TOKEN = 16
"""Characters that a token has to have."""
_KEPT = 1_000  # accounts' digests
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


def read_token(path: str | os.PathLike[str]) -> str:
    """The bearer token that a file holds, on its one line. Raises UsageError."""
    try:
        token = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read the token in {str(path)!r}: write one line of letters and digits"
        ) from error
    if not _TOKEN.fullmatch(token) or len(token) < SHORTEST_TOKEN:
        raise UsageError(
            f"{str(path)!r} holds no token: write one line of at least {SHORTEST_TOKEN} letters "
            "and digits, such as `openssl rand -hex 32` prints"
        )
    return token


class Credentials:
    """Lets in whoever shows one of what is given here; everybody where nothing is.

    A password that was right is known again by a digest, under a key of this process alone: a
    program sends it with each request, and checking it as slowly as at a login takes a quarter of
    a second.
    """

    def __init__(
        self, *, accounts: Login | None = None, token: str = "", session: Session | None = None
    ) -> None:
        self._accounts, self._token, self._session = accounts, token, session
        self._key = secrets.token_bytes(32)
        self._known: set[bytes] = set()

    async def let_in(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether these are the headers, by their names in lower case, of one who may come in."""
        if self._accounts is None and not self._token:
            return True
        if self._session is not None and self._session(_cookies(headers)):
            return True
        scheme, _, shown = headers.get(b"authorization", b"").strip().partition(b" ")
        if scheme.lower() == b"bearer" and self._token:
            return hmac.compare_digest(shown.strip(), self._token.encode())
        if scheme.lower() == b"basic" and self._accounts is not None:
            return await self._has_account(self._accounts, shown.strip())
        return False

    @property
    def challenges(self) -> list[tuple[bytes, bytes]]:
        """Headers that tell what could be shown."""
        kinds = [b'Basic realm="quoth", charset="UTF-8"'] if self._accounts is not None else []
        kinds += [b'Bearer realm="quoth"'] if self._token else []
        return [(b"www-authenticate", kind) for kind in kinds]

    @property
    def remedy(self) -> str:
        """What to do, for people."""
        accounts = ["an account's name and password"] if self._accounts is not None else []
        tokens = ["the bearer token"] if self._token else []
        return f"send {' or '.join([*accounts, *tokens])}"

    async def _has_account(self, accounts: Login, shown: bytes) -> bool:
        digest = hmac.new(self._key, shown, sha256).digest()
        if digest in self._known:
            return True
        try:
            name, _, password = b64decode(shown, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        is_right = await accounts(name, password)
        if is_right and len(self._known) < _KEPT:
            self._known.add(digest)
        return is_right


class Guarded:
    """An ASGI app that only those get to who show their credentials."""

    def __init__(self, app: Any, credentials: Credentials) -> None:
        self._app, self._credentials = app, credentials

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the request on, or answer 401."""
        if scope["type"] == "http":
            headers = {name.lower(): value for name, value in scope["headers"]}
            if not await self._credentials.let_in(headers):
                told = error_json("unauthorized", f"who are you? {self._credentials.remedy}")
                await reply(send, 401, told, headers=self._credentials.challenges)
                return
        await self._app(scope, receive, send)


def _cookies(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    try:
        jar = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}
