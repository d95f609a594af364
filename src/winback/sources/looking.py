"""Looking at the texts of a table to find out how it writes times and numbers, before any is read."""

from __future__ import annotations

from types import ModuleType

from winback.columns import Column
from winback.errors import DataError, Fault
from winback.sources import dates, numbers
from winback.sources.casts import present_sql
from winback.sources.intake import Intake
from winback.sources.sql import Connection, raw
from winback.sources.typing_rows import Reading, texts

#: Up to this share of a column's values may be written against the way of the others before the way is in doubt.
MISTAKES = 0.02


def find_out(connection: Connection, intake: Intake) -> Reading:
    """Look at all text columns that hold times or numbers: at all in one pass, then closer at the odd ones.

    Parameters
    ----------
    connection : Connection
        The working database with the raw table.
    intake : Intake
        What columns it has.

    Raises
    ------
    DataError
        When a column's order of day and month, or its decimal sign, cannot be told.
    """
    reading, faults = Reading(), list[Fault]()
    columns = texts(intake)
    if not columns:
        return reading
    presents = [f"({present_sql(column, raw(column.name), 'VARCHAR')})" for column in columns]
    odd = [
        f"count({present}) FILTER ({_module(column).odd_values(present)})"
        for column, present in zip(columns, presents, strict=True)
    ]
    counts = connection.execute(f"SELECT {', '.join(odd)} FROM {intake.raw}").fetchone()
    for column, present, odd_ones in zip(columns, presents, counts, strict=True):
        if odd_ones or (column.kind != "timestamp" and intake.options.decimal == ","):
            evidence = ", ".join(_module(column).evidence_columns("v"))
            values = f"SELECT {present} AS v FROM {intake.raw} WHERE {present} IS NOT NULL"
            found = connection.execute(f"SELECT {evidence} FROM ({values})").fetchone()
            faults += _settle(intake, column, list(found), reading)
        elif column.kind == "timestamp":
            reading.times[column.name] = dates.PLAIN
        else:
            reading.numbers[column.name] = numbers.PLAIN
    if faults:
        raise DataError("", faults)
    return reading


def _module(column: Column) -> ModuleType:
    return dates if column.kind == "timestamp" else numbers


def _settle(intake: Intake, column: Column, counts: list[int], reading: Reading) -> list[Fault]:
    where = f"{intake.table.name}.{column.name} in {', '.join(intake.files[:3])}"
    setting = f"data.tables.{intake.table.name}"
    if column.kind == "timestamp":
        times, unclear = dates.decide(counts, MISTAKES)
        reading.times[column.name] = times
        if unclear > MISTAKES * sum(counts[: len(dates.SHAPES)]):
            what = f"day and month cannot be told apart in {unclear} values such as 05/06/2024"
            return [Fault(where, f"{what}; set {setting}.date_format, such as '%d/%m/%Y' or '%m/%d/%Y'")]
        return []
    said = intake.options.decimal
    number, unclear = numbers.decide(counts, MISTAKES, said=said, semicolons=intake.semicolons)
    reading.numbers[column.name] = number
    if unclear > MISTAKES * max(1, sum(counts)):
        what = f"the decimal sign cannot be told in {unclear} values such as 1,234"
        return [Fault(where, f"{what}; set {setting}.decimal to '.' or ','")]
    return []


def extra_type(connection: Connection, intake: Intake, column: str) -> str:
    """A column that the contract does not know is a number where all of it is one, without leading zeros."""
    odd = f"try_cast({raw(column)} AS DOUBLE) IS NULL OR regexp_matches({raw(column)}, '^-?0\\d|[a-zA-Z]')"
    counts = f"SELECT count({raw(column)}), count({raw(column)}) FILTER ({odd}) FROM {intake.raw}"
    filled, odd_ones = connection.execute(counts).fetchone()
    return "DOUBLE" if filled and not odd_ones else "VARCHAR"
