"""Writing the clean tables, sorted by customer and time."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winback.sources.casts import present_sql
from winback.sources.cleaning import Cleaned
from winback.sources.earlier import INDEX, Base
from winback.sources.mapping import CODE
from winback.sources.merging import ROW_GROUP, merged, write_tables
from winback.sources.sql import Connection, extra, name, typed, written

#: Columns of ``customers`` that protect a customer from being approached. They hold even where the rest of the row was
#: refused, and one that cannot be read counts as said: a slip in a file must not lead to a call that was forbidden.
PROTECTING = ("do_not_contact", "do_not_win_back")


def write_table(connection: Connection, tables: Mapping[str, Cleaned], table: str, folder: Path) -> None:
    """Write one table as Parquet: ``customer`` first, then its columns, sorted by customer, time, and all else."""
    cleaned = tables[table]
    if table == "customers":
        query, order = _customers_sql(connection, cleaned), [CODE]
    elif cleaned.intake.table.parent:
        query, order = _children_sql(tables, cleaned)
    else:
        query, order = _facts_sql(cleaned)
    sort = ", ".join(name(column) for column in order)
    unique = (*cleaned.intake.table.key, "order_id")
    _write(connection, f"{query} ORDER BY {sort}", folder / f"{table}.parquet", unique, cleaned.base, order)


def write_index(connection: Connection, folder: Path) -> None:
    """Write ``customer_index.parquet``: the code of every customer id, in the order of the ids."""
    query = "SELECT customer, customer_id FROM known_customers ORDER BY customer"
    _write(connection, query, folder / INDEX, ("customer_id",))


def _write(
    connection: Connection,
    query: str,
    target: Path,
    unique: Sequence[str],
    base: Base | None = None,
    order: Sequence[str] = (),
) -> None:
    found = connection.sql(query).to_arrow_reader(ROW_GROUP)
    if base is None:
        write_tables((pa.Table.from_batches([batch]) for batch in found), found.schema, target, unique)
        return
    fresh, codes = found.read_all(), _new_codes(connection, base)
    if not fresh.num_rows and np.array_equal(codes, np.arange(codes.size)):
        shutil.copyfile(base.staged, target)
    else:
        write_tables(merged(base.staged, fresh, codes, order[1], order), found.schema, target, unique)


def _new_codes(connection: Connection, base: Base) -> NDArray[np.int32]:
    """The code that each customer has now, by the one that it had."""
    query = f"SELECT k.customer FROM {base.customers} b JOIN known_customers k USING (customer_id) ORDER BY b.customer"
    codes: NDArray[np.int32] = connection.execute(query).fetchnumpy()["customer"]
    return codes


def _facts_sql(cleaned: Cleaned) -> tuple[str, list[str]]:
    table = cleaned.intake.table
    columns = list(cleaned.intake.columns)
    listed = ", ".join(f"g.{typed(column)} AS {name(column)}" for column in columns)
    query = (
        f"SELECT k.customer, {listed} FROM {cleaned.good} g JOIN known_customers k ON k.customer_id = g.t_customer_id"
    )
    return query, list(dict.fromkeys([CODE, table.time, *table.key, *columns]))


def _children_sql(tables: Mapping[str, Cleaned], cleaned: Cleaned) -> tuple[str, list[str]]:
    """Rows that get customer and time from the row that they belong to."""
    parent = tables[cleaned.intake.table.parent]
    above = parent.intake.table
    lent = [column for column in (above.time, "recorded_at") if column in parent.intake.columns]
    own = list(cleaned.intake.columns)
    listed = [f"p.{typed(column)} AS {name(column)}" for column in lent]
    listed += [f"g.{typed(column)} AS {name(column)}" for column in own]
    key = f"t_{above.key[0]}"
    query = (
        f"SELECT k.customer, {', '.join(listed)} FROM {cleaned.good} g JOIN known_orders p USING ({key}) "
        f"JOIN known_customers k ON k.customer_id = p.t_customer_id"
    )
    return query, list(dict.fromkeys([CODE, above.time, *own]))


def _customers_sql(connection: Connection, cleaned: Cleaned) -> str:
    """One row per known customer, with what is known of it."""
    guards = _guards(connection, cleaned)
    columns = []
    for column in cleaned.intake.columns:
        if column == "customer_id":
            columns.append("k.customer_id")
        elif column in guards:
            rule = "least" if column == "closed_at" else "greatest"
            columns.append(f"{rule}(g.{typed(column)}, b.{name(column)}) AS {name(column)}")
        else:
            columns.append(f"g.{typed(column)} AS {name(column)}")
    columns += [f"g.{extra(column)} AS {name(column)}" for column in cleaned.extra_types]
    return (
        f"SELECT k.customer, {', '.join(columns)} FROM known_customers k "
        f"LEFT JOIN {cleaned.good} g ON g.t_customer_id = k.customer_id "
        f"LEFT JOIN guards b ON b.customer_id = k.customer_id"
    )


def _guards(connection: Connection, cleaned: Cleaned) -> list[str]:
    """Make the table ``guards`` of what refused rows still say about whom to leave alone; return its columns."""
    intake = cleaned.intake
    values, columns = [], []
    for column in (column for column in PROTECTING if column in intake.columns):
        said = present_sql(intake.table.column(column), f"t.{written(column)}", "VARCHAR")
        values.append(f"bool_or(coalesce(t.t_{column}, ({said}) IS NOT NULL)) AS {column}")
        columns.append(column)
    if "closed_at" in intake.columns:
        values.append("min(t.t_closed_at) AS closed_at")
        columns.append("closed_at")
    listed = ", ".join(["t.t_customer_id AS customer_id", *values])
    connection.execute(
        f"CREATE TABLE guards AS SELECT {listed} FROM {cleaned.typed} t "
        f"WHERE t.rid IN (SELECT rid FROM faults WHERE tbl = 'customers') GROUP BY t.t_customer_id"
    )
    return columns
