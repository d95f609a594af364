"""The statistics: how churn moves, where it is highest, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
from markupsafe import Markup

from winback.kpis import Kpis
from winback.report.charts import Series, Write, columns_chart, legend
from winback.report.losses import drivers_table, losses_tables
from winback.report.parts import NOTHING, Cell, Numbers, Row, Table, Tile, dimension_name, reason_name
from winback.texts import Texts

MONTHS, QUARTERS, VALUES = 13, 8, 20


@dataclass(frozen=True)
class StatisticsSection:
    """What the section shows."""

    tiles: list[Tile]
    charts: list[Markup]
    months: Table
    quarters: Table
    dimensions: list[Table]
    losses: list[Table]
    drivers: Table | None
    rules: Table
    remarks: list[str]


def statistics_section(kpis: Kpis, texts: Texts) -> StatisticsSection:
    """Describe the statistics."""
    return StatisticsSection(
        _tiles(kpis, texts),
        _charts(kpis.rows("month").tail(MONTHS), texts),
        _periods(kpis.rows("month").tail(MONTHS).iloc[::-1], "report-month", texts),
        _periods(kpis.rows("quarter").tail(QUARTERS).iloc[::-1], "report-quarter", texts),
        [table for name in kpis.dimensions if (table := _dimension(kpis, name, texts))],
        losses_tables(kpis.losses, texts),
        drivers_table(kpis.drivers, texts),
        _rules(kpis, texts),
        _remarks(kpis, texts),
    )


def _tiles(kpis: Kpis, texts: Texts) -> list[Tile]:
    write, totals = Numbers(texts), kpis.totals
    return [
        Tile(
            texts.format("kpis-customers-now"),
            write.number(totals["customers_now"]),
            texts.format("kpis-customers-ever", count=totals["customers"]),
        ),
        Tile(
            texts.format("kpis-churn-rate"),
            write.percent(totals.get("churn_rate"), 1),
            _of_months(totals.get("months"), texts),
            "warm",
        ),
        Tile(texts.format("kpis-average-order"), write.money(totals.get("average_order_value_amount"))),
        Tile(texts.format("kpis-repeat-rate"), write.percent(totals.get("repeat_purchase_rate"))),
        Tile(
            texts.format("kpis-lifetime-value"),
            write.money(totals.get("customer_lifetime_value_amount")),
            texts.format("kpis-lifetime-value-note"),
        ),
    ]


def _of_months(months: float | None, texts: Texts) -> str:
    return "" if months is None else texts.format("kpis-of-months", count=months)


def _charts(months: pd.DataFrame, texts: Texts) -> list[Markup]:
    if months.empty:
        return []
    labels = [texts.numbers.date(date.fromisoformat(day), "LLL yy") for day in months["first_on"]]
    faint = [not complete for complete in months["is_complete"]]

    def columns(names: Sequence[tuple[str, str, str]], message: str, write: Write, stacked: bool) -> Markup:
        series = [Series(texts.format(name), months[column].tolist(), css) for column, name, css in names]
        title = texts.format(message)
        return legend(series) + columns_chart(series, labels, faint, write=write, title=title, stacked=stacked)

    moves = [
        ("lost_customers", "kpis-lost", "warm"),
        ("returned_customers", "kpis-returned", "cool"),
        ("new_customers", "kpis-new", "mild"),
    ]
    parts = [
        ("revenue_returning_amount", "kpis-revenue-returning", "cool"),
        ("revenue_new_amount", "kpis-revenue-new", "mild"),
        ("revenue_resurrected_amount", "kpis-revenue-resurrected", "warm"),
    ]
    return [
        columns(moves, "kpis-chart-moves", texts.number, False),
        columns(parts, "kpis-chart-revenue", lambda value: texts.money(value, 0), True),
    ]


PERIOD_TITLES = (
    "kpis-at-start", "kpis-new", "kpis-returned", "kpis-lost", "kpis-churn-rate", "kpis-retention-rate",
    "kpis-lost-profit", "kpis-revenue",
)  # fmt: skip


def _periods(rows: pd.DataFrame, title: str, texts: Texts) -> Table:
    return Table(
        [texts.format(title), *(texts.format(message) for message in PERIOD_TITLES)],
        [False] + [True] * len(PERIOD_TITLES),
        [
            Row([Cell(*_period_name(row, title, texts)), *_measures(row, texts)], _tone(row))
            for _, row in rows.iterrows()
        ],
    )


def _period_name(row: pd.Series, title: str, texts: Texts) -> tuple[str, str]:
    style = "LLLL y" if title == "report-month" else "QQQ y"
    note = "" if row["is_complete"] else texts.format("kpis-incomplete")
    return texts.numbers.date(date.fromisoformat(row["first_on"]), style), note


def _tone(row: pd.Series) -> str:
    return "" if row["is_complete"] and not row["is_small"] else "faint"


def _measures(row: pd.Series, texts: Texts, largest: float = math.nan) -> list[Cell]:
    write = Numbers(texts)
    rate = row["churn_rate"]
    bar = rate / largest if largest > 0 and not math.isnan(rate) else None
    return [
        *(Cell(write.number(row[f"{name}"])) for name in ("customers_start", "new_customers", "returned_customers")),
        Cell(write.number(row["lost_customers"])),
        Cell(write.percent(rate, 1), bar=bar),
        Cell(write.percent(row["retention_rate"], 1)),
        Cell(write.money(row["lost_profit_amount"])),
        Cell(write.money(row["revenue_amount"])),
    ]


def _dimension(kpis: Kpis, name: str, texts: Texts) -> Table | None:
    rows = kpis.rows("recent", name)
    if rows.empty:
        return None
    if name == "reason":
        return _by_reason(rows, texts)
    rows = rows.sort_values(["is_small", "churn_rate"], ascending=[True, False])
    largest = float(rows.loc[~rows["is_small"], "churn_rate"].max())
    body = [
        Row([_value(row, texts), *_measures(row, texts, math.nan if row["is_small"] else largest)], _tone(row))
        for _, row in rows.head(VALUES).iterrows()
    ]
    titles = [dimension_name(name, texts), *(texts.format(message) for message in PERIOD_TITLES)]
    rest = len(rows) - len(body)
    caption = texts.format("report-more-rows", count=rest) if rest > 0 else ""
    return Table(titles, [False] + [True] * len(PERIOD_TITLES), body, caption)


def _value(row: pd.Series, texts: Texts) -> Cell:
    name = texts.format("kpis-value-unknown") if pd.isna(row["value"]) else str(row["value"])
    return Cell(name, texts.format("kpis-small") if row["is_small"] else "")


def _by_reason(rows: pd.DataFrame, texts: Texts) -> Table:
    write = Numbers(texts)
    rows = rows.sort_values("lost_customers", ascending=False)
    largest, whole = float(rows["lost_customers"].max()), float(rows["lost_customers"].sum())
    body = [
        Row(
            [
                Cell(reason_name(str(row["value"]), texts)),
                Cell(write.number(row["lost_customers"]), bar=row["lost_customers"] / largest if largest else None),
                Cell(write.percent(row["lost_customers"] / whole) if whole else NOTHING),
                Cell(write.money(row["lost_profit_amount"])),
            ],
            "faint" if row["value"] == "unknown" else "",
        )
        for _, row in rows.iterrows()
    ]
    titles = ("report-reason", "kpis-lost", "kpis-share", "kpis-lost-profit")
    return Table([texts.format(title) for title in titles], [False, True, True, True], body)


def _rules(kpis: Kpis, texts: Texts) -> Table:
    write = Numbers(texts)
    rows = [
        Row(
            [
                Cell(
                    texts.format(f"kpis-rule-{row['rule']}", days=kpis.totals["typical_silence_days"]),
                    "" if row["is_on"] else texts.format("kpis-rule-off"),
                ),
                Cell(write.number(row["customers"])),
                Cell(write.percent(row["share"])),
                Cell(write.number(row["only"])),
            ],
            "" if row["is_on"] else "faint",
        )
        for _, row in kpis.rules.iterrows()
    ]
    titles = ("kpis-rule", "report-customers", "kpis-share", "kpis-only")
    return Table([texts.format(title) for title in titles], [False, True, True, True], rows)


def _remarks(kpis: Kpis, texts: Texts) -> list[str]:
    remarks = []
    recent = kpis.rows("recent")
    if len(recent):
        first, after = (date.fromisoformat(recent[name].iloc[0]) for name in ("first_on", "last_on"))
        remarks.append(texts.format("kpis-recent", on=first, until=after - timedelta(days=1)))
    for note in kpis.notes:
        named = {key: value for key, value in note.items() if key != "id"}
        if "dimension" in named:
            named["dimension"] = dimension_name(named["dimension"], texts)
        if "rule" in named:
            named["rule"] = texts.format(f"kpis-rule-{named['rule']}", days=kpis.totals["typical_silence_days"])
        remarks.append(texts.format(note["id"], **named))
    return remarks
