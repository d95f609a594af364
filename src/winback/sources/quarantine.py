"""The rows that were refused, written for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from winback.files import replacing_folder
from winback.sources.cleaning import Cleaned
from winback.sources.report import RuleCount
from winback.sources.sql import Connection, text, typed, written

#: Facts after ``as_of`` are no mistakes; so many of each table are listed.
LATE_FACTS_LISTED = 1000

#: Longer values are cut.
VALUE_LENGTH = 200


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


def list_late_facts(connection: Connection, cleaned: Cleaned, rids: str) -> None:
    """List facts at or after ``as_of``, which the run does not look at; ``rids`` is SQL that selects their ids."""
    time = cleaned.intake.table.time
    late = f"(SELECT rid, {text(time)} AS col, 'after_as_of' AS rule, false AS counted FROM ({rids}))"
    connection.execute(_listing_sql(cleaned, time, "f.counted", f"{late} WHERE true"))


def _listing_sql(cleaned: Cleaned, column: str, counted: str, faults: str) -> str:
    intake = cleaned.intake
    value = f"coalesce(r.{written(column)}, r.{typed(column)}::VARCHAR)" if column in intake.types else "NULL"
    return f"""
        INSERT INTO quarantine
        SELECT {text(intake.table.name)}, s.file,
               r.rowid - s.first_rowid + s.first_row
                 + (SELECT count(*) FROM rejected x WHERE x.source = s.source
                    AND x.line - s.first_row - x.earlier <= r.rowid - s.first_rowid),
               f.col, f.rule, left({value}, {VALUE_LENGTH}), 1, {counted}
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
