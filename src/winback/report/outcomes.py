"""What past cycles really earned, beside those who were left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from winback.report.parts import NOTHING, Cell, Numbers, Row, Table, reason_name
from winback.texts import Texts


@dataclass(frozen=True)
class OutcomesSection:
    """What the section shows."""

    table: Table
    remarks: list[str]


def outcomes_section(outcomes: pd.DataFrame, texts: Texts, remarks: tuple[str, ...] = ()) -> OutcomesSection:
    """Describe past cycles; columns that the frame does not have are left out, further remarks stand last."""
    keys = [name for name in ("cycle", "action", "reason", "manager_id") if name in outcomes]
    measures = [name for name in MEASURES if name in outcomes]
    titles = [texts.format(f"outcomes-{name}".replace("_", "-")) for name in [*keys, *measures]]
    rows = [
        Row(
            [*(_key(name, row[name], texts) for name in keys), *(_measure(name, row, texts) for name in measures)],
            "" if row["status"] == "measured" else "faint",
        )
        for _, row in outcomes.iterrows()
    ]
    statuses = [status for status in ("open", "no_control") if (outcomes["status"] == status).any()]
    by_status = [texts.format("outcomes-remark-" + status.replace("_", "-")) for status in statuses]
    return OutcomesSection(Table(titles, [False] * len(keys) + [True] * len(measures), rows), [*by_status, *remarks])


MEASURES = (
    "treated", "holdout", "kept_treated", "kept_holdout", "incremental_customers", "incremental_margin", "cost",
    "return_on_cost", "status",
)  # fmt: skip
#: These say what an action did, so they need both arms and a window that has passed.
NEEDS_CONTROL = ("incremental_customers", "incremental_margin", "return_on_cost")


def _key(name: str, value: Any, texts: Texts) -> Cell:
    if value is None or value != value:
        return Cell(texts.format("outcomes-all"))
    if name == "action":
        return Cell(texts.action(str(value)))
    return Cell(reason_name(str(value), texts) if name == "reason" else str(value))


def _measure(name: str, row: pd.Series, texts: Texts) -> Cell:
    if name == "status":
        return Cell(texts.format("outcomes-status-" + row["status"].replace("_", "-")))
    if name in NEEDS_CONTROL and row["status"] != "measured":
        return Cell(NOTHING)
    low, high = (row.get(f"{name}_{end}") for end in ("low", "high"))
    has_interval = low is not None and high is not None and low == low and high == high
    note = f"{_written(name, low, texts)} … {_written(name, high, texts)}" if has_interval else ""
    return Cell(_written(name, row[name], texts), note)


def _written(name: str, value: Any, texts: Texts) -> str:
    write = Numbers(texts)
    number = None if value is None else float(value)
    if name in ("kept_treated", "kept_holdout"):
        return write.percent(number, 1)
    if name in ("incremental_margin", "cost"):
        return write.money(number)
    return write.number(number, 1 if name in ("incremental_customers", "return_on_cost") else 0)
