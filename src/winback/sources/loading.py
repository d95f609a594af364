"""Streaming the sources of one table through a query into the working database, and the books kept of that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
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
    for alike in _groups([source for source in intake.sources if source.part.shown not in known]):
        _append(connection, intake, target, query, alike)


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


def _groups(sources: Sequence[Source]) -> Iterator[list[Source]]:
    """Neighbours that one scan can read: small files are read by all cores that way."""
    group: list[Source] = []
    for source in sources:
        if group and not (
            source.part.is_like(group[0].part) and source.mapping.positions == group[0].mapping.positions
        ):
            yield group
            group = []
        group.append(source)
    if group:
        yield group


def _append(connection: Connection, intake: Intake, target: str, query: Query, alike: list[Source]) -> None:
    """Append sources; a CSV with mixed ends of lines is made even and read again."""
    verb, before = _verb(connection, target)
    try:
        try:
            connection.execute(f"{verb} {query(_taken(intake, alike))}")
        except duckdb.Error:
            _drop_rejects(connection)
            if len(alike) > 1:
                for source in alike:
                    _append(connection, intake, target, query, [source])
                return
            if not alike[0].part.rejects:
                raise
            alike = [_even(alike[0])]
            connection.execute(f"{verb} {query(_taken(intake, alike))}")
    except duckdb.Error as error:
        _drop_rejects(connection)
        reason = str(error).splitlines()[0]
        raise DataError("", [Fault(alike[0].part.shown, f"cannot be read: {reason}")]) from error
    _note_sources(connection, intake, target, alike, before)


def _even(source: Source) -> Source:
    path = convert(source.part.path, source.part.even)
    return replace(source, part=replace(source.part, path=path))


def _note_sources(connection: Connection, intake: Intake, target: str, alike: list[Source], before: int) -> None:
    counted = f"SELECT source, count(*) FROM {target} WHERE rowid >= {before} GROUP BY source"
    counts = dict(connection.execute(counted).fetchall())
    for source in alike:
        row = [source.number, intake.table.name, source.part.shown, before, source.part.first_row]
        connection.execute("INSERT INTO sources VALUES (?, ?, ?, ?, ?)", row)
        before += counts.get(source.number, 0)
    if alike[0].part.rejects:
        cut = _keep_rejects(connection, intake, alike)
        for source, line in ((source, cut[source.number]) for source in alike if source.number in cut):
            _count_swallowed(connection, source.number, line, source.part.path, counts.get(source.number, 0))


def _verb(connection: Connection, target: str) -> tuple[str, int]:
    """How rows get into the table, and how many are there."""
    known = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [target.strip('"')])
    if not known.fetchone()[0]:
        return f"CREATE TABLE {target} AS", 0
    return f"INSERT INTO {target}", int(connection.execute(f"SELECT count(*) FROM {target}").fetchone()[0])


def _taken(intake: Intake, alike: list[Source]) -> str:
    """SQL of the rows of sources as they are, with nothing understood."""
    part, mapping = alike[0].part, alike[0].mapping
    number = f"{alike[0].number} + file_index::INTEGER" if len(alike) > 1 else str(alike[0].number)
    values = [f"{number} AS source"]
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
    return f"(SELECT {', '.join(values)} FROM {part.scan([source.part.path for source in alike])})"


def _keep_rejects(connection: Connection, intake: Intake, alike: list[Source]) -> dict[int, int]:
    """Note the rows that could not be split; return the line of each source's row that DuckDB shows only in part."""
    rules = " ".join(f"WHEN {text(kind)} THEN {text(rule)}" for kind, rule in _REJECT_RULES.items())
    if not connection.execute(f"SELECT count(*) FROM {REJECTS}").fetchone()[0]:
        _drop_rejects(connection)
        return {}
    numbers = " ".join(f"WHEN {text(source.part.path)} THEN {source.number}" for source in alike)
    number = f"CASE s.file_path {numbers} END" if len(alike) > 1 else str(alike[0].number)
    errors = (
        f"SELECT {number} AS source, e.* FROM {REJECTS} e JOIN {REJECT_SCANS} s USING (scan_id, file_id) "
        "QUALIFY row_number() OVER (PARTITION BY source, line ORDER BY column_idx) = 1"
    )
    # a quote that is never closed takes every row after it along: each of them is lost, and counted
    connection.execute(
        f"""
        INSERT INTO rejected
        SELECT {text(intake.table.name)}, source, line, row_number() OVER (PARTITION BY source ORDER BY line) - 1,
               CASE error_type::VARCHAR {rules} ELSE 'unreadable_row' END,
               left(csv_line, 200),
               1 + length(trim(csv_line, chr(10) || chr(13)))
                 - length(replace(trim(csv_line, chr(10) || chr(13)), chr(10), ''))
        FROM ({errors})
        """
    )
    cut = connection.execute(
        f"SELECT source, max(line) FROM ({errors}) WHERE length(csv_line) >= {CSV_LINE_LIMIT} GROUP BY source"
    ).fetchall()
    _drop_rejects(connection)
    return dict(cut)


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
