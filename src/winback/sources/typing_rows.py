"""From columns as they were taken in to typed ones in one query: values, a bit per broken rule, what was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from winback.columns import Column
from winback.settings import DataSettings
from winback.sources import dates, numbers
from winback.sources.casts import boolean_sql, present_sql, text_sql, typed_time_sql
from winback.sources.checks import Check
from winback.sources.intake import Intake
from winback.sources.sql import extra, name, raw, typed, written

#: Rules whose outcomes fit into one integer, a bit each.
BITS = 62

#: The further bit of the first mask: the row is empty.
EMPTY = 1 << BITS


@dataclass
class Reading:
    """How the text columns of one table are to be read.

    Parameters
    ----------
    times, numbers : dict
        By column.
    """

    times: dict[str, dates.DateReading] = field(default_factory=dict)
    numbers: dict[str, numbers.NumberReading] = field(default_factory=dict)


def texts(intake: Intake) -> list[Column]:
    """Columns that must be understood before they can be cast."""
    return [
        column
        for column in map(intake.table.column, intake.columns)
        if intake.types[column.name] == "VARCHAR"
        and (
            column.kind in ("number", "integer") or (column.kind == "timestamp" and intake.options.date_format is None)
        )
    ]


def typing_sql(
    intake: Intake, data: DataSettings, reading: Reading, checks: list[Check], extras: Mapping[str, str], taken: str
) -> str:
    """SQL of the typed rows.

    Parameters
    ----------
    intake : Intake
        What columns there are.
    data : DataSettings
        Time zone.
    reading : Reading
        How texts are understood.
    checks : list of Check
        The rules.
    extras : Mapping of str to str
        DuckDB's types of columns that the contract does not know.
    taken : str
        SQL of the rows as they were taken in.

    Returns
    -------
    str
        A query for ``source``, ``t_<column>``, ``x_<column>``, ``mask_<n>``, ``w_<column>`` (what was written, where
        a row breaks a rule or the typed value does not show it) and ``place`` (unknown yet).
    """
    columns = [intake.table.column(column) for column in intake.columns]
    present = [f"{present_sql(c, raw(c.name), intake.types[c.name])} AS {name('r_' + c.name)}" for c in columns]
    further = [f"{raw(c)}::{kind} AS {extra(c)}" for c, kind in extras.items()]
    typing = [f"{_typed(intake, data, reading, c)} AS {typed(c.name)}" for c in columns]
    masks = [_mask_sql(checks[start : start + BITS]) for start in range(0, len(checks), BITS)] or ["0::BIGINT"]
    given = [raw(c) for c in intake.types if c not in intake.options.constants]
    empty = f"coalesce({', '.join(f'{column}::VARCHAR' for column in given)}) IS NULL"
    masks[0] = f"CASE WHEN {empty} THEN {EMPTY} ELSE {masks[0]} END"
    named = [f"{mask} AS mask_{number}" for number, mask in enumerate(masks)]
    broken = " OR ".join(f"mask_{number} <> 0" for number in range(len(masks)))
    kept = [*(typed(c.name) for c in columns), *(extra(c) for c in extras)]
    shown = [f"CASE WHEN {broken}{_hidden(intake, data, c)} THEN {raw(c.name)}::VARCHAR END" for c in columns]
    asked = [f"{value} AS {written(c.name)}" for value, c in zip(shown, columns, strict=True)]
    return f"""
        SELECT source, {", ".join([*kept, *(f"mask_{number}" for number in range(len(masks))), *asked])},
               NULL::BIGINT AS place
        FROM (
            SELECT *, {", ".join(named)}
            FROM (SELECT *, {", ".join(typing)} FROM (SELECT *, {", ".join([*present, *further])} FROM {taken}))
        )
    """


def _hidden(intake: Intake, data: DataSettings, column: Column) -> str:
    """SQL of the condition that a good row's typed value does not show what was written, where that may be asked for.

    Rules between rows and between tables speak of keys, of customers and of two times.
    """
    table, value, was = intake.table, typed(column.name), raw(column.name)
    if column.name in (*table.key, "order_id", "customer_id") and column.kind == "text":
        return f" OR {was} <> {value}"
    if column.name in (table.time, "delivered_at"):
        # a naive time in UTC is shown as it is
        same = intake.types[column.name] == "TIMESTAMP" and data.timezone == "UTC"
        return "" if same else f" OR {was}::VARCHAR <> {value}::VARCHAR"
    return ""


def _mask_sql(checks: list[Check]) -> str:
    return " | ".join(f"(coalesce({check.broken}, false)::BIGINT << {i})" for i, check in enumerate(checks))


def _typed(intake: Intake, data: DataSettings, reading: Reading, column: Column) -> str:
    value, raw_is = name(f"r_{column.name}"), intake.types[column.name]
    if column.kind in ("text", "category"):
        return text_sql(column, value)
    if column.kind == "boolean":
        return boolean_sql(value)
    if column.kind in ("number", "integer"):
        if raw_is == "DOUBLE":
            return f"CASE WHEN isfinite({value}) THEN {value} END"
        return numbers.reading_sql(value, reading.numbers[column.name])
    if raw_is != "VARCHAR":
        return typed_time_sql(value, raw_is, data.timezone)
    if intake.options.date_format is not None:
        return dates.format_sql(value, intake.options.date_format, data.timezone)
    return dates.reading_sql(value, reading.times[column.name], data.timezone)
