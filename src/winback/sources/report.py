"""What reading the input found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from winback.texts import Note, Texts, remarks


@dataclass(frozen=True)
class RuleCount:
    """How often one rule was broken in one column.

    Parameters
    ----------
    column : str
        Empty where the row could not be split into cells.
    rule : str
        Name of the rule.
    rows : int
        Rows of the input.
    counted : bool
        Whether these rows count towards ``data.max_bad_share``.
    example : str
        The first of them: file, row and value.
    """

    column: str
    rule: str
    rows: int
    counted: bool = True
    example: str = ""

    def __str__(self) -> str:
        return f"{self.column} {self.rule}".strip() + f" {self.rows}"


@dataclass(frozen=True)
class TableReport:
    """What was found of one table.

    Parameters
    ----------
    table : str
        Its name in the contract.
    files : tuple of str
        Where it was read from.
    rows_read, rows_kept, rows_bad : int
        Rows of the input, rows in staging, rows that count as mistakes. Rows set aside without being mistakes (of
        unknown customers, of refused orders) are in neither of the latter two.
    rules : tuple of RuleCount
        Worst first.
    columns, missing, extra, unused : tuple of str
        Columns of the contract that are there and that are not; further columns kept; columns that nothing takes.
    formats : Mapping of str to str
        How texts were understood.
    first_at, last_at : str
        Times of the first and last fact kept, ISO 8601 in UTC; empty for a table without times.
    customers : int
        Distinct customers in the rows kept.
    """

    table: str
    files: tuple[str, ...]
    rows_read: int = 0
    rows_kept: int = 0
    rows_bad: int = 0
    rules: tuple[RuleCount, ...] = ()
    columns: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    formats: Mapping[str, str] = field(default_factory=dict)
    first_at: str = ""
    last_at: str = ""
    customers: int = 0

    @property
    def bad_share(self) -> float:
        """Share of the rows read that are mistakes, 0 to 1."""
        return self.rows_bad / self.rows_read if self.rows_read else 0.0


@dataclass(frozen=True)
class StagingReport:
    """What reading the input found, table by table.

    Parameters
    ----------
    as_of : str
        The day of the run, ISO 8601.
    timezone : str
        ``data.timezone``.
    customers : int
        Customers in the index: all who ordered or stand in ``customers``.
    tables : tuple of TableReport
        In the contract's order.
    absent : tuple of str
        Tables of the contract that the input does not have.
    notes : tuple of Note
        What a person should know, each said once; `remarks` puts it into words.
    digests : Mapping
        Size and SHA-256 of every file read.

    Examples
    --------
    >>> report = StagingReport("2024-05-06", "UTC", 2, (TableReport("orders", ("o.csv",), 3, 3),))
    >>> StagingReport.from_json(report.to_json()) == report
    True
    >>> report.rows()[0]["kept"]
    3
    """

    as_of: str
    timezone: str
    customers: int
    tables: tuple[TableReport, ...]
    absent: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    digests: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def table(self, name: str) -> TableReport:
        """Return the report of one table.

        Raises
        ------
        KeyError
            When the input does not have it.
        """
        for table in self.tables:
            if table.table == name:
                return table
        raise KeyError(name)

    def remarks(self, texts: Texts) -> list[str]:
        """Say in words what a person should know.

        Examples
        --------
        >>> note = {"id": "data-note-late", "table": "orders", "count": 1, "on": "2024-05-06"}
        >>> StagingReport("2024-05-06", "UTC", 2, (), notes=(note,)).remarks(Texts("en"))
        ['orders: 1 row lies at or after May 6, 2024 and is not looked at.']
        """
        return remarks(self.notes, texts)

    def rows(self) -> list[dict[str, Any]]:
        """Rows of a table for a terminal, one per input table.

        Returns
        -------
        list of dict
            Keys ``table, files, read, kept, bad, worst, from, to, customers, missing``; ``from`` and ``to`` are days in
            the project's time zone.
        """
        return [
            {
                "table": table.table,
                "files": table.files[0] if len(table.files) == 1 else f"{len(table.files)} files",
                "read": table.rows_read,
                "kept": table.rows_kept,
                "bad": table.rows_bad,
                "worst": ", ".join(map(str, table.rules[:3])),
                "from": self._day(table.first_at),
                "to": self._day(table.last_at),
                "customers": table.customers,
                "missing": ", ".join(table.missing),
            }
            for table in self.tables
        ]

    def _day(self, moment: str) -> str:
        if not moment:
            return ""
        return datetime.fromisoformat(moment).astimezone(ZoneInfo(self.timezone)).date().isoformat()

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON can hold it; `from_json` is its inverse."""
        content = asdict(self)
        content["tables"] = [{**table, "rules": list(table["rules"])} for table in content["tables"]]
        plain: dict[str, Any] = _lists(content)
        return plain

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> StagingReport:
        """Read what `to_json` wrote."""
        tables = tuple(
            TableReport(
                **{
                    **_tuples(table),
                    "rules": tuple(RuleCount(**rule) for rule in table["rules"]),
                    "formats": dict(table["formats"]),
                }
            )
            for table in content["tables"]
        )
        return cls(**{**_tuples(content), "tables": tables, "digests": dict(content["digests"])})


def _lists(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _lists(item) for key, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, (list, tuple)) else value


def _tuples(content: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in content.items()}
