"""One customer in full: what happened, how the risk moved, why, and what every action would earn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from winback.report.charts import Axes, dot, drawing, nice_ticks, polyline
from winback.report.lanes import lanes_chart
from winback.report.parts import Cell, Row, Table, Tile, cells, reason_name
from winback.tables import TABLES
from winback.texts import Texts

#: Events named one by one on the page of a cycle, and on a page of one customer.
FEW_EVENTS, ALL_EVENTS = 12, 500
#: Columns that tell people nothing.
UNTOLD = frozenset({"propensity", "cycle"})
TIMESTAMPS = {
    (name, column.name) for name, table in TABLES.items() for column in table.columns if column.kind == "timestamp"
}


@dataclass(frozen=True)
class CustomerSection:
    """What the section about one customer shows, in words."""

    customer_id: str
    tiles: list[Tile]
    lanes: Markup
    reasons: list[tuple[str, str, str]]
    risk: Markup | None
    risks: Table
    actions: Table
    events: Table


def customer_section(content: Mapping[str, Any], texts: Texts, *, events: int = FEW_EVENTS) -> CustomerSection:
    """Describe one customer.

    Parameters
    ----------
    content : mapping
        As `winback.pipelines.explain.explain_customers` gives it.
    texts : Texts
        Language and currency.
    events : int
        How many of the latest events are named one by one; the drawing shows all of them.
    """
    return CustomerSection(
        content["customer"]["customer_id"],
        _tiles(content["customer"], texts),
        lanes_chart(content, texts),
        [_reason(reason, texts) for reason in content["reasons"]],
        _risk_chart(content["risk"], texts),
        _risks(content["risk"], texts),
        _actions(content["actions"], texts),
        _events(content["timeline"], events, texts),
    )


def _tiles(facts: Mapping[str, Any], texts: Texts) -> list[Tile]:
    population = texts.format(f"population-{facts['population']}")
    return [
        Tile(texts.format("report-head-risk"), texts.percent(facts["churn_probability"]), population, "warm"),
        Tile(
            texts.format("customer-orders"),
            texts.number(facts["orders"]),
            texts.format("customer-orders-note", amount=facts["revenue_amount"], days=facts["days_since_order"]),
        ),
        Tile(
            texts.format("customer-value"),
            texts.money(facts["value_if_kept"], 2),
            texts.format(
                "customer-value-note",
                kept=texts.money(facts["margin_if_kept"], 2),
                lost=texts.money(facts["margin_if_lost"], 2),
            ),
            "cool",
        ),
    ]


def _reason(reason: Mapping[str, Any], texts: Texts) -> tuple[str, str, str]:
    """Name, evidence, and how sure it is."""
    name = reason_name(reason["reason"], texts)
    sure = []
    if reason["confidence"] is not None:
        sure.append(texts.format("customer-confidence", confidence=reason["confidence"]))
    if reason["share"] is not None:
        sure.append(texts.format("customer-share", share=reason["share"]))
    return name, reason["evidence"].removeprefix(f"{name}: "), ", ".join(sure)


def _risk_chart(risk: Sequence[Mapping[str, Any]], texts: Texts) -> Markup | None:
    """Risk over past cutoffs; one point is no line."""
    if len(risk) < 2:
        return None
    days = [date.fromisoformat(row["cutoff"]) for row in risk]
    shares = [row["churn_probability"] for row in risk]
    axes = Axes(
        range(len(days)),
        nice_ticks(0, max(shares)),
        lambda place: texts.numbers.date(days[int(place)], "d LLL"),
        lambda value: texts.percent(value, 0),
        "",
        texts.format("report-head-risk"),
    )
    points = [(axes.x(place), axes.y(share)) for place, share in enumerate(shares)]
    named = [f"{texts.date(day)}: {texts.percent(share)}" for day, share in zip(days, shares, strict=True)]
    dots = [dot(x, y, 4, "mark", name) for (x, y), name in zip(points, named, strict=True)]
    return drawing([*axes.frame(), polyline(points, "line"), *dots], "; ".join(named))


def _risks(risk: Sequence[Mapping[str, Any]], texts: Texts) -> Table:
    rows = [
        Row(cells([
            texts.date(date.fromisoformat(row["cutoff"])), texts.format(f"population-{row['population']}"),
            texts.percent(row["churn_probability"]),
        ]))
        for row in reversed(risk)
    ]  # fmt: skip
    titles = ("customer-day", "customer-standing", "report-head-risk")
    return Table([texts.format(title) for title in titles], [False, False, True], rows)


def _actions(actions: Sequence[Mapping[str, Any]], texts: Texts) -> Table:
    """Every action's sum, written so that it can be done again by hand."""
    rows = [
        Row(
            [
                Cell(texts.action(row["action"]), _obstacle(row["obstacle"], texts)),
                Cell(
                    texts.percent(row["uplift"], 2),
                    texts.format(
                        "customer-uplift-note",
                        low=texts.percent(row["uplift_low"], 1),
                        high=texts.percent(row["uplift_high"], 1),
                        source=row["source"],
                    ),
                ),
                Cell(_sum(row, texts)),
                Cell(texts.money(row["expected_net_value"], 2)),
            ],
            "faint" if row["obstacle"] else "",
        )
        for row in actions
    ]
    titles = ("report-action", "customer-uplift", "customer-sum", "report-head-net")
    return Table([texts.format(title) for title in titles], [False, True, False, True], rows)


