"""A PDF's pages are drawn in a process of their own: a bad file harms nobody.

Both sides of the pipe. The process is made for one drawing, and has the limits of the one that
reads files (`child`); what it says is outside input.
"""

from __future__ import annotations

import base64
import json
import math
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from quoth.articles.child import MEMORY_BYTES, Alarm, limit, own_streams
from quoth.articles.isolation import environment, signal_name
from quoth.articles.loaders.pdf_columns import Box
from quoth.articles.options import MEGABYTE
from quoth.articles.pdf_pages import PageBoxes, drawn_pages
from quoth.articles.wire import MAX_REQUEST, WireError, packed, receive
from quoth.errors import ArticleError
from quoth.records import PathLike, Span
from quoth.text import one_line

SECONDS = 30.0
_COMMAND = (sys.executable, "-P", "-c", "from quoth.articles.drawing import serve; serve()")
_MAX_REPLY = 64 * MEGABYTE
_HEAD = 24  # bytes of a PNG up to its width and height
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Drawing:
    """boxes: for each span, where it stands. pngs: the pages asked for."""

    boxes: tuple[tuple[PageBoxes, ...], ...]
    pngs: tuple[bytes, ...]


def draw(
    path: PathLike,
    sha256: str,
    spans: Sequence[Span],
    pages: Sequence[int],
    *,
    scale: float,
    seconds: float = SECONDS,
    command: Sequence[str] = _COMMAND,
) -> Drawing:
    """`drawn_pages` of the file at `path`, in a process of its own.

    Raises ArticleError as that does, and where it takes longer, more memory, or crashes.
    """
    try:
        with open(path, "rb") as file:
            data = file.read()
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment(),
        )  # fmt: skip
    except (OSError, ValueError) as error:
        raise ArticleError(f"cannot draw '{path}': {error}") from error
    about = {"sha256": sha256, "spans": spans, "pages": pages, "scale": scale, "size": len(data)}
    late = threading.Timer(seconds, process.kill)
    with process:
        late.start()
        try:
            return _conversation(process, packed(about) + data)
        except (OSError, ValueError, KeyError, TypeError, WireError) as error:
            raise ArticleError(f"cannot draw '{path}': {_reason(process, late, error)}") from error
        finally:
            late.cancel()
            process.kill()


def _conversation(process: subprocess.Popen[bytes], request: bytes) -> Drawing:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(request)
    process.stdin.flush()
    message = receive(process.stdout, _MAX_REPLY)  # type: ignore[arg-type]
    if message is None:
        raise WireError("the stream ended")
    said = json.loads(message)
    if "error" in said:
        raise ArticleError(one_line(str(said["error"]), 1_000))
    return Drawing(tuple(map(_boxes, said["boxes"])), tuple(map(_png, said["pngs"])))


def _reason(process: subprocess.Popen[bytes], late: threading.Timer, error: Exception) -> str:
    if late.finished.is_set():
        return "it takes too long"
    try:
        return f"that crashed ({signal_name(process.wait(1))})"
    except subprocess.TimeoutExpired:
        return f"what came is no drawing: {one_line(str(error), 200)}"


def _boxes(values: object) -> tuple[PageBoxes, ...]:
    """Raises TypeError, ValueError for what are no boxes."""
    found = []
    for page, width, height, boxes in values:  # type: ignore[attr-defined]
        sides = [_number(side) for box in boxes for side in box]
        some = tuple(Box(*sides[n : n + 4]) for n in range(0, len(sides), 4))
        found.append(PageBoxes(int(page), _number(width), _number(height), some))
    return tuple(found)


def _number(value: object) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no length")
    return float(value)


def _png(text: object) -> bytes:
    picture = base64.b64decode(str(text), validate=True)
    if not picture.startswith(_PNG) or len(picture) < _HEAD:
        raise ValueError("a picture that is no PNG")
    return picture


def serve() -> None:
    """The process's side: one request from standard input, one reply."""
    requests, replies = own_streams()
    limit(MEMORY_BYTES)
    about = json.loads(receive(requests, MAX_REQUEST) or b"{}")
    data = requests.read(about["size"])
    with Alarm(SECONDS):
        replies.write(packed(_reply(data, about)))
        replies.flush()


def _reply(data: bytes, about: dict[str, Any]) -> dict[str, object]:
    try:
        spans = [Span(*span) for span in about["spans"]]
        pages, scale = about["pages"], about["scale"]
        boxes, pngs = drawn_pages(data, about["sha256"], spans, pages, scale)
    except ArticleError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "drawing it takes more memory than it may"}
    except Exception as error:  # a parser's own errors are as many as its lines
        return {"error": f"{type(error).__name__}: {one_line(str(error), 200)}"}
    return {
        "boxes": [[astuple(place) for place in places] for places in boxes],
        "pngs": [base64.b64encode(png).decode() for png in pngs],
    }
