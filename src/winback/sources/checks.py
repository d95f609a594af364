"""The rules that a row must keep, derived from the contract, in SQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from winback.columns import FIRST_YEAR, Column, Table
from winback.sources.sql import text

#: Longer texts are taken for a mistake (a quote never closed, a page pasted into a cell).
LONGEST_TEXT = 1000

#: The one rule whose outcome changes as time goes by.
IN_FUTURE = "in_future"

#: A plan may lie this far ahead.
PLAN_DAYS = 3650


@dataclass(frozen=True)
class Check:
    """One rule for one column.

    Parameters
    ----------
    column : str
        The column that is wrong.
    rule : str
        Name of the rule, as in the quarantine.
    broken : str
        SQL that is true where the rule is broken. It sees the present raw value as ``r_<column>`` and the typed one as
        ``t_<column>``.
    """

    column: str
    rule: str
    broken: str


def checks_of(table: Table, columns: tuple[str, ...], *, now: str, timezone: str) -> list[Check]:
    """Return the rules for those columns of a table that are there.

    Parameters
    ----------
    table : Table
        The contract.
    columns : tuple of str
        Names of the columns that the input has.
    now : str
        SQL of the instant (naive UTC) at and after which nothing can have happened yet.
    timezone : str
        ``data.timezone``: a time at midnight there stands for the whole day.
    """
    return [
        check
        for column in table.columns
        if column.name in columns
        for check in _of_column(column, columns, now=now, timezone=timezone)
    ]


def _of_column(column: Column, columns: tuple[str, ...], *, now: str, timezone: str) -> Iterator[Check]:
    raw, typed = f"r_{column.name}", f"t_{column.name}"
    if column.required:
        yield Check(column.name, "missing", f"{raw} IS NULL")
    if column.kind in ("text", "category"):
        yield Check(column.name, "too_long", f"length({typed}) > {LONGEST_TEXT}")
        yield Check(column.name, "unreadable", f"contains({typed}, chr(0))")
    else:
        yield Check(column.name, "unreadable", f"{raw} IS NOT NULL AND {typed} IS NULL")
    if column.kind == "integer":
        yield Check(column.name, "not_whole", f"{typed} <> trunc({typed})")
    yield from _bounds(column, typed)
    if column.kind == "timestamp":
        yield from _times(column, columns, now=now, timezone=timezone)


def _bounds(column: Column, typed: str) -> Iterator[Check]:
    if column.minimum is not None:
        yield Check(column.name, "below_minimum", f"{typed} < {column.minimum}")
    if column.maximum is not None:
        yield Check(column.name, "above_maximum", f"{typed} > {column.maximum}")
    if column.choices:
        yield Check(column.name, "not_allowed", f"{typed} NOT IN ({', '.join(map(text, column.choices))})")


def _times(column: Column, columns: tuple[str, ...], *, now: str, timezone: str) -> Iterator[Check]:
    typed = f"t_{column.name}"
    if not column.any_year:
        yield Check(column.name, f"before_{FIRST_YEAR}", f"{typed} < TIMESTAMP '{FIRST_YEAR}-01-01'")
    latest = f"{now} + INTERVAL {PLAN_DAYS} DAY" if column.plan else now
    yield Check(column.name, IN_FUTURE, f"{typed} >= {latest}")
    if column.not_before in columns:
        other = f"t_{column.not_before}"
        yield Check(column.name, f"before_{column.not_before}", earlier(typed, other, timezone))


def earlier(time: str, other: str, timezone: str) -> str:
    """SQL that is true where ``time`` lies before ``other``; midnight stands for the whole day.

    A file that gives a day without a clock time says midnight, which is before every order of that day.
    """
    if timezone == "UTC":
        return f"({time} < {other} AND {time} <> date_trunc('day', {other}))"
    zone = text(timezone)
    here, there = (f"timezone({zone}, timezone('UTC', {value}))" for value in (time, other))
    return f"({time} < {other} AND {here} <> date_trunc('day', {there}))"
