"""The API described in OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1.html): pure."""

from __future__ import annotations

from quoth.services import OPERATIONS, Operation
from quoth.services.arguments import Schema, arguments_schema
from quoth.web.replies import STATUSES

ROUTES = {
    "/search": ("POST", "search"),
    "/ask": ("POST", "ask"),
    "/articles": ("GET", "list_articles"),
    "/article": ("GET", "read_article"),
}
"""Path → method and operation. What reads a question takes it in the body, out of sight of logs."""

_ABOUT = (
    "Verbatim quotes from one library of articles, for other programs. All requests only read. "
    "Every error has the shape of the schema `Error`; its `message` is one line for people."
)
_EVENTS = (
    "Server-sent events, where `Accept` asks for `text/event-stream`: `reading` with "
    '{"articles", "passages"} when its turn has come, a `quote` for each quote of the answer, then '
    '`done` with the whole answer; or `error` with {"error": {"code", "message"}}. Quotes are '
    "known all at the same moment: they come one by one, not sooner."
)
_ERRORS = {
    400: "Not what the schema asks for.",
    401: "An account is needed: HTTP Basic, or the session of the browser app.",
    403: "A page of another site may not ask this.",
    404: "There is no such article.",
    408: "The body stopped coming.",
    413: "The body has more than 1 MB.",
    415: "The body is not application/json.",
    421: "The server does not go by this name.",
    422: "As the schema asks, but it cannot be meant: a blank question, a pattern or date that no "
    "article has, an offset behind the end.",
    500: "A fault inside; the log of the server has it.",
    503: "Too many ask, the server is closing, or the index cannot be used now.",
}


def openapi(address: str) -> Schema:
    """The whole description. address: where the API is found, a path or with its host."""
    from quoth import __version__

    return {
        "openapi": "3.1.0",
        "info": {"title": "quoth", "version": __version__, "description": _ABOUT},
        "servers": [{"url": address}],
        "paths": {
            path: {method.lower(): _operation(method, OPERATIONS[name])}
            for path, (method, name) in ROUTES.items()
        },
        "components": {
            "schemas": {one.name: one.result for one in OPERATIONS.values()} | {"Error": _error()},
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
        },
        "security": [{}, {"basic": []}],
    }


def _operation(method: str, operation: Operation) -> Schema:
    described: Schema = {
        "operationId": operation.name,
        "summary": operation.title,
        "description": operation.tells,
    }
    if method == "POST":
        content = {"application/json": {"schema": arguments_schema(operation.arguments)}}
        described["requestBody"] = {"required": True, "content": content}
    else:
        described["parameters"] = _parameters(operation)
    return described | {"responses": _responses(method, operation)}


def _parameters(operation: Operation) -> list[Schema]:
    return [
        {"name": name, "in": "query", "required": one.is_required, "schema": one.schema()}
        for name, one in operation.arguments.items()
    ]


def _responses(method: str, operation: Operation) -> Schema:
    content: Schema = {
        "application/json": {"schema": {"$ref": f"#/components/schemas/{operation.name}"}}
    }
    tells = operation.title
    if operation.name == "ask":
        content["text/event-stream"] = {"schema": {"type": "string", "description": _EVENTS}}
    failed = {str(status): _failed(status) for status in _statuses(method, operation)}
    return {"200": {"description": tells, "content": content}, **failed}


def _statuses(method: str, operation: Operation) -> list[int]:
    absent = set() if method == "POST" else {408, 413, 415}
    absent |= set() if operation.name == "read_article" else {404}
    return [status for status in _ERRORS if status not in absent]


def _failed(status: int) -> Schema:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    headers: Schema = {}
    if status == 401:
        headers = {"headers": {"WWW-Authenticate": {"schema": {"type": "string"}}}}
    if status == 503:
        headers = {"headers": {"Retry-After": {"schema": {"type": "integer"}}}}
    return {"description": _ERRORS[status], "content": content, **headers}


def _error() -> Schema:
    code = {"type": "string", "enum": list(STATUSES), "description": "For programs."}
    message = {"type": "string", "description": "For people: what, which value, what to do."}
    return {
        "type": "object",
        "properties": {
            "error": {
                "type": "object",
                "properties": {"code": code, "message": message},
                "required": ["code", "message"],
                "additionalProperties": False,
            }
        },
        "required": ["error"],
        "additionalProperties": False,
    }
