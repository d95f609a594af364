"""Why customers leave: how many for each reason, and what is at risk."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from winback.report.parts import Cell, Numbers, Row, Table, reason_name
from winback.texts import Texts


@dataclass(frozen=True)
class ReasonsSection:
    """What the section shows: one table a population, and what to know about it."""

    tables: list[Table]
    remarks: list[str]


def reasons_section(ranking: pd.DataFrame, texts: Texts) -> ReasonsSection | None:
    """Count customers and value at risk by first reason; ``None`` where no customer has a reason."""
    known = ranking[ranking["reason_1"].notna()]
    if known.empty:
        return None
    tables = [
        _table(known[known["population"] == population], population, texts)
        for population in ("active", "lapsed")
        if (known["population"] == population).any()
    ]
    unknown = float((known["reason_1"] == "unknown").mean())
    remarks = [texts.format("report-reasons-unknown", share=unknown)] if unknown > 0 else []
    return ReasonsSection(tables, remarks)


def _table(part: pd.DataFrame, population: str, texts: Texts) -> Table:
    write = Numbers(texts)
    groups = part.groupby("reason_1")
    sums = groups[["churn_probability", "value_at_risk"]].sum().assign(count=groups.size())
    sums = sums.sort_values(["value_at_risk", "count"], ascending=False)
    whole, largest = float(sums["value_at_risk"].sum()), float(sums["value_at_risk"].max())
    rows = [
        Row(
            [
                Cell(reason_name(str(word), texts)),
                Cell(write.number(row["count"])),
                Cell(write.number(row["churn_probability"])),
                Cell(
                    write.money(row["value_at_risk"]),
                    note=write.percent(row["value_at_risk"] / whole) if whole else "",
                    bar=row["value_at_risk"] / largest if largest else None,
                ),
            ],
            "faint" if word == "unknown" else "",
        )
        for word, row in sums.iterrows()
    ]
    expected = "report-expected-leaving" if population == "active" else "report-expected-lost"
    titles = ("report-reason", "report-customers", expected, "report-at-risk")
    caption = texts.format(f"population-{population}-long")
    return Table([texts.format(title) for title in titles], [False, True, True, True], rows, caption)
