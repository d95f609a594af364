"""One run of the intake: what it was asked for, and what it keeps for the next."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from winback.files import replacing_folder
from winback.settings import Settings
from winback.sources.checks import IN_FUTURE
from winback.sources.cleaning import Cleaned
from winback.sources.earlier import FOLDER, Digests, keep_for_later, report_of_the_same
from winback.sources.quarantine import ROW
from winback.sources.report import StagingReport
from winback.sources.sql import Connection, text


@dataclass(frozen=True)
class Run:
    """What decides what a run finds.

    Parameters
    ----------
    settings : Settings
        Only ``data`` is read.
    asked : date or None
        The day that was asked for; None: the day after the last order.
    today : date or None
        The last day on which something can have happened; None: the machine's own date.
    digests : Mapping
        Of all input files.
    """

    settings: Settings
    asked: date | None
    today: date | None
    digests: Digests

    @cached_property
    def now(self) -> str:
        """SQL of the instant at which the future begins: the end of today, or an ``as_of`` that lies beyond it."""
        today = self.today or datetime.now(ZoneInfo(self.settings.data.timezone)).date()
        return instant_sql(self.settings, max(today + timedelta(days=1), self.asked or today))

    def same_again(self) -> StagingReport | None:
        """Return the report of the run before where nothing has changed since; its quarantine is put in place again."""
        report = report_of_the_same(self.settings, self.digests, self.now, str(self.asked))
        if report is None:
            return None
        with replacing_folder(self.settings.path("data/quarantine")) as folder:
            for listed in self.settings.path(FOLDER).glob("quarantine.*"):
                shutil.copyfile(listed, folder / listed.name)
        return StagingReport.from_json(report)

    def keep(
        self,
        kept: Path,
        tables: Mapping[str, Cleaned],
        report: StagingReport,
        late: Mapping[str, int],
        waiting: bool,
    ) -> None:
        """Keep what the next run can go on from."""
        for listed in self.settings.path("data/quarantine").iterdir():
            shutil.copyfile(listed, kept / listed.name)
        found = {table.table: table for table in report.tables}
        content = {
            "day": report.as_of,
            "asked": str(self.asked),
            "now": self.now,
            "waiting": waiting,
            "digests": self.digests,
            "report": report.to_json(),
            "tables": {
                name: {
                    "files": {file: self.digests[file]["sha256"] for file in cleaned.intake.files},
                    "types": cleaned.intake.types,
                    "numbers": {
                        "kept": found[name].rows_kept,
                        "first_at": found[name].first_at,
                        "last_at": found[name].last_at,
                        "late": late.get(name, 0),
                    },
                }
                for name, cleaned in tables.items()
                if can_go_on(cleaned)
            },
        }
        keep_for_later(self.settings, kept, content)


def instant_sql(settings: Settings, day: date) -> str:
    """SQL of the beginning of a day in ``data.timezone``, as naive UTC."""
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(settings.data.timezone))
    return f"TIMESTAMP {text(local.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' '))}"


def can_go_on(cleaned: Cleaned) -> bool:
    """Whether the next run may read only what is new of a table.

    What was looked at as a whole is read as a whole; so is ``customers``, whose rows say who is to be left alone.
    """
    return cleaned.at_once and cleaned.intake.table.name != "customers"


def is_waiting(connection: Connection) -> bool:
    """Whether some row was refused that time alone may mend."""
    count = connection.execute("SELECT count(*) FROM faults WHERE rule = ?", [IN_FUTURE]).fetchone()[0]
    return bool(count)


def keep_refused(connection: Connection, tables: Mapping[str, Cleaned], folder: Path) -> None:
    """Write the refused rows of every table that can go on, typed, and those that could not be split."""
    folder.mkdir()
    for table, cleaned in tables.items():
        if can_go_on(cleaned):
            refused = f"SELECT rid FROM faults WHERE tbl = {text(table)}"
            _copy(
                connection,
                f"SELECT s.file, r.* EXCLUDE (source, place), {ROW} AS place FROM {cleaned.rows} r "
                f"JOIN sources s ON s.source = r.source WHERE r.rowid IN ({refused}) ORDER BY s.source, r.rowid",
                folder / f"{table}.parquet",
            )
    rejected = "SELECT s.file, r.* EXCLUDE (source) FROM rejected r JOIN sources s ON s.source = r.source"
    _copy(connection, f"{rejected} ORDER BY s.source, r.line", folder / "rejected.parquet")
    _copy(connection, "SELECT * EXCLUDE (source) FROM late ORDER BY source, row", folder / "late.parquet")


def _copy(connection: Connection, query: str, target: Path) -> None:
    connection.execute(f"COPY ({query}) TO {text(target)} (FORMAT parquet)")
