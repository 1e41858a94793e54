"""A request → the arguments of an operation, still to be checked, and how it wants its answer."""

from __future__ import annotations

from fastapi import Request
from starlette.requests import ClientDisconnect  # of FastAPI, which does not pass it on

from quoth.cli.requests import parse_object
from quoth.errors import UsageError
from quoth.services.arguments import ArgumentError, Arguments

EVENTS = "text/event-stream"


class MediaTypeError(UsageError):
    """A body that is no JSON."""


async def given_in_body(request: Request) -> dict[str, object]:
    """What the JSON object in the body holds. Raises MediaTypeError, ArgumentError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise MediaTypeError(f"the body is {kind[:80]!r}: send application/json")
    try:
        return parse_object(await request.body())
    except UsageError as error:
        raise ArgumentError(f"the body is {error}") from error
    except ClientDisconnect as error:
        raise ArgumentError("the body broke off") from error


def given_in_query(request: Request, arguments: Arguments) -> dict[str, object]:
    """What the address holds after its `?`. Raises ArgumentError."""
    given: dict[str, object] = {}
    for name, text in request.query_params.multi_items():
        if name in given:
            raise ArgumentError(f"{name[:80]} is given twice: give it once")
        given[name] = arguments[name].parsed(text) if name in arguments else text
    return given


def wants_events(request: Request) -> bool:
    """Whether the answer shall come as server-sent events."""
    accepted = request.headers.get("accept", "").lower().split(",")
    return EVENTS in (each.partition(";")[0].strip() for each in accepted)
