"""Both kinds of place that a store can be at, and how to damage what lies there."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import psycopg

from quoth.database import Address, Place


def execute(place: Place, statement: str, *values: object) -> int:
    """Run a statement past the store; how many rows it changed."""
    if isinstance(place, Address):
        with psycopg.connect(place.server, options=f"-csearch_path={place.schema}") as connection:
            return connection.execute(statement.replace("?", "%s"), values).rowcount
    with closing(sqlite3.connect(place)) as database, database:
        return database.execute(statement, values).rowcount


def rows(place: Place, statement: str, *values: object) -> list[tuple[object, ...]]:
    """What a query past the store gives."""
    if isinstance(place, Address):
        with psycopg.connect(place.server, options=f"-csearch_path={place.schema}") as connection:
            return connection.execute(statement.replace("?", "%s"), values).fetchall()
    with closing(sqlite3.connect(place)) as database:
        return database.execute(statement, values).fetchall()
