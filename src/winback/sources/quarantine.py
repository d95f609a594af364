"""The rows that were refused, written for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from winback.files import replacing_folder
from winback.sources.cleaning import Cleaned
from winback.sources.report import RuleCount
from winback.sources.sql import Connection, file, text, typed, written

#: Facts after ``as_of`` are no mistakes; so many of each table are listed.
LATE_FACTS_LISTED = 1000

#: Longer values are cut.
VALUE_LENGTH = 200

#: SQL of the number of a row ``r`` as a person counts it in its source ``s``.
ROW = """coalesce(
    r.place,
    r.rowid - s.first_rowid + s.first_row + (
        SELECT count(*) FROM rejected x
        WHERE x.source = s.source AND x.line - s.first_row - x.earlier <= r.rowid - s.first_rowid
    )
)"""


def list_faults(connection: Connection, tables: Mapping[str, Cleaned]) -> None:
    """Make the table ``quarantine`` of all faults: table, file, row, column, rule, value; and ``counted``.

    ``row`` is the row as a person counts it in the file: a CSV's header is row 1, a Parquet file's first row is row 1.
    """
    connection.execute(
        "CREATE TABLE quarantine (tbl VARCHAR, file VARCHAR, row BIGINT, col VARCHAR, rule VARCHAR, value VARCHAR, "
        "weight BIGINT, counted BOOLEAN)"
    )
    connection.execute(
        """
        INSERT INTO quarantine
        SELECT r.tbl, s.file, r.line, '', r.rule, r.value, r.weight, true FROM rejected r JOIN sources s USING (source)
        """
    )
    for table, cleaned in tables.items():
        faults = connection.execute("SELECT DISTINCT col FROM faults WHERE tbl = ? ORDER BY 1", [table]).fetchall()
        for (column,) in faults:
            connection.execute(_listing_sql(cleaned, column, "f.counted", f"faults WHERE tbl = {text(table)}"))


def make_late_facts(connection: Connection) -> None:
    """Create the table ``late`` of facts at or after ``as_of``, which the run does not look at."""
    connection.execute(
        "CREATE TABLE late (tbl VARCHAR, source INTEGER, file VARCHAR, row BIGINT, value VARCHAR, moment TIMESTAMP)"
    )


def list_late_facts(connection: Connection, cleaned: Cleaned, instant: str, before: Path | None) -> int:
    """Note the first facts at or after an instant in ``late`` and in the quarantine.

    Parameters
    ----------
    connection : Connection
        The working database.
    cleaned : Cleaned
        The table.
    instant : str
        SQL of the instant.
    before : Path, optional
        The first late facts that an earlier run noted, where the table goes on from it.

    Returns
    -------
    int
        How many facts of the table are late, without those of the earlier run that were not noted.
    """
    table, time = cleaned.intake.table.name, cleaned.intake.table.time
    is_late = f"{typed(time)} >= {instant}"
    count = int(connection.execute(f"SELECT count(*) FROM {cleaned.good} WHERE {is_late}").fetchone()[0])
    order = f"ORDER BY source, coalesce(place, rid) LIMIT {LATE_FACTS_LISTED}"
    first = f"SELECT rid FROM {cleaned.good} WHERE {is_late} {order}"
    value = f"coalesce(r.{written(time)}, r.{typed(time)}::VARCHAR)"
    noted = [
        f"SELECT s.source, s.file, {ROW}, left({value}, {VALUE_LENGTH}), r.{typed(time)} "
        f"FROM ({first}) f JOIN {cleaned.rows} r ON r.rowid = f.rid JOIN sources s ON s.source = r.source"
    ]
    if before is not None:
        known = f"read_parquet({file(before)}) WHERE tbl = {text(table)} AND moment >= {instant}"
        count += int(connection.execute(f"SELECT count(*) FROM {known}").fetchone()[0])
        numbered = f"(SELECT source, file FROM sources WHERE tbl = {text(table)}) s"
        noted.append(f"SELECT s.source, file, row, value, moment FROM (FROM {known}) JOIN {numbered} USING (file)")
    connection.execute(
        f"INSERT INTO late SELECT {text(table)}, * FROM ({' UNION ALL '.join(noted)}) "
        f"ORDER BY 2, 4 LIMIT {LATE_FACTS_LISTED}"
    )
    connection.execute(
        f"INSERT INTO quarantine SELECT tbl, file, row, {text(time)}, 'after_as_of', value, 1, false "
        f"FROM late WHERE tbl = {text(table)}"
    )
    return count


def _listing_sql(cleaned: Cleaned, column: str, counted: str, faults: str) -> str:
    intake = cleaned.intake
    value = f"coalesce(r.{written(column)}, r.{typed(column)}::VARCHAR)" if column in intake.types else "NULL"
    return f"""
        INSERT INTO quarantine
        SELECT {text(intake.table.name)}, s.file, {ROW}, f.col, f.rule, left({value}, {VALUE_LENGTH}), 1, {counted}
        FROM (SELECT * FROM {faults} AND col = {text(column)}) f
        JOIN {cleaned.rows} r ON r.rowid = f.rid
        JOIN sources s ON s.source = r.source
    """


def count_rules(connection: Connection, table: str) -> tuple[RuleCount, ...]:
    """Rows per column and rule, worst first."""
    rows = connection.execute(
        """
        SELECT col, rule, sum(weight), bool_or(counted), arg_min(value, (file, row)), arg_min(file, (file, row)),
               min_by(row, (file, row))
        FROM quarantine WHERE tbl = ? GROUP BY col, rule ORDER BY 3 DESC, col, rule
        """,
        [table],
    ).fetchall()
    return tuple(
        RuleCount(
            column=column,
            rule=rule,
            rows=int(count),
            counted=counted,
            example=f"{file} row {row}: {value!r}" if value is not None else f"{file} row {row}: nothing",
        )
        for column, rule, count, counted, value, file, row in rows
    )


def write_quarantine(connection: Connection, folder: Path) -> None:
    """Write ``quarantine.parquet`` and ``quarantine.csv``, complete or not at all.

    In the CSV a value that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    columns = 'tbl AS "table", file, "row", col AS "column", rule'
    order = "ORDER BY tbl, file, row, col, rule"
    safe = "CASE WHEN regexp_matches(value, '^([=+@\\t\\r]|-[^0-9.])') THEN '''' || value ELSE value END AS value"
    with replacing_folder(folder) as fresh:
        connection.execute(
            f"COPY (SELECT {columns}, value FROM quarantine {order}) TO {text(fresh / 'quarantine.parquet')} "
            f"(FORMAT parquet)"
        )
        connection.execute(
            f"COPY (SELECT {columns}, {safe} FROM quarantine {order}) TO {text(fresh / 'quarantine.csv')} "
            f"(FORMAT csv, HEADER)"
        )
