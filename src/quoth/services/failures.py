"""An exception → a code for programs and one line for people."""

from __future__ import annotations

import logging
from typing import NamedTuple

from quoth.cli.failures import clean_line
from quoth.errors import QuothError, UsageError
from quoth.services.arguments import ArgumentError

_log = logging.getLogger(__name__)

_INTERNAL = "something went wrong inside; what it was is in the server's log"


class UnknownArticleError(UsageError):
    """There is no article of that source."""


class BusyError(QuothError):
    """More is asked than can wait."""


class Failure(NamedTuple):
    """What went wrong. code: one of `CODES`."""

    code: str
    line: str


CODES: dict[type[QuothError], str] = {
    ArgumentError: "bad_request",
    UnknownArticleError: "not_found",
    UsageError: "unusable",
    BusyError: "busy",
    QuothError: "index_unusable",
}
"""The code of each class of errors, the narrower classes first; all others are `internal`."""


def failure(error: Exception) -> Failure:
    """What is told of an error; one that was not raised on purpose is written to the log alone."""
    for kind, code in CODES.items():
        if isinstance(error, kind):
            return Failure(code, clean_line(str(error)))
    _log.error("an operation failed", exc_info=error)
    return Failure("internal", _INTERNAL)
