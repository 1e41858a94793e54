"""The API's routes, and what happens on each: arguments in, JSON out, errors in one shape."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse

from quoth.cli.output import Json
from quoth.services import OPERATIONS, Failure, Library, Operation, Turns, failure
from quoth.web.api.openapi import ROUTES, openapi
from quoth.web.api.page import openapi_html
from quoth.web.api.requests import (
    EVENTS,
    MediaTypeError,
    given_in_body,
    given_in_query,
    wants_events,
)
from quoth.web.api.streaming import answer_events
from quoth.web.bodies import RefusedError
from quoth.web.replies import SOON, STATUSES, error_json, json_bytes

if TYPE_CHECKING:
    from quoth.answering import Answerer

_NO_STORE = {"cache-control": "no-store"}
_NO_ROUTE = {404: "not_found", 405: "method_not_allowed"}
_Handler = Callable[[Request], Awaitable[Response]]


def create_api(answerer: Answerer, *, address: str = "/api/v1", turns: Turns | None = None) -> Any:
    """The ASGI app of the API. address: where it is found, for its description.

    turns: how many requests are answered at a time, and how many wait; by default `Turns()`.
    """
    api = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    desk = _Desk(Library(answerer), turns or Turns())
    for path, (method, name) in ROUTES.items():
        handler = desk.ask if name == "ask" else partial(desk.answer, OPERATIONS[name])
        _add(api, path, method, handler)
    described = openapi(address)
    _add(api, "/openapi.json", "GET", _given(_json(described)))
    _add(api, "/", "GET", _given(HTMLResponse(openapi_html(described))))
    for status in _NO_ROUTE:
        api.add_exception_handler(status, partial(_no_route, address))
    return api


class _Desk:
    """Answers requests, each in its turn."""

    def __init__(self, library: Library, turns: Turns) -> None:
        self._library, self._turns = library, turns

    async def answer(self, operation: Operation, request: Request) -> Response:
        """The operation's result as JSON."""
        return await _told(self._answered(operation, request))

    async def ask(self, request: Request) -> Response:
        """An answer: as events where they are wanted, else as JSON."""
        work = self._streamed if wants_events(request) else self._answered
        return await _told(work(OPERATIONS["ask"], request))

    async def _answered(self, operation: Operation, request: Request) -> Response:
        arguments = await self._arguments(operation, request)
        return _json(await self._turns.take(self._work(operation.name, arguments)))

    async def _streamed(self, operation: Operation, request: Request) -> Response:
        """What can be wrong before the first event has a status of its own."""
        arguments = await self._arguments(operation, request)
        self._turns.require_room()
        headers = _NO_STORE | {"x-accel-buffering": "no"}
        return StreamingResponse(self._events(arguments), media_type=EVENTS, headers=headers)

    def _events(self, arguments: Mapping[str, Any]) -> AsyncIterator[bytes]:
        work = self._work("ask", arguments)

        def ask(tell: Callable[[Json], None]) -> Awaitable[Json]:
            def told() -> Json:
                articles, passages = self._library.index.totals()
                tell({"articles": articles, "passages": passages})
                return work()

            return self._turns.take(told)

        return answer_events(ask)

    async def _arguments(self, operation: Operation, request: Request) -> dict[str, Any]:
        """All of them, checked. Raises ArgumentError, UsageError, MediaTypeError."""
        if request.method == "POST":
            given = await given_in_body(request)
        else:
            given = given_in_query(request, operation.arguments)
        return self._library.checked(operation.name, given)

    def _work(self, name: str, arguments: Mapping[str, Any]) -> Callable[[], Json]:
        return partial(self._library.do, name, arguments)


async def _told(answering: Awaitable[Response]) -> Response:
    """The answer, or the error in the one shape; what the gate refuses, it tells itself."""
    try:
        return await answering
    except RefusedError:
        raise
    except Exception as error:
        return _failed(error)


def _add(api: FastAPI, path: str, method: str, handler: _Handler) -> None:
    """HEAD goes wherever GET does."""

    async def endpoint(request: Request) -> Response:
        return await handler(request)

    methods = ["GET", "HEAD"] if method == "GET" else [method]
    api.add_route(path, endpoint, methods=methods)


def _given(response: Response) -> _Handler:
    async def handler(_: Request) -> Response:
        return response

    return handler


def _json(content: object, status: int = 200, headers: Mapping[str, str] = _NO_STORE) -> Response:
    return Response(json_bytes(content), status, dict(headers), "application/json")


def _failed(error: Exception) -> Response:
    if isinstance(error, MediaTypeError):
        told = Failure("unsupported_media_type", str(error))
    else:
        told = failure(error)
    status = STATUSES[told.code]
    soon = {SOON[0].decode(): SOON[1].decode()} if status == 503 else {}
    return _json(error_json(*told), status, _NO_STORE | soon)


async def _no_route(address: str, request: Request, error: Exception) -> Response:
    """What the router says of a path or a method that it does not know."""
    status: int = getattr(error, "status_code", 404)
    headers: Mapping[str, str] = getattr(error, "headers", None) or {}
    line = f"there is no {request.method} here: {address}/ shows what there is"
    return _json(error_json(_NO_ROUTE[status], line), status, {**_NO_STORE, **headers})
