"""Tables of own features: what their columns hold is found by looking, after which they are tables like all others."""

from __future__ import annotations

from dataclasses import replace

from winback.columns import Column, Kind
from winback.sources import dates, numbers
from winback.sources.casts import NO, YES, present_sql
from winback.sources.intake import Intake
from winback.sources.looking import MISTAKES
from winback.sources.sql import Connection, raw, text
from winback.tables import own_table

#: What a column is tried as, in this order; a column that is none of these is a category.
_SHAPES: tuple[tuple[Kind, str], ...] = (
    ("number", numbers.looks_like("v")),
    ("boolean", f"(lower(v) IN ({', '.join(map(text, (*YES, *NO)))}))"),
    ("timestamp", dates.looks_like("v")),
)


def settle(connection: Connection, intake: Intake) -> Intake:
    """Give every further column of a table of own features a type, so that it is read and checked like the others.

    A column is a number, a boolean or a date where all its filled cells are, but for a few mistakes; those cells are
    then refused as unreadable. Anything else is a category. A column without a filled cell is a number that is missing.

    Parameters
    ----------
    connection : Connection
        The working database with the raw table.
    intake : Intake
        The table as it was read; its further columns are texts.

    Returns
    -------
    Intake
        The same with a contract that has all columns.
    """
    # known_at alone says when a row became known
    kept = [name for name in intake.extra if name.lower() != "recorded_at"]
    columns = tuple(_column(connection, intake, name) for name in kept)
    unused = (*intake.unused, *(name for name in intake.extra if name not in kept))
    return replace(intake, table=own_table(intake.table.name, columns), extra=(), unused=unused)


def _column(connection: Connection, intake: Intake, name: str) -> Column:
    present = present_sql(Column(name, "number"), raw(name), "VARCHAR")
    counts = ", ".join(f"count(*) FILTER ({shape})" for _, shape in _SHAPES)
    values = f"SELECT {present} AS v FROM {intake.raw}"
    filled, *found = connection.execute(f"SELECT count(v), {counts} FROM ({values})").fetchone()
    for (kind, _), count in zip(_SHAPES, found, strict=True):
        if filled - count <= MISTAKES * filled:
            # a date of a row that is known may lie anywhere: in the future (the end of a contract) or long ago
            return Column(name, kind, plan=True, any_year=True)
    return Column(name, "category")
