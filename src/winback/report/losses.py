"""Losses by reason and month, manager and region, and which grievances grow."""

from __future__ import annotations

from datetime import date

import pandas as pd

from winback.report.parts import NOTHING, Cell, Row, Table, dimension_name, reason_name
from winback.texts import Texts

#: Managers and regions with the largest losses that are shown one by one; the file has all of them.
SHOWN = 12
#: Reasons with a column of their own; the others share one.
REASONS = 6


def losses_tables(losses: pd.DataFrame, texts: Texts) -> list[Table]:
    """Show losses with a column per reason: customers, and below them the margin that they used to earn."""
    if losses.empty:
        return []
    total = losses[losses["division"] == "month"].groupby("reason")["lost_customers"].sum()
    reasons = total.sort_values(ascending=False, kind="stable").index.tolist()
    return [_table(name, losses[losses["division"] == name], reasons, texts) for name in losses["division"].unique()]


def _table(name: str, losses: pd.DataFrame, reasons: list[str], texts: Texts) -> Table:
    sums = losses.assign(value=losses["value"].fillna("")).groupby("value")["lost_customers"].sum()
    order = sorted(sums.index, reverse=True) if name == "month" else sums.sort_values(ascending=False).index.tolist()
    shown = order if name == "month" else order[:SHOWN]
    by_value = losses["value"].fillna("")
    rows = [
        Row([Cell(_name(name, value, texts)), *_cells(losses[by_value == value], reasons, texts)]) for value in shown
    ]
    if rest := set(order) - set(shown):
        words = texts.format("report-more-rows", count=len(rest))
        rows.append(Row([Cell(words), *_cells(losses[by_value.isin(rest)], reasons, texts)], "faint"))
    rows.append(Row([Cell(texts.format("kpis-total")), *_cells(losses, reasons, texts)], "strong"))
    titles = [
        texts.format("report-month") if name == "month" else dimension_name(name, texts),
        texts.format("kpis-total"),
        *(reason_name(reason, texts) for reason in reasons[:REASONS]),
        *([texts.format("kpis-other-reasons")] if reasons[REASONS:] else []),
    ]
    return Table(
        titles, [False] + [True] * (len(reasons) + 1), rows, texts.format(f"kpis-losses-{name.replace('_', '-')}")
    )


def _name(division: str, value: str, texts: Texts) -> str:
    if division == "month":
        return texts.numbers.date(date.fromisoformat(value), "LLLL y")
    return value or texts.format("kpis-value-unknown")


def _cells(losses: pd.DataFrame, reasons: list[str], texts: Texts) -> list[Cell]:
    """The sum over all reasons, and each reason."""
    parts = [losses, *(losses[losses["reason"] == reason] for reason in reasons[:REASONS])]
    parts += [losses[losses["reason"].isin(reasons[REASONS:])]] if reasons[REASONS:] else []
    return [
        Cell(texts.number(part["lost_customers"].sum()), texts.money(part["lost_margin_amount"].sum(), 0))
        if len(part)
        else Cell(NOTHING)
        for part in parts
    ]


def drivers_table(drivers: pd.DataFrame, texts: Texts) -> Table | None:
    """Show what share of the active customers lives through each grievance, now and before, and what that says."""
    if drivers.empty:
        return None
    months = sorted(drivers["months"].unique())
    rows = []
    for reason, mine in drivers.groupby("reason", sort=False):
        now = mine.iloc[0]
        living = texts.format("kpis-driver-customers", living=int(now["living"]), count=int(now["customers"]))
        cells = [Cell(reason_name(str(reason), texts)), Cell(texts.percent(now["share"], 1), living)]
        by_months = mine.set_index("months")
        cells += [_change(by_months.loc[back], texts) if back in by_months.index else Cell(NOTHING) for back in months]
        rows.append(Row(cells))
    titles = [
        texts.format("report-reason"),
        texts.format("kpis-driver-now"),
        *(texts.format("kpis-driver-before", count=int(back)) for back in months),
    ]
    # set as words, so that change, interval and verdict may wrap on a narrow screen
    return Table(titles, [False, True] + [False] * len(months), rows)


def _change(row: pd.Series, texts: Texts) -> Cell:
    """The share before, the change with its interval, and the verdict."""
    words = texts.format(
        "kpis-driver-change",
        change=_points(row["change"], texts),
        low=_points(row["low"], texts),
        high=_points(row["high"], texts),
        verdict=texts.format("kpis-driver-" + str(row["verdict"]).replace("_", "-")),
    )
    return Cell(texts.percent(row["share_before"], 1), words)


def _points(value: float, texts: Texts) -> str:
    sign = "+" if round(value * 100, 1) > 0 else ""
    return sign + texts.number(value * 100, 1)
