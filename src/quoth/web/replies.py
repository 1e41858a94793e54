"""An answer of JSON, sent by ASGI's own means; and the one shape that all errors have."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable

from quoth.web.bodies import Message

Send = Callable[[Message], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

STATUSES = {
    "bad_request": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "timeout": 408,
    "too_large": 413,
    "unsupported_media_type": 415,
    "misdirected": 421,
    "unusable": 422,
    "internal": 500,
    "busy": 503,
    "closing": 503,
    "index_unusable": 503,
}
"""The code of each error, and the HTTP status that goes with it."""
_GATES = {status: code for code, status in STATUSES.items()} | {503: "closing"}
SOON = (b"retry-after", b"1")
"""Goes with 503: the seconds until it may be tried again."""


def error_json(code: str, line: str) -> dict[str, object]:
    """The shape of every error. code: one of `STATUSES`. line: for people."""
    return {"error": {"code": code, "message": line}}


def refusal_json(status: int, line: str) -> dict[str, object]:
    """The same for what the gate refuses, by status."""
    return error_json(_GATES[status], line)


def json_bytes(content: object) -> bytes:
    """JSON in UTF-8, text as it is; a lone surrogate as its own escape."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace")


async def reply(
    send: Send, status: int, content: dict[str, object], *, headers: Headers = ()
) -> None:
    """Send the whole answer; nothing keeps a copy of it."""
    body = json_bytes(content)
    told = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})
