"""What other programs ask of a library, whatever way they come: search, ask, read, list.

    arguments.py    kinds of arguments: their JSON Schema, and the same as a check
    results.py      the JSON Schema of each result
    operations.py   the four operations: described, with their limits
    library.py      the operations done: arguments in, JSON-able dicts out
    failures.py     an exception → a code and one line
    turns.py        so many at once, so many waiting

No framework in here: `quoth.mcp` and `quoth.web.api` serve it.
"""

from quoth.services.failures import Failure, failure
from quoth.services.library import Library
from quoth.services.operations import OPERATIONS, Operation
from quoth.services.turns import Turns

__all__ = ["OPERATIONS", "Failure", "Library", "Operation", "Turns", "failure"]
