"""From raw text to typed columns, with a note of every rule that a row breaks."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType

import duckdb

from winback.columns import Column
from winback.errors import DataError, Fault
from winback.settings import DataSettings
from winback.sources import dates, numbers
from winback.sources.casts import boolean_sql, present_sql, text_sql, typed_time_sql
from winback.sources.checks import Check, checks_of
from winback.sources.intake import Intake
from winback.sources.sql import Connection, extra, name, raw, text, typed

#: Rules whose outcomes fit into one integer, a bit each.
_BITS = 62

#: Up to this share of a column's values may be written against the way of the others before the way is in doubt.
MISTAKES = 0.02


@dataclass
class Cleaned:
    """A table with the types of the contract.

    Parameters
    ----------
    intake : Intake
        The table as it was read.
    formats : dict of str to str
        How texts were understood, for the summary.
    extra_types : dict of str to str
        DuckDB's types of columns that the contract does not know.
    rows_read : int
        Rows of the input, with those that could not be split and without empty ones.
    """

    intake: Intake
    formats: dict[str, str] = field(default_factory=dict)
    extra_types: dict[str, str] = field(default_factory=dict)
    rows_read: int = 0

    @property
    def typed(self) -> str:
        """Name of the typed table in the working database: ``rid``, ``t_<column>``, extra columns, ``mask_<n>``."""
        return name(f"typed_{self.intake.table.name}")

    @property
    def good(self) -> str:
        """Name of the view of the rows that broke no rule that costs a row."""
        return name(f"good_{self.intake.table.name}")


@dataclass
class _Reading:
    """How the text columns of one table are to be read."""

    times: dict[str, dates.DateReading] = field(default_factory=dict)
    numbers: dict[str, numbers.NumberReading] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def clean(connection: Connection, data: DataSettings, intake: Intake, now: str) -> Cleaned:
    """Type one table and note the faults of its rows.

    Parameters
    ----------
    connection : Connection
        The working database. It gets the typed table and a view of its good rows; ``faults`` grows.
    data : DataSettings
        Time zone and tolerance.
    intake : Intake
        The table as it was read.
    now : str
        SQL of the instant (naive UTC) at which the future begins.

    Raises
    ------
    DataError
        When a column's order of day and month, or its decimal sign, cannot be told.
    """
    cleaned = Cleaned(intake)
    _check_format(connection, intake)
    reading = _find_out(connection, intake)
    if reading.faults:
        raise DataError("", reading.faults)
    cleaned.formats = {column: found.described() for column, found in reading.times.items() if found.shapes}
    cleaned.formats |= {
        column: "decimal comma" for column, found in reading.numbers.items() if not found.plain and found.sign == ","
    }
    cleaned.extra_types = {column: _extra_type(connection, intake, column) for column in intake.extra}
    checks = checks_of(intake.table, intake.columns, now=now, timezone=data.timezone)
    connection.execute(_typing_sql(cleaned, data, reading, checks))
    _note_faults(connection, cleaned, checks)
    connection.execute(
        f"CREATE VIEW {cleaned.good} AS SELECT * FROM {cleaned.typed} "
        f"WHERE rid NOT IN (SELECT rid FROM faults WHERE tbl = {text(intake.table.name)})"
    )
    rejected = "SELECT coalesce(sum(weight), 0) FROM rejected WHERE tbl = ?"
    cleaned.rows_read = int(connection.execute(f"SELECT count(*) FROM {cleaned.typed}").fetchone()[0])
    cleaned.rows_read += int(connection.execute(rejected, [intake.table.name]).fetchone()[0])
    return cleaned


def _check_format(connection: Connection, intake: Intake) -> None:
    """Refuse a format of ``params.yaml`` that means nothing."""
    said = intake.options.date_format
    if said is None:
        return
    try:
        connection.execute(f"SELECT try_strptime('', {text(said)})")
    except duckdb.Error as error:
        where = f"data.tables.{intake.table.name}.date_format"
        raise DataError("", [Fault(where, f"{said!r} is no format of times: {str(error).splitlines()[0]}")]) from error


def _find_out(connection: Connection, intake: Intake) -> _Reading:
    """Look at all text columns that hold times or numbers: at all in one pass, then closer at the odd ones."""
    reading = _Reading()
    columns = _texts(intake)
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
            _settle(intake, column, list(found), reading)
        elif column.kind == "timestamp":
            reading.times[column.name] = dates.PLAIN
        else:
            reading.numbers[column.name] = numbers.PLAIN
    return reading


def _module(column: Column) -> ModuleType:
    return dates if column.kind == "timestamp" else numbers


def _texts(intake: Intake) -> list[Column]:
    """Columns that must be understood before they can be cast."""
    return [
        column
        for column in map(intake.table.column, intake.columns)
        if intake.types[column.name] == "VARCHAR"
        and (
            column.kind in ("number", "integer") or (column.kind == "timestamp" and intake.options.date_format is None)
        )
    ]


def _settle(intake: Intake, column: Column, counts: list[int], reading: _Reading) -> None:
    where = f"{intake.table.name}.{column.name} in {', '.join(intake.files[:3])}"
    setting = f"data.tables.{intake.table.name}"
    if column.kind == "timestamp":
        times, unclear = dates.decide(counts, MISTAKES)
        reading.times[column.name] = times
        if unclear > MISTAKES * sum(counts[: len(dates.SHAPES)]):
            what = f"day and month cannot be told apart in {unclear} values such as 05/06/2024"
            reading.faults.append(Fault(where, f"{what}; set {setting}.date_format, such as '%d/%m/%Y' or '%m/%d/%Y'"))
        return
    said = intake.options.decimal
    number, unclear = numbers.decide(counts, MISTAKES, said=said, semicolons=intake.semicolons)
    reading.numbers[column.name] = number
    if unclear > MISTAKES * max(1, sum(counts)):
        what = f"the decimal sign cannot be told in {unclear} values such as 1,234"
        reading.faults.append(Fault(where, f"{what}; set {setting}.decimal to '.' or ','"))


def _typing_sql(cleaned: Cleaned, data: DataSettings, reading: _Reading, checks: list[Check]) -> str:
    """One statement: present raw values, typed values, and a bit per broken rule."""
    intake = cleaned.intake
    columns = [intake.table.column(column) for column in intake.columns]
    present = [f"{present_sql(c, raw(c.name), intake.types[c.name])} AS {name('r_' + c.name)}" for c in columns]
    extras = [f"{raw(c)}::{kind} AS {extra(c)}" for c, kind in cleaned.extra_types.items()]
    kept = [extra(c) for c in cleaned.extra_types]
    typing = [f"{_typed(intake, data, reading, c)} AS {typed(c.name)}" for c in columns]
    outs = [typed(c.name) for c in columns]
    masks = [_mask_sql(checks[start : start + _BITS], start // _BITS) for start in range(0, len(checks), _BITS)]
    given = [raw(c) for c in intake.types if c not in intake.options.constants]
    return f"""
        CREATE TABLE {cleaned.typed} AS
        SELECT rid, {", ".join([*outs, *kept, *masks])}
        FROM (
            SELECT *, {", ".join(typing)}
            FROM (SELECT rowid AS rid, {", ".join([*present, *extras])} FROM {intake.raw}
                  WHERE coalesce({", ".join(f"{column}::VARCHAR" for column in given)}) IS NOT NULL)
        )
    """


def _mask_sql(checks: list[Check], number: int) -> str:
    bits = (f"(coalesce({check.broken}, false)::BIGINT << {i})" for i, check in enumerate(checks))
    return f"{' | '.join(bits)} AS mask_{number}"


def _typed(intake: Intake, data: DataSettings, reading: _Reading, column: Column) -> str:
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


def _extra_type(connection: Connection, intake: Intake, column: str) -> str:
    """A column that the contract does not know is a number where all of it is one, without leading zeros."""
    odd = f"try_cast({raw(column)} AS DOUBLE) IS NULL OR regexp_matches({raw(column)}, '^-?0\\d|[a-zA-Z]')"
    counts = f"SELECT count({raw(column)}), count({raw(column)}) FILTER ({odd}) FROM {intake.raw}"
    filled, odd_ones = connection.execute(counts).fetchone()
    return "DOUBLE" if filled and not odd_ones else "VARCHAR"


def _note_faults(connection: Connection, cleaned: Cleaned, checks: list[Check]) -> None:
    masks = ", ".join(f"bit_or(mask_{number})" for number in range((len(checks) + _BITS - 1) // _BITS))
    broken = connection.execute(f"SELECT {masks} FROM {cleaned.typed}").fetchone()
    for i, check in enumerate(checks):
        number, bit = divmod(i, _BITS)
        if (broken[number] or 0) >> bit & 1:
            connection.execute(
                f"INSERT INTO faults SELECT {text(cleaned.intake.table.name)}, rid, {text(check.column)}, "
                f"{text(check.rule)}, true FROM {cleaned.typed} WHERE (mask_{number} >> {bit}) & 1 = 1"
            )
