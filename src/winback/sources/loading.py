"""Streaming the sources of one table through a query into the working database, and the books kept of that."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import duckdb

from winback.errors import DataError, Fault
from winback.sources.casts import taking_sql
from winback.sources.csvfile import CSV_LINE_LIMIT, REJECT_SCANS, REJECTS, convert, count_lines
from winback.sources.earlier import Base
from winback.sources.intake import Intake, Source
from winback.sources.sql import Connection, file, raw, text

#: What DuckDB calls a row that it cannot split, and what we call it.
_REJECT_RULES = {
    "MISSING COLUMNS": "too_few_cells",
    "TOO MANY COLUMNS": "too_many_cells",
    "UNQUOTED VALUE": "broken_quotes",
    "LINE SIZE OVER MAXIMUM": "row_too_long",
    "INVALID ENCODING": "wrong_encoding",
}

#: From SQL of rows as they were taken in (``source`` and a column ``c_<column>`` each) to a query over them.
Query = Callable[[str], str]


def make_books(connection: Connection) -> None:
    """Create the tables in which reading keeps its books: sources, rejected rows, faults."""
    connection.execute(
        "CREATE TABLE sources (source INTEGER, tbl VARCHAR, file VARCHAR, first_rowid BIGINT, first_row INTEGER)"
    )
    connection.execute(
        "CREATE TABLE rejected (tbl VARCHAR, source INTEGER, line BIGINT, earlier BIGINT, "
        "rule VARCHAR, value VARCHAR, weight BIGINT)"
    )
    connection.execute("CREATE TABLE faults (tbl VARCHAR, rid BIGINT, col VARCHAR, rule VARCHAR, counted BOOLEAN)")


def load(connection: Connection, intake: Intake, target: str, query: Query, known: Collection[str] = ()) -> None:
    """Make a table of what a query gives for the rows of all sources, in their order.

    Parameters
    ----------
    connection : Connection
        The working database. It gets the table, whose ``rowid`` is the order of reading; rows that could not be split
        go to ``rejected``.
    intake : Intake
        The sources.
    target : str
        Name of the table.
    query : callable
        Must give one row, with the column ``source``, for each row that it is given.
    known : collection of str
        Names of sources that need not be read; of them alone no table is made.

    Raises
    ------
    DataError
        When a source cannot be read.
    """
    _forget(connection, intake, target)
    for source in intake.sources:
        if source.part.shown not in known:
            _append(connection, intake, target, query, source)


def carry_on(connection: Connection, intake: Intake, target: str, base: Base, rejected: Path) -> None:
    """Add the rows that an earlier run refused to those that were loaded, as if they had been read again.

    Parameters
    ----------
    connection : Connection
        The working database.
    intake : Intake
        The sources.
    target : str
        The table of the new rows; made where there are none.
    base : Base
        The earlier run's rows; they know their ``place``, the row as a person counts it.
    rejected : Path
        Rows of it that could not be split.
    """
    table = text(intake.table.name)
    for source in intake.sources:
        if source.part.shown in base.files:
            row = [source.number, intake.table.name, source.part.shown, source.part.first_row]
            connection.execute("INSERT INTO sources VALUES (?, ?, ?, NULL, ?)", row)
    numbered = f"(SELECT source, file FROM sources WHERE tbl = {table} AND first_rowid IS NULL) s"
    verb, _ = _verb(connection, target)
    by_name = "BY NAME" if verb.startswith("INSERT") else ""
    connection.execute(
        f"{verb} {by_name} SELECT s.source, r.* EXCLUDE (file) "
        f"FROM read_parquet({file(base.refused)}) r JOIN {numbered} USING (file) ORDER BY s.source, r.place"
    )
    connection.execute(
        f"INSERT INTO rejected SELECT r.tbl, s.source, r.line, r.earlier, r.rule, r.value, r.weight "
        f"FROM read_parquet({file(rejected)}) r JOIN {numbered} USING (file) WHERE r.tbl = {table}"
    )


def _forget(connection: Connection, intake: Intake, target: str) -> None:
    """Undo an attempt to load the same table."""
    connection.execute(f"DROP TABLE IF EXISTS {target}")
    for books in ("sources", "rejected", "faults"):
        connection.execute(f"DELETE FROM {books} WHERE tbl = {text(intake.table.name)}")


def _append(connection: Connection, intake: Intake, target: str, query: Query, source: Source) -> None:
    """Append one source; a CSV with mixed ends of lines is made even and read again.

    A scan of several files would be faster where they are small, but does not keep their order.
    """
    part = source.part
    verb, before = _verb(connection, target)
    try:
        try:
            connection.execute(f"{verb} {query(_taken(intake, source, part.path))}")
        except duckdb.Error:
            if not part.rejects:
                raise
            _drop_rejects(connection)
            part = replace(part, path=convert(part.path, part.even))
            connection.execute(f"{verb} {query(_taken(intake, source, part.path))}")
    except duckdb.Error as error:
        _drop_rejects(connection)
        reason = str(error).splitlines()[0]
        raise DataError("", [Fault(part.shown, f"cannot be read: {reason}")]) from error
    row = [source.number, intake.table.name, part.shown, before, part.first_row]
    connection.execute("INSERT INTO sources VALUES (?, ?, ?, ?, ?)", row)
    if part.rejects:
        _keep_rejects(connection, intake, source.number, part.path, _rows(connection, target) - before)


def _verb(connection: Connection, target: str) -> tuple[str, int]:
    """How rows get into the table, and how many are there."""
    known = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [target.strip('"')])
    if not known.fetchone()[0]:
        return f"CREATE TABLE {target} AS", 0
    return f"INSERT INTO {target}", _rows(connection, target)


def _rows(connection: Connection, target: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {target}").fetchone()[0])


def _taken(intake: Intake, source: Source, path: Path) -> str:
    """SQL of the rows of a source as they are, with nothing understood."""
    part, mapping = source.part, source.mapping
    values = [f"{source.number} AS source"]
    for column, target in intake.types.items():
        if column in mapping.positions:
            place = mapping.positions[column]
            value = taking_sql(f"c{place}", part.types[place], target)
        elif column in intake.options.constants:
            value = f"{text(intake.options.constants[column])}::{target}"
        else:
            value = f"NULL::{target}"
        values.append(f"{value} AS {raw(column)}")
    assert part.scan is not None
    return f"(SELECT {', '.join(values)} FROM {part.scan(path)})"


def _keep_rejects(connection: Connection, intake: Intake, number: int, path: Path, accepted: int) -> None:
    """Note the rows that could not be split."""
    rules = " ".join(f"WHEN {text(kind)} THEN {text(rule)}" for kind, rule in _REJECT_RULES.items())
    # a quote that is never closed takes every row after it along: each of them is lost, and counted
    connection.execute(
        f"""
        INSERT INTO rejected
        SELECT {text(intake.table.name)}, {number}, line, row_number() OVER (ORDER BY line) - 1,
               CASE error_type::VARCHAR {rules} ELSE 'unreadable_row' END,
               left(csv_line, 200),
               1 + length(trim(csv_line, chr(10) || chr(13)))
                 - length(replace(trim(csv_line, chr(10) || chr(13)), chr(10), ''))
        FROM (SELECT * FROM {REJECTS} QUALIFY row_number() OVER (PARTITION BY line ORDER BY column_idx) = 1)
        """
    )
    cut = connection.execute(f"SELECT max(line) FROM {REJECTS} WHERE length(csv_line) >= {CSV_LINE_LIMIT}").fetchone()[
        0
    ]
    _drop_rejects(connection)
    if cut is not None:
        _count_swallowed(connection, number, cut, path, accepted)


def _count_swallowed(connection: Connection, number: int, line: int, path: Path, accepted: int) -> None:
    """A rejected row that DuckDB shows in part: the lines that are missing from the count were swallowed by it."""
    others = connection.execute(
        "SELECT coalesce(sum(weight), 0) FROM rejected WHERE source = ? AND line <> ?", [number, line]
    ).fetchone()[0]
    lost = max(1, count_lines(path) - 1 - accepted - int(others))
    connection.execute("UPDATE rejected SET weight = ? WHERE source = ? AND line = ?", [lost, number, line])


def _drop_rejects(connection: Connection) -> None:
    connection.execute(f"DROP TABLE IF EXISTS {REJECTS}")
    connection.execute(f"DROP TABLE IF EXISTS {REJECT_SCANS}")
