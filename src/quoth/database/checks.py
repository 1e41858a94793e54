"""What PostgreSQL can say of its own tables and indexes, for `verify`."""

from __future__ import annotations

from quoth.database import tables
from quoth.database.address import Address
from quoth.database.connecting import Connection
from quoth.database.contract import Schema
from quoth.database.driver import psycopg, sql

_ORPHANS = (
    ("article", "file", "file"),
    ("passage", "article", "article"),
    ("kept", "file", "file"),
    ("kept", "article", "article"),
)
"""Of which table which column names the id of a row of which other."""
_CONSTRAINTS = {"p": 5, "f": 4, "x": 2}
"""How many primary keys, foreign keys and exclusions the tables were made with."""


def problems(connection: Connection, address: Address, schema: Schema) -> list[str]:
    """What is wrong with the tables of the schema, a line each; [] is nothing.

    Compares the columns with those that were made, and foreign keys with what they name, and sees
    that no constraint or index was taken out or is invalid. Where the extension amcheck is there,
    and the user may call it, tables and indexes are read through.
    """
    lines = tables.altered(connection, address, schema)
    lines += [] if lines else _orphans(connection)
    lines += _constraints(connection, address) + _indexes(connection, address)
    if extension := _amcheck(connection):
        lines += _structure(connection, address, extension)
    return [f"PostgreSQL: {line}" for line in lines]


def _orphans(connection: Connection) -> list[str]:
    found = []
    for table, column, other in _ORPHANS:
        [(number,)] = connection.execute(
            f"select count(*) from {table} where {column} is not null and not exists"
            f" (select 1 from {other} where {other}.id = {table}.{column})"
        ).fetchall()
        found += [f"{number} rows of {table} belong to nothing"] if number else []
    return found


def _constraints(connection: Connection, address: Address) -> list[str]:
    rows = connection.execute(
        "select contype::text, count(*) from pg_constraint where connamespace = %s::regnamespace"
        " and convalidated group by contype",
        (address.schema,),
    ).fetchall()
    there: dict[str, int] = dict(rows)
    wrong = [kind for kind, number in _CONSTRAINTS.items() if there.get(kind, 0) < number]
    return ["constraints are missing or not valid"] if wrong else []


def _indexes(connection: Connection, address: Address) -> list[str]:
    rows = connection.execute(
        "select indexrelid::regclass::text from pg_index join pg_class on pg_class.oid = indrelid"
        " where relnamespace = %s::regnamespace and not (indisvalid and indisready)",
        (address.schema,),
    ).fetchall()
    return [f"the index {name} is not valid" for (name,) in rows]


def _amcheck(connection: Connection) -> str:
    """The schema of the extension amcheck; "" where it is not there, or not for this user."""
    found = connection.execute(
        "select nspname::text from pg_extension"
        " join pg_namespace on pg_namespace.oid = extnamespace join pg_proc"
        " on pronamespace = extnamespace and proname in ('verify_heapam', 'bt_index_check')"
        " where extname = 'amcheck' and has_schema_privilege(extnamespace, 'usage')"
        " group by nspname having bool_and(has_function_privilege(pg_proc.oid, 'execute'))"
    ).fetchone()
    return found[0] if found else ""


def _structure(connection: Connection, address: Address, extension: str) -> list[str]:
    relations = connection.execute(
        "select pg_class.oid, relname::text, relkind = 'r' from pg_class"
        " join pg_am on pg_am.oid = relam where relnamespace = %s::regnamespace"
        " and (relkind = 'r' or relkind = 'i' and amname = 'btree') order by relname",
        (address.schema,),
    ).fetchall()
    function = sql.Identifier(extension)
    table = sql.SQL("select msg from {}.verify_heapam(%s::oid::regclass)").format(function)
    index = sql.SQL("select {}.bt_index_check(%s::oid::regclass, true)").format(function)
    lines = []
    for number, name, is_table in relations:
        try:
            with connection.transaction():
                found = connection.execute(table if is_table else index, (number,)).fetchall()
        except (psycopg.DataError, psycopg.InternalError) as error:
            lines.append(f"{name}: {error.diag.message_primary}")
            continue
        lines += [f"{name}: {row[0]}" for row in found if is_table]
    return lines
