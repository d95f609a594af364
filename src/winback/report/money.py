"""The money: budget, spend, what it is spent on, and what another budget would earn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from winback.ranking import DECISIONS
from winback.report.charts import curve_chart
from winback.report.data import Money, ReportData
from winback.report.headline import Sums, interval
from winback.report.parts import NOTHING, Bar, Cell, Numbers, Row, Table, Tile, bars, cells
from winback.texts import Texts

#: Managers shown by themselves.
MANAGERS = 25


@dataclass(frozen=True)
class MoneySection:
    """What the section shows."""

    tiles: list[Tile]
    remarks: list[str]
    decisions: list[Bar]
    actions: Table
    managers: Table | None
    curve: Markup | None


def money_section(data: ReportData, sums: Sums, texts: Texts) -> MoneySection:
    """Describe the cycle's money."""
    money = data.money or Money()
    contacts = data.ranking[data.ranking["decision"] == "contact"]
    return MoneySection(
        _tiles(money, data, sums, texts),
        _remarks(money, sums, texts),
        _decisions(data.ranking, texts),
        _by(contacts, "action", texts.format("report-action"), texts.action, texts),
        _managers(contacts, texts),
        _curve(money, sums, texts),
    )


def _tiles(money: Money, data: ReportData, sums: Sums, texts: Texts) -> list[Tile]:
    write = Numbers(texts)
    no_limit = texts.format("report-budget-none")
    left = "" if money.budget is None else texts.format("report-budget-left", left=max(money.budget - sums.cost, 0))
    low, high = interval(data, sums)
    ratio = texts.format("report-gain-per-unit", ratio=write.number(sums.net / sums.cost, 1)) if sums.cost > 0 else ""
    return [
        Tile(texts.format("report-budget"), no_limit if money.budget is None else write.money(money.budget), left),
        Tile(texts.format("report-spend"), write.money(sums.cost), ratio),
        Tile(
            texts.format("report-tile-net"),
            write.money(sums.net),
            texts.format("report-tile-net-note", low=low, high=high) if sums.contacts else "",
            "cool",
        ),
        Tile(texts.format("report-kept"), write.number(sums.kept, 1), texts.format("report-kept-note")),
    ]


def _remarks(money: Money, sums: Sums, texts: Texts) -> list[str]:
    remarks = []
    if money.gain_of_one_more is not None:
        unit = texts.money(1, 0)
        message = "report-one-more" if money.gain_of_one_more > 0 else "report-one-more-nothing"
        remarks.append(texts.format(message, unit=unit, gain=texts.money(money.gain_of_one_more, 2)))
    if money.dearest_place is not None:
        action, manager, gain = money.dearest_place
        which = "both" if action and manager else "action" if action else "manager"
        named = texts.action(action) if action else ""
        remarks.append(texts.format(f"report-one-more-place-{which}", action=named, manager=manager, gain=gain))
    if money.gap_share is not None:
        remarks.append(texts.format("report-gap", gap=texts.percent(max(money.gap_share, 0.0), 2)))
    if sums.holdout:
        remarks.append(texts.format("report-holdout", count=sums.holdout))
    if money.explore_price:
        remarks.append(texts.format("report-explore", price=money.explore_price))
    return remarks


def _decisions(ranking: pd.DataFrame, texts: Texts) -> list[Bar]:
    counts = ranking["decision"].value_counts()
    write = Numbers(texts)
    rows = []
    for word in DECISIONS:
        message = "decision-name-" + word.replace("_", "-")
        size = int(counts.get(word, 0))
        rows.append((texts.format(message), float(size), write.number(size), texts.format(message + "-note")))
    return bars(rows)


def _by(contacts: pd.DataFrame, column: str, title: str, name: Callable[[str], str], texts: Texts) -> Table:
    write = Numbers(texts)
    sums = contacts.groupby(column, dropna=False)[["expected_cost", "expected_net_value", "uplift"]].sum()
    sums["count"] = contacts.groupby(column, dropna=False).size()
    sums = sums.sort_values("expected_net_value", ascending=False)
    largest = max(float(sums["expected_net_value"].max()), 0.0) if len(sums) else 0.0
    rows = [
        Row(
            [
                Cell(NOTHING if isinstance(word, float) else name(str(word))),
                Cell(write.number(row["count"])),
                Cell(write.money(row["expected_cost"])),
                Cell(write.number(row["uplift"], 1)),
                Cell(
                    write.money(row["expected_net_value"]),
                    bar=max(row["expected_net_value"], 0) / largest if largest else None,
                ),
            ]
        )
        for word, row in sums.iterrows()
    ]
    names = ("report-contacts", "report-cost", "report-kept", "report-net")
    return Table([title, *(texts.format(message) for message in names)], [False, True, True, True, True], rows)


def _managers(contacts: pd.DataFrame, texts: Texts) -> Table | None:
    if contacts["manager_id"].isna().all():
        return None
    table = _by(contacts, "manager_id", texts.format("report-manager"), str, texts)
    rest = len(table.rows) - MANAGERS
    if rest <= 0:
        return table
    more = Row(cells([texts.format("report-more-rows", count=rest), "", "", "", ""]), "faint")
    return Table(table.titles, table.numbers, [*table.rows[:MANAGERS], more])


def _curve(money: Money, sums: Sums, texts: Texts) -> Markup | None:
    if money.curve is None or len(money.curve) < 2:
        return None
    points = [(float(x), float(y)) for x, y in zip(money.curve["spend"], money.curve["net_value"], strict=True)]
    return curve_chart(
        points,
        chosen=(sums.cost, sums.net) if sums.contacts else None,
        write=lambda value: texts.money(value, 0),
        x_title=texts.format("report-spend"),
        y_title=texts.format("report-net"),
        chosen_text=texts.format("report-this-cycle"),
    )
