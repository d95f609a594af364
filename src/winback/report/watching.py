"""Whether the input still looks as in training, and whether past predictions came true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from winback.report.parts import NOTHING, Cell, Row, Table
from winback.texts import Texts

#: Features shown, those that have moved most.
FEATURES = 8


@dataclass(frozen=True)
class WatchingSection:
    """What the section shows."""

    alarms: list[str]
    promises: Table | None
    open: list[str]
    volumes: Table | None
    features: Table | None
    scores: list[str]


def watching_section(watch: Mapping[str, Any], texts: Texts) -> WatchingSection:
    """Describe what the run watched."""
    return WatchingSection(
        alarms=[alarm_text(alarm, texts) for alarm in watch["alarms"]],
        promises=_promises(watch["promises"], texts) if watch["promises"] else None,
        open=[texts.format("watch-open", on=_day(row["cycle"]), until=_day(row["closes_on"])) for row in watch["open"]],
        volumes=_volumes(watch["volumes"], texts) if watch["volumes"] else None,
        features=_features(watch["features"][:FEATURES], texts) if watch["features"] else None,
        scores=[
            texts.format(
                "watch-scores",
                population=texts.format(f"watch-population-{row['population']}"),
                before=texts.percent(row["mean_in_training"], 1),
                now=texts.percent(row["mean_now"], 1),
                index=texts.number(row["drift"], 2),
            )
            for row in watch["scores"]
        ],
    )


def alarm_text(alarm: Mapping[str, Any], texts: Texts) -> str:
    """Say in a sentence what should be looked into."""
    kind, name = str(alarm["kind"]), str(alarm["name"])
    if kind in ("scores", "gap", "order"):
        name = texts.format(f"watch-population-{name}")
    shown = texts.percent if kind in ("few_facts", "many_facts", "features", "gap") else texts.number
    value, limit = (shown(alarm[key], 0 if shown == texts.percent else 2) for key in ("value", "limit"))
    return texts.format("watch-alarm-" + kind.replace("_", "-"), name=name, value=value, limit=limit)


def _promises(rows: Sequence[Mapping[str, Any]], texts: Texts) -> Table:
    titles = ("cycle", "population", "customers", "predicted", "came", "gap", "auc", "tested")
    return Table(
        [texts.format(f"watch-{title}") for title in titles],
        [False, False, *[True] * 6],
        [Row(_promise(row, texts)) for row in rows],
    )


def _promise(row: Mapping[str, Any], texts: Texts) -> list[Cell]:
    gap, auc, tested = row["gap"], row["auc"], row["tested_auc"]
    return [
        Cell(texts.date(_day(row["cycle"]))),
        Cell(texts.format(f"watch-population-{row['population']}")),
        Cell(texts.number(row["customers"])),
        Cell(texts.percent(row["predicted"], 1)),
        Cell(texts.percent(row["came"], 1)),
        _estimate(gap, lambda value: texts.percent(value, 1)),
        _estimate(auc, lambda value: texts.number(value, 3)),
        _estimate(tested, lambda value: texts.number(value, 3)),
    ]


def _estimate(found: Mapping[str, Any] | None, write: Any) -> Cell:
    if found is None or found["value"] is None:
        return Cell(NOTHING)
    note = "" if found["low"] is None else f"{write(found['low'])} … {write(found['high'])}"
    return Cell(write(found["value"]), note)


def _volumes(rows: Sequence[Mapping[str, Any]], texts: Texts) -> Table:
    return Table(
        [texts.format(f"watch-{title}") for title in ("table", "now", "usual", "ratio")],
        [False, True, True, True],
        [
            Row(
                [
                    Cell(row["table"]),
                    Cell(texts.number(row["now"])),
                    Cell(texts.number(row["usual"])),
                    Cell(texts.percent(row["ratio"], 0)),
                ]
            )
            for row in rows
        ],
    )


def _features(rows: Sequence[Mapping[str, Any]], texts: Texts) -> Table:
    return Table(
        [texts.format(f"watch-{title}") for title in ("feature", "index", "importance")],
        [False, True, True],
        [
            Row([Cell(row["feature"]), Cell(texts.number(row["drift"], 2)), Cell(texts.percent(row["importance"], 1))])
            for row in rows
        ],
    )


def _day(day: str) -> date:
    return date.fromisoformat(day)
