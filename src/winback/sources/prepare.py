"""The stage ``prepare``: from raw files to clean, typed, sorted tables, with a quarantine for what is wrong."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from winback.errors import DataError, Fault
from winback.files import replacing_folder, write_json
from winback.settings import Settings
from winback.sources.cleaning import Cleaned, clean
from winback.sources.crosschecks import cross_check
from winback.sources.earlier import Base, Earlier, ReadAnewError, find_earlier
from winback.sources.files import find_tables, raw_digest
from winback.sources.intake import take_in
from winback.sources.loading import make_books
from winback.sources.quarantine import (
    LATE_FACTS_LISTED,
    list_faults,
    list_late_facts,
    make_late_facts,
    write_quarantine,
)
from winback.sources.report import StagingReport, TableReport
from winback.sources.run import Run, instant_sql, is_waiting, keep_refused
from winback.sources.sql import Connection, connect
from winback.sources.staging import write_index, write_table
from winback.sources.verdict import customers_known, refuse_bad_tables, refuse_early, report_table
from winback.tables import TABLES
from winback.texts import Note

#: An as_of further from the last order than this is worth a word.
STALE_AFTER_DAYS = 31


class Steps(Protocol):
    """Hears which step begins."""

    def step(self, what: str) -> None:
        """Note that a step begins."""


def prepare_sources(
    settings: Settings, *, as_of: date | None = None, progress: Steps | None = None, today: date | None = None
) -> StagingReport:
    """Read, check and stage the input tables.

    Writes ``data/quarantine/`` (``quarantine.parquet``, ``quarantine.csv``) and ``data/staging/``
    (``customer_index.parquet``, ``<table>.parquet``, ``summary.json``), each complete or left as it was. The quarantine
    is written even where the run is refused.

    Parameters
    ----------
    settings : Settings
        ``data``, ``run.as_of``, ``run.threads``, ``run.memory_limit`` are read.
    as_of : date, optional
        Day of the run; goes before ``run.as_of``. Without either it is the day after the last good order.
    progress : Steps, optional
        Who is told how far it is.
    today : date, optional
        The last day on which something can have happened; the machine's own date by default, and never earlier than
        ``as_of``.

    Returns
    -------
    StagingReport
        What was found; the same as in ``data/staging/summary.json``.

    Raises
    ------
    DataError
        When ``orders`` is absent or empty, a file is no table, columns cannot be mapped, dates or numbers cannot be
        told apart, a table has more bad rows than ``data.max_bad_share``, or ``as_of`` lies before the first order.
    """
    tell = progress.step if progress is not None else _nobody
    run = Run(settings, as_of or _configured_day(settings), today, raw_digest(settings))
    if (known := run.same_again()) is not None:
        tell("nothing is new")
        return known
    earlier = find_earlier(settings, run.digests, run.now)
    while True:
        try:
            return _prepare(run, earlier, tell)
        except ReadAnewError as anew:
            # new rows speak against old ones: that table, or all, as if nothing had been read before
            earlier = earlier.without(anew.table) if earlier is not None else None


def _prepare(run: Run, earlier: Earlier | None, tell: Callable[[str], None]) -> StagingReport:
    settings = run.settings
    with _scratch(settings) as (connection, scratch):
        make_books(connection)
        tables, notes = _read(connection, settings, scratch, run.now, tell, earlier)
        tell("checking across tables")
        cross_check(connection, settings.data, tables)
        list_faults(connection, tables)
        day = run.asked or _latest(connection, settings, tables["orders"])
        late = _list_late(connection, settings, tables, day, earlier)
        write_quarantine(connection, settings.path("data/quarantine"))
        reports = [report_table(connection, cleaned) for cleaned in tables.values()]
        refuse_bad_tables(settings.data, reports)
        refuse_early(settings, reports[0], day)
        notes += _stale(reports[0], day)
        notes += [
            {"id": "data-note-late", "table": table, "count": count, "on": day.isoformat()}
            for table, count in late.items()
        ]
        report = _summarise(run, reports, day, notes, customers_known(connection))
        kept = scratch / "kept"
        keep_refused(connection, tables, kept)
        with replacing_folder(settings.path("data/staging")) as folder:
            write_index(connection, folder)
            for table in tables:
                tell(f"writing {table}")
                write_table(connection, tables, table, folder)
            write_json(folder / "summary.json", report.to_json())
        run.keep(kept, tables, report, late, is_waiting(connection))
    return report


def _nobody(what: str) -> None:
    """Tell nobody."""


@contextmanager
def _scratch(settings: Settings) -> Iterator[tuple[Connection, Path]]:
    """A working database in a folder that goes away; a killed run's is cleared like any unfinished copy."""
    data = settings.path("data")
    data.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".sources.new-", dir=data))
    try:
        with closing(connect(settings, folder)) as connection:
            yield connection, folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _configured_day(settings: Settings) -> date | None:
    return None if settings.run.as_of == "latest" else date.fromisoformat(settings.run.as_of)


