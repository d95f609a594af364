"""From raw text to typed columns, with a note of every rule that a row breaks."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from winback.columns import Column
from winback.errors import DataError, Fault
from winback.settings import DataSettings
from winback.sources import dates, numbers
from winback.sources.casts import present_sql
from winback.sources.checks import IN_FUTURE, Check, checks_of
from winback.sources.earlier import Base, Earlier, ReadAnewError
from winback.sources.intake import Intake
from winback.sources.loading import carry_on, load
from winback.sources.looking import extra_type, find_out
from winback.sources.own import settle
from winback.sources.sql import Connection, name, text, typed, written
from winback.sources.typing_rows import BITS, EMPTY, Reading, texts, typing_sql
from winback.tables import is_own


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
    at_once : bool
        It was typed while it was read.
    base : Base, optional
        What is staged of it already; the typed table has no other rows of those files than the refused ones.
    """

    intake: Intake
    formats: dict[str, str] = field(default_factory=dict)
    extra_types: dict[str, str] = field(default_factory=dict)
    rows_read: int = 0
    at_once: bool = False
    base: Base | None = None

    @property
    def rows(self) -> str:
        """Name of the typed table in the working database, which has a row for every row of the input.

        Columns are ``source``, ``t_<column>``, ``x_<column>``, ``mask_<n>``, ``w_<column>``.
        """
        return name(f"rows_{self.intake.table.name}")

    @property
    def typed(self) -> str:
        """Name of the view of its rows that are not empty; ``rid`` is their place."""
        return name(f"typed_{self.intake.table.name}")

    @property
    def good(self) -> str:
        """Name of the view of the rows that broke no rule that costs a row."""
        return name(f"good_{self.intake.table.name}")