def _sum(row: Mapping[str, Any], texts: Texts) -> str:
    return texts.format(
        "customer-sum-words",
        uplift=texts.percent(row["uplift"], 2),
        value=texts.money(row["value_if_kept"], 2),
        contact=texts.money(row["contact_cost"], 2),
        accept=texts.percent(row["accept"], 1),
        offer=texts.money(row["offer_cost"], 2),
    )


def _obstacle(word: str, texts: Texts) -> str:
    return texts.format("obstacle-" + word.replace("_", "-")) if word else ""


def _events(timeline: Sequence[Mapping[str, Any]], count: int, texts: Texts) -> Table:
    rows = [
        Row(
            [
                Cell(texts.date(date.fromisoformat(event["day"]))),
                Cell(_named(f"event-{event['what']}", event["what"], texts)),
                Cell(_details(event, texts)),
            ],
            "bad" if event["is_bad"] else "",
        )
        for event in timeline[:count]
    ]
    rest = len(timeline) - len(rows)
    caption = texts.format("customer-events", shown=len(rows), total=len(timeline)) if rest > 0 else ""
    titles = ("customer-day", "customer-event", "customer-event-details")
    return Table([texts.format(title) for title in titles], [False, False, False], rows, caption)


def _details(event: Mapping[str, Any], texts: Texts) -> str:
    return ", ".join(
        f"{_named('field-' + name.replace('_', '-'), name, texts)} {_value(event['what'], name, value, texts)}"
        # in one order, whether they come from memory or from the file, which has it sorted
        for name, value in sorted(event["details"].items())
        if name not in UNTOLD
    )


def _named(message: str, name: str, texts: Texts) -> str:
    """Name of a table or column; one of the company's own is called as it is called there."""
    return texts.format(message) if texts.has(message) else name.replace("_", " ")


def _value(table: str, name: str, value: Any, texts: Texts) -> str:
    """A cell in the page's language; words of the company's own stay as they are."""
    if isinstance(value, bool):
        return texts.format("word-yes" if value else "word-no")
    if isinstance(value, int | float):
        is_money = name in ("amount", "margin", "discount", "cost")
        return texts.money(value, 2) if is_money else texts.number(value, 0 if value == int(value) else 2)
    if (table, name) in TIMESTAMPS:
        return texts.date(date.fromisoformat(value))
    if (table, name) == ("exits", "reason"):
        return reason_name(value, texts)
    if (table, name) == ("offers", "action"):
        return texts.action(value)
    word = "word-" + value.replace("_", "-").lower()
    return texts.format(word) if texts.has(word) else value