def _read(
    connection: Connection,
    settings: Settings,
    scratch: Path,
    now: str,
    tell: Callable[[str], None],
    earlier: Earlier | None,
) -> tuple[dict[str, Cleaned], list[Note]]:
    """Take in and type every table; the faults of all tables are told at once."""
    tables: dict[str, Cleaned] = {}
    faults: list[Fault] = []
    notes: list[Note] = []
    first = 0
    for found in find_tables(settings):
        tell(f"reading {found.table.name}")
        try:
            intake = take_in(connection, settings, found, scratch, first)
            first += len(intake.sources)
            notes += intake.notes
            cleaned = clean(connection, settings.data, intake, now, earlier) if intake.types else None
            if cleaned is not None and cleaned.rows_read:
                tables[found.table.name] = cleaned
            elif found.table.required:
                faults.append(Fault(found.table.name, f"no rows in {', '.join(intake.files)}"))
            else:
                notes.append({"id": "data-note-no-rows", "table": found.table.name, "files": ", ".join(intake.files)})
        except DataError as error:
            faults += error.faults
    if faults:
        raise DataError("The input cannot be read", faults, next_step=_remedy(faults))
    return tables, notes


def _remedy(faults: Sequence[Fault]) -> str:
    """What would mend it: another mapping only helps where a column is missing."""
    if any("no column" in fault.what for fault in faults):
        return (
            "map columns with other names in params.yaml, such as "
            "data.tables.orders.columns: {ordered_at: InvoiceDate}; 'winback check' tells what is found"
        )
    return "put the right files there, or name others in params.yaml under data.tables.<table>.path"


def _latest(connection: Connection, settings: Settings, orders: Cleaned) -> date:
    """The day after the last good order, in ``data.timezone``."""
    last = connection.execute(f"SELECT max(t_ordered_at) FROM {orders.good}").fetchone()[0]
    if orders.base is not None:
        last = orders.base.widest(last, last)[1]
    if last is None:
        # every order was refused: the share of bad rows will say so, whatever the day
        return date.min + timedelta(days=1)
    local: datetime = last.replace(tzinfo=UTC).astimezone(ZoneInfo(settings.data.timezone))
    return local.date() + timedelta(days=1)


def _list_late(
    connection: Connection, settings: Settings, tables: Mapping[str, Cleaned], day: date, earlier: Earlier | None
) -> dict[str, int]:
    """Count, and list some of, the facts at or after ``as_of``; they stay in staging, where time is looked after."""
    make_late_facts(connection)
    late = {}
    for table, cleaned in tables.items():
        column = cleaned.intake.table.time
        if not column or cleaned.intake.table.column(column).plan:
            continue
        before, unlisted = None, 0
        if earlier is not None and cleaned.base is not None:
            before, unlisted = earlier.late, _unlisted(earlier, cleaned.base, day)
        count = list_late_facts(connection, cleaned, instant_sql(settings, day), before) + unlisted
        if count:
            late[table] = count
    return late


def _unlisted(earlier: Earlier, base: Base, day: date) -> int:
    """How many staged facts are late though they were not listed.

    Raises
    ------
    ReadAnewError
        When that cannot be told, since the day is another.
    """
    unlisted = max(0, int(base.numbers["late"]) - LATE_FACTS_LISTED)
    if day.isoformat() < earlier.day or (unlisted and day.isoformat() != earlier.day):
        raise ReadAnewError(base.table)
    return unlisted


def _stale(orders: TableReport, day: date) -> list[Note]:
    """A word of warning where the orders end long before ``as_of``: all that time counts as silence of everybody."""
    silent = (day - date.fromisoformat(str(orders.last_at)[:10])).days
    if silent <= STALE_AFTER_DAYS:
        return []
    return [{"id": "data-note-stale", "days": silent, "on": day.isoformat()}]


def _summarise(
    run: Run, tables: Sequence[TableReport], day: date, notes: Sequence[Note], customers: int
) -> StagingReport:
    present = [table.table for table in tables]
    absent = tuple(table for table in TABLES if table not in present)
    return StagingReport(
        as_of=day.isoformat(),
        timezone=run.settings.data.timezone,
        customers=customers,
        tables=tuple(tables),
        absent=absent,
        notes=(
            *notes,
            *([{"id": "data-note-absent", "tables": ", ".join(absent)}] if absent else []),
        ),
        digests=run.digests,
    )
