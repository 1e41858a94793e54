"""The JSON API as it is served, in this process: behind the gate, at its place, without Gradio."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from small_indexes import build, write
from starlette.applications import Starlette
from starlette.routing import Mount

from quoth import Answerer
from quoth.services import Turns
from quoth.web.allowed import JSON_API, Rules
from quoth.web.api import create_api
from quoth.web.bodies import MEGABYTE
from quoth.web.credentials import Credentials, Guarded
from quoth.web.gate import Gate


@contextmanager
def small_answerer(folder: Path, *, threshold: float = 0.0) -> Iterator[Answerer]:
    """Over the three articles of small_indexes; it answers every question."""
    with build(write(folder / "articles"), folder / "index") as index:
        yield Answerer(index, reader="none", threshold=threshold)


def gated(
    answerer: Answerer,
    *,
    turns: Turns | None = None,
    credentials: Credentials | None = None,
    **rules: Any,
) -> Gate:
    """The API behind the gate. rules: of `Rules`."""
    api = create_api(answerer, turns=turns)
    outer = Starlette(routes=[Mount(JSON_API, Guarded(api, credentials or Credentials()))])
    return Gate(outer, Rules(uploads=None, **rules), dict, max_upload=MEGABYTE)


def ask(gate: Any, method: str, path: str, **options: Any) -> httpx.Response:
    """One request to it. path: behind the API's place."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=gate)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, f"{JSON_API}{path}", **options)

    return asyncio.run(asked())
