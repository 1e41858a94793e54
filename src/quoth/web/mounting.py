"""Gradio's app below our own: what it may do, and the JSON API beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gradio as gr
from fastapi import FastAPI

from quoth.web import looks
from quoth.web.allowed import JSON_API, Rules
from quoth.web.api import create_api
from quoth.web.auth import Login
from quoth.web.bodies import MEGABYTE
from quoth.web.credentials import Credentials, Guarded

if TYPE_CHECKING:
    from quoth.answering import Answerer

SESSIONS = 1000
"""Visitors whose last answer is remembered; the one longest away is forgotten first."""
KEPT_SECONDS = 3600
"""How long an uploaded file is kept that did not become an article."""


def mounted(
    app: gr.Blocks,
    answerer: Answerer,
    rules: Rules,
    accounts: Login | None,
    max_upload: int,
) -> FastAPI:
    """Gradio's app, mounted, with all that it brings turned off but the pages, after the API."""
    app.state_session_capacity = SESSIONS
    app.delete_cache = (KEPT_SECONDS // 4, KEPT_SECONDS)
    app.has_launched = True  # else Gradio takes any path for an uploaded file
    outer = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    guards = Credentials(accounts=accounts, session=lambda cookies: _has_session(outer, cookies))
    api = create_api(answerer, address=f"{rules.root}{JSON_API}")
    outer.mount(JSON_API, Guarded(api, guards))  # before Gradio's, which takes every path
    gr.mount_gradio_app(
        outer,
        app,
        path="/",
        auth=accounts,
        root_path=rules.root,
        allowed_paths=[],
        blocked_paths=[],
        show_error=False,
        max_file_size=max_upload * MEGABYTE,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        run_history=False,
        footer_links=[],
        theme=looks.theme(),
        head=looks.head(),
        favicon_path=looks.FAVICON,
    )
    return outer


def _has_session(outer: FastAPI, cookies: Mapping[str, str]) -> bool:
    """Whether the cookies are those of someone who has logged in to Gradio's app."""
    inner: Any = outer.routes[-1]
    names = (f"access-token{kind}-{inner.app.cookie_id}" for kind in ("", "-unsecure"))
    return any(cookies.get(name) in inner.app.tokens for name in names)


def close(app: gr.Blocks, outer: FastAPI) -> None:
    """End what runs as long as the app does: the queue, and each open page's signs of life."""
    app._queue.close()  # type: ignore[no-untyped-call]
    inner: Any = outer.routes[-1]
    inner.app.stop_event.set()