def clean(
    connection: Connection, data: DataSettings, intake: Intake, now: str, earlier: Earlier | None = None
) -> Cleaned:
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
    earlier : Earlier, optional
        What an earlier run left.

    Raises
    ------
    DataError
        When a column's order of day and month, or its decimal sign, cannot be told.
    ReadAnewError
        When the table cannot be gone on with.
    """
    _check_format(connection, intake)
    table = intake.table.name
    base = earlier.bases.get(table) if earlier is not None else None
    if base is not None and not base.goes_on(intake):
        raise ReadAnewError(table)
    cleaned = _at_once(connection, data, intake, now, earlier)
    if cleaned is None:
        if base is not None:
            raise ReadAnewError(table)
        cleaned = _after_a_look(connection, data, intake, now)
    _make_views(connection, cleaned)
    _note_faults(connection, cleaned, _checks(data, cleaned.intake, now))
    cleaned.rows_read = base.numbers["kept"] if base is not None else 0
    cleaned.rows_read += int(connection.execute(f"SELECT count(*) FROM {cleaned.typed}").fetchone()[0])
    lost = connection.execute("SELECT coalesce(sum(weight), 0) FROM rejected WHERE tbl = ?", [table]).fetchone()[0]
    cleaned.rows_read += int(lost)
    return cleaned


def _checks(data: DataSettings, intake: Intake, now: str) -> list[Check]:
    return checks_of(intake.table, intake.columns, now=now, timezone=data.timezone)


def _at_once(
    connection: Connection, data: DataSettings, intake: Intake, now: str, earlier: Earlier | None
) -> Cleaned | None:
    """Type while reading, as most programs write times and numbers; None where some value may be written otherwise."""
    if intake.extra or is_own(intake.table.name) or intake.options.decimal == ",":
        return None
    cleaned = Cleaned(intake, at_once=True)
    columns = texts(intake)
    reading = Reading(
        {column.name: dates.ISO for column in columns if column.kind == "timestamp"},
        {column.name: numbers.POINT for column in columns if column.kind != "timestamp"},
    )
    doubts = [f"coalesce({_in_doubt(column)}, false)" for column in columns]
    rules = _checks(data, intake, now)
    checks = [*rules, Check("", "in_doubt", " OR ".join(doubts) or "false")]
    if earlier is not None:
        cleaned.base = earlier.bases.get(intake.table.name)
    known = cleaned.base.files if cleaned.base is not None else ()
    load(connection, intake, cleaned.rows, lambda taken: typing_sql(intake, data, reading, checks, {}, taken), known)
    if earlier is not None and cleaned.base is not None:
        carry_on(connection, intake, cleaned.rows, cleaned.base, earlier.rejected)
        _judge_the_future(connection, cleaned, rules)
    if _is_broken(_broken(connection, cleaned.rows, len(checks)), len(rules)):
        return None
    cleaned.formats = {
        column.name: dates.ISO.described()
        for column in columns
        if column.kind == "timestamp" and _is_seen(connection, cleaned, column.name)
    }
    return cleaned


def _judge_the_future(connection: Connection, cleaned: Cleaned, rules: list[Check]) -> None:
    """What lay in the future when an earlier run refused it may have happened since."""
    for i, rule in enumerate(rules):
        if rule.rule == IN_FUTURE:
            number, bit = divmod(i, BITS)
            mask = f"mask_{number}"
            connection.execute(
                f"UPDATE {cleaned.rows} SET {mask} = {mask} - {1 << bit} "
                f"WHERE place IS NOT NULL AND ({mask} >> {bit}) & 1 = 1 AND NOT ({rule.broken})"
            )


def _in_doubt(column: Column) -> str:
    value = name(f"r_{column.name}")
    return dates.in_doubt(value, typed(column.name)) if column.kind == "timestamp" else numbers.in_doubt(value)


def _is_seen(connection: Connection, cleaned: Cleaned, column: str) -> bool:
    """Whether a column has a time as `dates.ISO` reads it, or at least nothing else."""
    unread = f"(CASE WHEN {typed(column)} IS NULL THEN {written(column)} END)"
    present = present_sql(cleaned.intake.table.column(column), unread, "VARCHAR")
    values = f"SELECT {typed(column)} AS t, {present} AS v FROM {cleaned.rows}"
    times, unread_ones, odd = connection.execute(
        f"SELECT count(t), count(v), count(v) FILTER ({dates.odd_values('v')}) FROM ({values})"
    ).fetchone()
    if not odd or times + unread_ones > odd:
        return True
    if cleaned.base is None:
        return False
    return bool(connection.execute(f"SELECT count({name(column)}) FROM {cleaned.base.scan}").fetchone()[0])


def _after_a_look(connection: Connection, data: DataSettings, intake: Intake, now: str) -> Cleaned:
    """Take all in as it is, find out how it is written, and type it then."""
    load(connection, intake, intake.raw, lambda taken: f"SELECT * FROM {taken}")
    if is_own(intake.table.name):
        intake = settle(connection, intake)
    reading = find_out(connection, intake)
    cleaned = Cleaned(intake)
    cleaned.formats = {column: found.described() for column, found in reading.times.items() if found.shapes}
    cleaned.formats |= {
        column: "decimal comma" for column, found in reading.numbers.items() if not found.plain and found.sign == ","
    }
    cleaned.extra_types = {column: extra_type(connection, intake, column) for column in intake.extra}
    typing = typing_sql(intake, data, reading, _checks(data, intake, now), cleaned.extra_types, intake.raw)
    connection.execute(f"DROP TABLE IF EXISTS {cleaned.rows}")
    connection.execute(f"CREATE TABLE {cleaned.rows} AS {typing}")
    connection.execute(f"DROP TABLE {intake.raw}")
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


def _make_views(connection: Connection, cleaned: Cleaned) -> None:
    empty = connection.execute(f"SELECT count(*) FROM {cleaned.rows} WHERE mask_0 = {EMPTY}").fetchone()[0]
    filled = f" WHERE mask_0 <> {EMPTY}" if empty else ""
    connection.execute(f"CREATE VIEW {cleaned.typed} AS SELECT rowid AS rid, * FROM {cleaned.rows}{filled}")
    connection.execute(
        f"CREATE VIEW {cleaned.good} AS SELECT * FROM {cleaned.typed} "
        f"WHERE rid NOT IN (SELECT rid FROM faults WHERE tbl = {text(cleaned.intake.table.name)})"
    )


def _note_faults(connection: Connection, cleaned: Cleaned, checks: list[Check]) -> None:
    broken = _broken(connection, cleaned.typed, len(checks))
    for i, check in enumerate(checks):
        if _is_broken(broken, i):
            number, bit = divmod(i, BITS)
            connection.execute(
                f"INSERT INTO faults SELECT {text(cleaned.intake.table.name)}, rid, {text(check.column)}, "
                f"{text(check.rule)}, true FROM {cleaned.typed} WHERE (mask_{number} >> {bit}) & 1 = 1"
            )


def _broken(connection: Connection, rows: str, checks: int) -> tuple[int | None, ...]:
    """Which of so many rules any row breaks, as `_is_broken` reads it."""
    masks = ", ".join(f"bit_or(mask_{number})" for number in range(max(1, -(-checks // BITS))))
    broken: tuple[int | None, ...] = connection.execute(f"SELECT {masks} FROM {rows}").fetchone()
    return broken


def _is_broken(broken: tuple[int | None, ...], rule: int) -> bool:
    number, bit = divmod(rule, BITS)
    return bool((broken[number] or 0) >> bit & 1)
