"""What was found, table by table, and whether a run can go on with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from winback.errors import DataError, Fault
from winback.settings import DataSettings, Settings
from winback.sources.cleaning import Cleaned
from winback.sources.earlier import Base
from winback.sources.quarantine import count_rules
from winback.sources.report import TableReport
from winback.sources.sql import Connection, typed

#: What to do about a rule that one setting would mend.
_REMEDIES = {
    "wrong_encoding": "set data.tables.{table}.encoding, such as cp1251",
    "unreadable": "if the column is right but written otherwise, set data.tables.{table}.date_format or .decimal",
    "repeated_key": "each row of {table} must be one {key}; rows that are parts of it belong summed up, "
    "or into a table of their own",
    "broken_quotes": 'a quote that is not closed takes the rows after it along: double it ("") or remove it',
}


def report_table(connection: Connection, cleaned: Cleaned) -> TableReport:
    """Count what was read, kept and refused of one table."""
    intake = cleaned.intake
    table = intake.table
    bad = "SELECT coalesce(sum(weight), 0) FROM rejected WHERE tbl = ?"
    rejected = connection.execute(bad, [table.name]).fetchone()[0]
    counted = "SELECT count(DISTINCT rid) FROM faults WHERE tbl = ? AND counted"
    refused = connection.execute(counted, [table.name]).fetchone()[0]
    time = typed(table.time) if table.time else "NULL::TIMESTAMP"
    customers = "count(DISTINCT t_customer_id)" if "customer_id" in intake.columns else "0"
    kept, first, last, distinct = connection.execute(
        f"SELECT count(*), min({time}), max({time}), {customers} FROM {cleaned.good}"
    ).fetchone()
    if cleaned.base is not None:
        kept += cleaned.base.numbers["kept"]
        first, last = cleaned.base.widest(first, last)
        if "customer_id" in intake.columns:
            distinct = _distinct_customers(connection, cleaned, cleaned.base)
    return TableReport(
        table=table.name,
        files=intake.files,
        rows_read=cleaned.rows_read,
        rows_kept=kept,
        rows_bad=int(rejected) + int(refused),
        rules=count_rules(connection, table.name),
        columns=intake.columns,
        missing=tuple(column for column in table.column_names if column not in intake.columns),
        extra=intake.extra,
        unused=intake.unused,
        formats=cleaned.formats,
        first_at=_iso(first),
        last_at=_iso(last),
        customers=distinct,
    )


def _distinct_customers(connection: Connection, cleaned: Cleaned, base: Base) -> int:
    staged = f"SELECT customer_id FROM {base.customers} WHERE customer IN (SELECT customer FROM {base.scan})"
    both = f"{staged} UNION SELECT t_customer_id FROM {cleaned.good}"
    return int(connection.execute(f"SELECT count(*) FROM ({both})").fetchone()[0])


def customers_known(connection: Connection) -> int:
    """Count the customers in the index."""
    return int(connection.execute("SELECT count(*) FROM known_customers").fetchone()[0])


def refuse_bad_tables(data: DataSettings, reports: Sequence[TableReport]) -> None:
    """Stop where a table has a larger share of bad rows than allowed.

    Raises
    ------
    DataError
        With the worst rules and an example of each, for all such tables.
    """
    faults = [Fault(report.table, _complaint(report)) for report in reports if report.bad_share > data.max_bad_share]
    if faults:
        raise DataError(
            f"Too many rows are bad (more than data.max_bad_share, {data.max_bad_share:.1%})",
            faults,
            next_step="all bad rows are in data/quarantine/quarantine.csv; mend the files, or raise data.max_bad_share",
        )


def refuse_early(settings: Settings, orders: TableReport, day: date) -> None:
    """Stop where no order lies before ``as_of``.

    Raises
    ------
    DataError
        With the day of the first order.
    """
    if not orders.rows_kept:
        raise DataError(f"{', '.join(orders.files)} has no good order among {orders.rows_read} rows")
    zone = ZoneInfo(settings.data.timezone)
    first = datetime.fromisoformat(orders.first_at).astimezone(zone)
    if first >= datetime(day.year, day.month, day.day, tzinfo=zone):
        raise DataError(
            f"as_of {day} lies before the first order ({first.date()})",
            expected=f"a day after {first.date()}",
            next_step="set run.as_of to a later day, or to latest",
        )


def _complaint(report: TableReport) -> str:
    worst = [rule for rule in report.rules if rule.counted][:3]
    examples = "; ".join(
        f"{rule.column + ' ' if rule.column else ''}{rule.rule} in {rule.rows} rows, first {rule.example}"
        for rule in worst
    )
    key = report.columns[0] if report.columns else "row"
    remedies = [_REMEDIES[rule.rule].format(table=report.table, key=key) for rule in worst if rule.rule in _REMEDIES]
    advice = "".join(f". {remedy[0].upper()}{remedy[1:]}" for remedy in dict.fromkeys(remedies))
    return f"{report.rows_bad} of {report.rows_read} rows ({report.bad_share:.1%}): {examples}{advice}"


def _iso(moment: datetime | None) -> str:
    return "" if moment is None else moment.replace(tzinfo=UTC).isoformat()
