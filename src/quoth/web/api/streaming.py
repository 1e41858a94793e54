"""An answer as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html

    reading   {"articles", "passages"}: its turn has come; among how many is looked
    quote     a quote of the answer, for each in turn; none where the articles do not answer
    done      the whole answer, as it comes without events
    error     {"error": {"code", "message"}}, in place of the others

Which quotes answer is known for all of them at the same moment, when every candidate is read: until
then there is nothing to tell but that it is being read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from quoth.cli.output import Json
from quoth.services import failure
from quoth.web.replies import error_json, json_bytes

ALIVE = 15.0
"""Seconds after which a comment shows that the answer still comes."""

_COMMENT = b": still at it\n\n"


async def answer_events(
    ask: Callable[[Callable[[Json], None]], Awaitable[Json]],
) -> AsyncIterator[bytes]:
    """The events of one answer, as bytes.

    ask: gives the answer; it calls what it is given once, from any thread, when its turn has come.
    """
    loop = asyncio.get_running_loop()
    begun: asyncio.Future[Json] = loop.create_future()

    def tell(reading: Json) -> None:
        loop.call_soon_threadsafe(begun.set_result, reading)

    asked = asyncio.ensure_future(ask(tell))
    try:
        async for part in _events(begun, asked):
            yield part
    finally:  # also where whoever asked has gone
        asked.add_done_callback(lambda one: one.cancelled() or one.exception())
        if not begun.done():  # what is being read keeps its turn until it is read
            asked.cancel()


async def _events(begun: asyncio.Future[Json], asked: asyncio.Future[Json]) -> AsyncIterator[bytes]:
    async for comment in _signs_of_life(begun, asked):
        yield comment
    if begun.done():
        yield _event("reading", begun.result())
    async for comment in _signs_of_life(asked):
        yield comment
    try:
        answer = asked.result()
    except Exception as error:
        yield _event("error", error_json(*failure(error)))
        return
    for quote in _quotes(answer):
        yield _event("quote", quote)
    yield _event("done", answer)


async def _signs_of_life(*awaited: asyncio.Future[Json]) -> AsyncIterator[bytes]:
    """A comment now and then, until one of them is there."""
    while not any(one.done() for one in awaited):
        done, _ = await asyncio.wait(awaited, timeout=ALIVE, return_when="FIRST_COMPLETED")
        if not done:
            yield _COMMENT


def _quotes(answer: Json) -> list[Json]:
    quotes = answer["quotes"]
    return quotes if isinstance(quotes, list) else []


def _event(name: str, content: Json) -> bytes:
    """JSON has no line ends of its own, so that one `data` line holds it."""
    return b"event: " + name.encode() + b"\ndata: " + json_bytes(content) + b"\n\n"
