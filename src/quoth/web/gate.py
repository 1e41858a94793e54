"""Stands before what is served: what is let in, how large it may be, and what every answer carries.

An ASGI app around an ASGI app (https://asgi.readthedocs.io/en/stable/specs/www.html).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from quoth.web.allowed import (
    HEALTH,
    HEARTBEAT,
    UPLOAD,
    Headers,
    Rules,
    inner_path,
    is_allowed,
    is_foreign,
    is_known_host,
)
from quoth.web.bodies import (
    MAX_KEPT,
    MAX_REQUEST,
    Body,
    Message,
    Receive,
    RefusedError,
    kept_bytes,
    too_large,
)
from quoth.web.replies import SOON, Send, refusal_json, reply

Scope = dict[str, Any]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Report = dict[str, object]

_POLICY = "; ".join(
    (
        "default-src 'self'",
        # Gradio's page holds its settings in a script, and makes functions of the page's own code
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "script-src-attr 'none'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
SECURITY = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
"""Headers of every answer."""


class Gate:
    """Lets through to `app` what the rules allow.

    report: what /health tells; it may raise. max_upload: bytes of one upload, of all its files.
    `is_closing` refuses new questions; `busy` is how many requests are being answered, without the
    signs of life that a page listens to as long as it is open.
    """

    def __init__(
        self, app: App, rules: Rules, report: Callable[[], Report], *, max_upload: int
    ) -> None:
        self._app, self._rules, self._report = app, rules, report
        self._max_upload = max_upload
        self.is_closing = False
        self.busy = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or run the app's start and end."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            with self._counted(scope):
                await self._request(scope, receive, _with_headers(send))
        else:
            await send({"type": "websocket.close", "code": 1003})

    @contextmanager
    def _counted(self, scope: Scope) -> Iterator[None]:
        weight = 0 if HEARTBEAT in scope["path"] else 1
        self.busy += weight
        try:
            yield
        finally:
            self.busy -= weight

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: Headers = {name.lower(): value for name, value in scope["headers"]}
        path = inner_path(scope["path"], self._rules.prefix)
        try:
            await self._check(scope["method"], path, headers)
        except RefusedError as refused:
            await self._refuse(send, refused, path)
            return
        if path == HEALTH:
            await self._health(send)
        else:
            await self._passed(_inner(scope, path, self._rules), headers, receive, send)

    async def _check(self, method: str, path: str, headers: Headers) -> None:
        """Raises RefusedError."""
        if not is_known_host(headers, self._rules):
            raise RefusedError(421, "no such host here: give --root-path with the app's address")
        if is_foreign(path, headers, self._rules):
            raise RefusedError(403, "a page of another site may not ask this")
        if not is_allowed(method, path, self._rules):
            raise RefusedError(404, "there is nothing here")
        if self.is_closing and method == "POST":
            raise RefusedError(503, "the app is closing")
        if _length(headers) > (most := self._most(path)):
            raise too_large(most)
        if path == UPLOAD:
            await self._check_room(_length(headers))

    async def _check_room(self, more: int) -> None:
        folder = self._rules.uploads
        kept = 0 if folder is None else await asyncio.to_thread(kept_bytes, folder)
        if kept + more > MAX_KEPT:
            raise RefusedError(507, "no room for more files now: try again later")

    def _most(self, path: str) -> int:
        return self._max_upload if path == UPLOAD else MAX_REQUEST

    async def _passed(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        """Gradio's answer, unless the body turns out to be more than it may be."""
        body = Body(receive, self._most(scope["path"]), headers.get(b"content-type", b""))
        is_begun = False

        async def pass_on(message: Message) -> None:
            nonlocal is_begun
            if body.refused is None or is_begun:
                is_begun = True
                await send(message)

        try:
            await self._app(scope, body.receive, pass_on)
        except Exception:
            if body.refused is None:
                raise
        if body.refused is not None and not is_begun:
            await self._refuse(send, body.refused, scope["path"])

    async def _refuse(self, send: Send, refused: RefusedError, path: str) -> None:
        """Say why not: to Gradio's own pages in Gradio's way, to programs in ours."""
        status, line = refused.status, str(refused)
        is_typed = path.startswith(self._rules.routes.typed)
        content: Report = refusal_json(status, line) if is_typed else {"detail": line}
        await reply(send, status, content, headers=[SOON] if status == 503 else ())

    async def _health(self, send: Send) -> None:
        try:
            report = await asyncio.to_thread(self._report)
        except Exception as error:  # whatever it is, the app is of no use now
            await reply(send, 503, {"status": "failing", "error": type(error).__name__})
            return
        status = "closing" if self.is_closing else "ok"
        await reply(send, 503 if self.is_closing else 200, {"status": status} | report)


def _inner(scope: Scope, path: str, rules: Rules) -> Scope:
    """The request as Gradio shall see it: without the prefix, and without a stranger's word.

    Gradio takes the X-Forwarded-… and X-Gradio-… headers for the truth.
    """
    untrusted = (b"x-gradio-",) if rules.root else (b"x-gradio-", b"x-forwarded-", b"forwarded")
    headers = [(n, v) for n, v in scope["headers"] if not n.lower().startswith(untrusted)]
    return scope | {"path": path, "raw_path": path.encode(), "headers": headers}


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*_kept(message.get("headers", [])), *SECURITY]
        await send(message)

    return sending


def _kept(headers: list[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """The app's own headers: no leave for other origins, no cookie that they would send along."""
    own = {name for name, _ in SECURITY}
    for name, value in headers:
        if name.lower() == b"set-cookie":
            parts = [part.strip() for part in value.split(b";")]
            lax = [part for part in parts if not part.lower().startswith(b"samesite")]
            yield name, b"; ".join([*lax, b"SameSite=Lax"])
        elif not name.lower().startswith(b"access-control-") and name.lower() not in own:
            yield name, value


def _length(headers: Headers) -> int:
    told = headers.get(b"content-length", b"0")
    return int(told) if told.isdigit() else 0
