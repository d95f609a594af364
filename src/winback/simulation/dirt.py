"""Bad rows such as real exports have: extra copies of good rows that are impossible in one way each.

No good row is touched, so the truth stays what it is and all the bad ones are for quarantine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.random import Generator

Spoil = Callable[[pa.Table], pa.Table]


def _set(column: str, value: Any) -> Spoil:
    """Put one value into a column of all rows."""

    def spoil(rows: pa.Table) -> pa.Table:
        place = rows.schema.get_field_index(column)
        field = rows.schema.field(place)
        values = pa.array([value] * rows.num_rows, field.type)
        return rows.set_column(place, field, values)

    return spoil


def _both(*spoils: Spoil) -> Spoil:
    def spoil(rows: pa.Table) -> pa.Table:
        for each in spoils:
            rows = each(rows)
        return rows

    return spoil


def _repeat(rows: pa.Table) -> pa.Table:
    return rows


def _other_key(column: str) -> Spoil:
    """Give the copies ids of their own, so that only their fault makes them bad."""

    def spoil(rows: pa.Table) -> pa.Table:
        place = rows.schema.get_field_index(column)
        names = [f"{name}-{number}" for number, name in enumerate(rows.column(place).to_pylist(), 1)]
        return rows.set_column(place, column, pa.array(names, pa.string()))

    return spoil


_LONG_AGO, _FAR_AHEAD = datetime(1900, 1, 1), datetime(2099, 1, 1)
_FAULTS: Mapping[str, tuple[Spoil, ...]] = {
    "orders": (
        _repeat,
        _both(_other_key("order_id"), _set("ordered_at", _LONG_AGO)),
        _both(_other_key("order_id"), _set("customer_id", None)),
        _both(_other_key("order_id"), _set("amount", None)),
    ),
    "order_items": (_set("quantity", -3), _set("unit_price", -1), _set("order_id", "O-unknown")),
    "tickets": (_repeat, _both(_other_key("ticket_id"), _set("resolved_at", datetime(1995, 1, 1)))),
    "deliveries": (_set("customer_id", None), _set("promised_at", _LONG_AGO)),
    "surveys": (_set("nps", 14),),
    "contacts": (_set("contacted_at", _LONG_AGO),),
    "activities": (_set("occurred_at", _FAR_AHEAD),),
    "offers": (_set("propensity", 1.7),),
}


def add_bad_rows(tables: Mapping[str, pa.Table], share: float, generator: Generator) -> dict[str, pa.Table]:
    """Add bad rows beside the good ones from which they are copied.

    Parameters
    ----------
    tables : mapping of str to pyarrow.Table
    share : float
        Bad rows as a share of each table's rows; a table too small for one bad row stays clean.
    generator : numpy.random.Generator
    """
    return {name: _spoil(table, _FAULTS.get(name, ()), share, generator) for name, table in tables.items()}


def _spoil(table: pa.Table, faults: tuple[Spoil, ...], share: float, generator: Generator) -> pa.Table:
    count = int(table.num_rows * share)
    if not faults or not count:
        return table
    chosen = generator.choice(table.num_rows, count, replace=False)
    parts = [table]
    places = [np.arange(table.num_rows, dtype=np.float64)]
    for number, fault in enumerate(faults):
        rows = np.sort(chosen[number :: len(faults)])
        parts.append(fault(table.take(pa.array(rows))))
        places.append(rows + 0.5)
    return pa.concat_tables(parts).take(pa.array(np.argsort(np.concatenate(places), kind="stable")))
