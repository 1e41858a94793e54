"""psycopg, which an extra brings."""

from __future__ import annotations

from quoth.errors import MissingExtraError

try:
    import psycopg
    from psycopg import sql
    from psycopg.adapt import Buffer, Dumper, Loader
    from psycopg.pq import Format, TransactionStatus
    from psycopg.types.numeric import Int8Dumper
except ImportError as error:
    raise MissingExtraError(
        "a store in PostgreSQL needs psycopg, which is not installed: "
        "run pip install 'quoth[postgres]'"
    ) from error

__all__ = [
    "Buffer",
    "Dumper",
    "Format",
    "Int8Dumper",
    "Loader",
    "TransactionStatus",
    "psycopg",
    "sql",
]
