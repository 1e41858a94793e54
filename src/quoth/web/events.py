"""What the events of the Library and Evaluate tabs share."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import gradio as gr

from quoth.errors import QuothError
from quoth.records import Progress

PRIVATE: dict[str, Any] = {"api_visibility": "private"}
"""Events that are the page's own."""
QUIET: dict[str, Any] = {**PRIVATE, "show_progress": "hidden"}
"""Those that are over at once."""
WRITES: dict[str, Any] = {**PRIVATE, "concurrency_id": "write", "concurrency_limit": 1}
"""Those that write to the index: each waits for the one before it."""
UNEXPECTED = "Something went wrong inside the app; what it was is in its log."
_Shown = TypeVar("_Shown")

_log = logging.getLogger(__name__)


def guarded(work: Callable[[], _Shown], otherwise: Callable[[str], _Shown]) -> _Shown:
    """What `work` gives, or `otherwise` with a line that says what went wrong."""
    try:
        return work()
    except QuothError as error:
        return otherwise(_sentence(str(error)))
    except Exception:
        _log.exception("an event failed")
        return otherwise(UNEXPECTED)


def telling(progress: gr.Progress, stages: Mapping[str, str]) -> Progress:
    """Shows how far work is. stages: what each is called."""

    def told(stage: str, done: int, total: int) -> None:
        if stage == "comparing" and done == total:
            stage, done = "embedding", 0  # which says nothing until some of it is done
        progress(done / max(total, 1), desc=stages.get(stage, stage.capitalize()))

    return told


def _sentence(line: str) -> str:
    """An error's line as it reads on a page: with a capital and a full stop."""
    return f"{line[:1].upper()}{line[1:]}{'' if line.endswith(('.', '!', '?')) else '.'}"
